package dev.socketcapacity.controller;

import static dev.socketcapacity.api.Condition.Status.False;
import static dev.socketcapacity.api.Condition.Status.True;
import static dev.socketcapacity.api.Condition.Status.Unknown;

import dev.socketcapacity.api.ApiGroup;
import dev.socketcapacity.api.Bounds;
import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeState;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.SocketCapacity;
import dev.socketcapacity.api.SocketCapacityStatus;
import dev.socketcapacity.api.SocketCapacityStatus.Effective;
import dev.socketcapacity.api.SocketCapacityStatus.NodeSample;
import dev.socketcapacity.api.SocketCapacityStatus.Nodes;
import dev.socketcapacity.plan.Fleet;
import dev.socketcapacity.plan.FleetPlan;
import dev.socketcapacity.plan.NodeStanding;
import dev.socketcapacity.plan.NodeView;
import dev.socketcapacity.plan.ProbeTerms;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What became of one wish, from what its nodes report. Pure.
final class WishReport {

    private final SocketCapacity wish;
    private final boolean leftOut;
    private final int selected;
    private final int handsOff;
    private final List<Counted> counted;

    /// A node that counts, and where it stands.
    private record Counted(NodeView node, Optional<NodeSocketCapacity> object, NodeStanding standing) {

        boolean is(NodeState state) {
            return standing.state() == state;
        }

        /// Whether a condition of its report, which must be of the current target, is True.
        boolean reports(Condition.Type type) {
            return standing.reason() != Reason.AwaitingAgent
                    && object.flatMap(known -> Condition.find(known.getStatus().conditions(), type))
                            .filter(condition -> condition.is(True))
                            .isPresent();
        }
    }

    private record Finding(Condition.Status status, Reason reason, String message) {}

    WishReport(SocketCapacity wish, Fleet fleet, FleetPlan plan) {
        this.wish = wish;
        this.leftOut = plan.leavesOut(wish);
        var nodes = fleet.nodes().stream()
                .filter(node -> Fleet.selects(wish, node))
                .sorted(Comparator.comparing(NodeView::name))
                .toList();
        this.selected = nodes.size();
        this.handsOff = (int) nodes.stream().filter(NodeView::handsOff).count();
        this.counted = nodes.stream()
                .filter(node -> !node.handsOff())
                .map(node -> counted(node, fleet, plan))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<Counted> counted(NodeView node, Fleet fleet, FleetPlan plan) {
        var object = Optional.ofNullable(fleet.objects().get(node.name()));
        var hash = TargetHash.of(plan.merges().get(node.name()).target());
        var standing = NodeStanding.of(node, object, hash);
        var counts = node.ready() && (!node.cordoned() || hasProof(standing.state()));
        return counts ? Optional.of(new Counted(node, object, standing)) : Optional.empty();
    }

    private static boolean hasProof(NodeState state) {
        return state == NodeState.ready || state == NodeState.outdated;
    }

    SocketCapacityStatus status(Instant now) {
        var generation = wish.getMetadata().getGeneration();
        var before = wish.getStatus() == null
                ? List.<Condition>of()
                : wish.getStatus().conditions();
        var ready = ready();
        var conditions = new ArrayList<Condition>();
        add(conditions, Condition.Type.Accepted, accepted(), generation, now, before);
        add(
                conditions,
                Condition.Type.Enacted,
                every(Condition.Type.Enacted, Reason.AllValuesHeld),
                generation,
                now,
                before);
        add(
                conditions,
                Condition.Type.Verified,
                every(Condition.Type.Verified, Reason.Verified),
                generation,
                now,
                before);
        add(conditions, Condition.Type.Ready, ready, generation, now, before);
        add(conditions, Condition.Type.Reconciling, whether(isReconciling(), ready), generation, now, before);
        add(conditions, Condition.Type.Stalled, whether(isStalled(), ready), generation, now, before);
        return new SocketCapacityStatus(
                generation, nodes(), new Effective(ProbeTerms.of(wish.getSpec()).effective()), samples(), conditions);
    }

    private static void add(
            List<Condition> conditions,
            Condition.Type type,
            Finding finding,
            long generation,
            Instant now,
            List<Condition> before) {
        conditions.add(
                Condition.of(type, finding.status(), finding.reason(), finding.message(), generation, now, before));
    }

    private Finding accepted() {
        return leftOut
                ? new Finding(
                        False,
                        Reason.TooManyReservedPorts,
                        "The reserved ports of all wishes on a node come to more than %d ranges: this wish is left out there."
                                .formatted(Bounds.MAX_MERGED_RESERVED))
                : new Finding(True, Reason.Valid, "The wish can be planned.");
    }

    /// The condition of that type over all counted nodes.
    private Finding every(Condition.Type type, Reason good) {
        var holding = counted.stream().filter(node -> node.reports(type)).count();
        var message = "%d of %d nodes.".formatted(holding, counted.size());
        if (counted.isEmpty()) {
            return new Finding(Unknown, noNodes(), "There is no node to ask.");
        }
        return holding == counted.size()
                ? new Finding(True, good, message)
                : counted.stream()
                        .filter(node -> !node.reports(type))
                        .findFirst()
                        .map(first -> new Finding(
                                isOutdated() ? Unknown : False, first.standing().reason(), message))
                        .orElseThrow();
    }

    private Finding ready() {
        if (leftOut) {
            return new Finding(False, Reason.TooManyReservedPorts, accepted().message());
        }
        if (selected == 0) {
            return new Finding(True, Reason.NoNodesSelected, "The selector selects no node: there is nothing to hold.");
        }
        if (counted.isEmpty()) {
            return new Finding(
                    Unknown,
                    Reason.NoNodeCounted,
                    "%d nodes are selected, and none of them counts: %d hands-off, the others not Ready or cordoned."
                            .formatted(selected, handsOff));
        }
        if (count(NodeState.ready) == counted.size()) {
            return new Finding(
                    True,
                    Reason.Verified,
                    counted.size() == 1
                            ? "The one node holds it: "
                                    + counted.getFirst().standing().message()
                            : "All %d nodes hold it. %s: %s"
                                    .formatted(
                                            counted.size(),
                                            counted.getFirst().node().name(),
                                            counted.getFirst().standing().message()));
        }
        var worst = worst();
        return new Finding(
                isOutdated() ? Unknown : False,
                isStalled() || isOutdated() ? worst.standing().reason() : Reason.RollingOut,
                "%d of %d nodes hold it. %s: %s All that do not: kubectl get nsockcap -l '%s!=%s'"
                        .formatted(
                                count(NodeState.ready),
                                counted.size(),
                                worst.node().name(),
                                worst.standing().message(),
                                ApiGroup.STATE_LABEL,
                                NodeState.ready));
    }

    private Reason noNodes() {
        return selected == 0 ? Reason.NoNodesSelected : Reason.NoNodeCounted;
    }

    /// A stalled node if there is one, else one that is on its way, else one whose proof has grown old.
    private Counted worst() {
        return notReady().stream().findFirst().orElseThrow();
    }

    private List<Counted> notReady() {
        return counted.stream()
                .filter(node -> !node.is(NodeState.ready))
                .sorted(Comparator.comparing((Counted node) -> !node.is(NodeState.stalled))
                        .thenComparing(node -> node.is(NodeState.outdated)))
                .toList();
    }

    private boolean isReconciling() {
        return !leftOut && (count(NodeState.progressing) > 0 || selected > 0 && counted.isEmpty());
    }

    /// Only when nothing moves any more: who waits on it gives up at once.
    private boolean isStalled() {
        return leftOut || count(NodeState.stalled) > 0 && count(NodeState.progressing) == 0;
    }

    /// Nothing is known to be wrong, and nothing is going on that would tell.
    private boolean isOutdated() {
        return count(NodeState.outdated) > 0 && count(NodeState.ready) + count(NodeState.outdated) == counted.size();
    }

    private static Finding whether(boolean holds, Finding ready) {
        return holds
                ? new Finding(True, ready.reason(), ready.message())
                : new Finding(False, Reason.Settled, "Nothing of that kind.");
    }

    private int count(NodeState state) {
        return (int) counted.stream().filter(node -> node.is(state)).count();
    }

    private Nodes nodes() {
        return new Nodes(
                "%d/%d".formatted(count(NodeState.ready), counted.size()),
                selected,
                counted.size(),
                count(NodeState.ready),
                count(NodeState.stalled),
                selected - counted.size() - handsOff,
                handsOff);
    }

    private List<NodeSample> samples() {
        return notReady().stream()
                .limit(Bounds.MAX_SAMPLES)
                .map(node -> new NodeSample(
                        node.node().name(),
                        node.standing().reason().name(),
                        node.standing().message()))
                .toList();
    }
}
