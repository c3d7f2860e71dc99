package dev.socketcapacity.controller;

import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeState;
import dev.socketcapacity.api.SocketCapacity;
import dev.socketcapacity.api.SocketCapacityStatus;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.Fleet;
import dev.socketcapacity.plan.FleetPlan;
import dev.socketcapacity.plan.FleetPlan.Step;
import dev.socketcapacity.plan.NodeStanding;
import dev.socketcapacity.plan.NodeView;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The fleet is the unit of planning: one plan over all wishes and nodes, one at a time, whoever asks for it.
/// Level-based: no state but what is in the objects, and since when an agent has been waited for.
final class FleetController {

    private final IndexerResourceCache<SocketCapacity> wishes;
    private final IndexerResourceCache<Node> nodes;
    private final IndexerResourceCache<DaemonSet> daemonSets;
    private final NodeObjects objects;
    private final AgentDaemonSet agents;
    private final Clock clock;
    private final ClockScale scale;
    private final Map<String, Instant> releasingSince = new HashMap<>();

    FleetController(
            IndexerResourceCache<SocketCapacity> wishes,
            IndexerResourceCache<Node> nodes,
            IndexerResourceCache<DaemonSet> daemonSets,
            NodeObjects objects,
            AgentDaemonSet agents,
            Clock clock,
            ClockScale scale) {
        this.wishes = wishes;
        this.nodes = nodes;
        this.daemonSets = daemonSets;
        this.objects = objects;
        this.agents = agents;
        this.clock = clock;
        this.scale = scale;
    }

    /// Brings the whole fleet one step further.
    synchronized void settle() {
        var fleet = observe();
        enact(plan(fleet), fleet);
        keepAgents();
    }

    /// The same for what concerns one node only.
    synchronized void settle(String nodeName) {
        var fleet = observe();
        var alone = new Fleet(
                fleet.wishes(),
                fleet.nodes().stream()
                        .filter(node -> node.name().equals(nodeName))
                        .toList(),
                fleet.objects().containsKey(nodeName)
                        ? Map.of(nodeName, fleet.objects().get(nodeName))
                        : Map.of());
        enact(plan(alone), alone);
        keepAgents();
    }

    /// What has become of a wish.
    synchronized SocketCapacityStatus report(SocketCapacity wish) {
        var fleet = observe();
        return new WishReport(wish, fleet, plan(fleet)).status(clock.instant());
    }

    private Fleet observe() {
        return new Fleet(
                wishes.list(_ -> true).toList(),
                nodes.list(_ -> true).map(FleetController::view).toList(),
                objects.all());
    }

    private FleetPlan plan(Fleet fleet) {
        return FleetPlan.of(fleet, silent(fleet));
    }

    private void enact(FleetPlan plan, Fleet fleet) {
        for (var step : plan.steps()) {
            switch (step) {
                case Step.Enact(var node, var merge) -> {
                    var observed = fleet.objects().get(node.name());
                    objects.apply(Desired.enacting(node, merge, state(observed)), observed);
                }
                case Step.Hold(var node, var merge) -> {
                    var observed = fleet.objects().get(node.name());
                    objects.apply(Desired.holding(node, merge, state(observed)), observed);
                }
                case Step.Release(var object) -> objects.apply(Desired.releasing(object, state(object)), object);
                case Step.Delete(var object) -> objects.delete(object);
            }
        }
    }

    /// Agents run while anything is wished for, or is still to be put back.
    private void keepAgents() {
        var observed = daemonSets
                .list(daemonSet -> agents.name().equals(daemonSet.getMetadata().getName()))
                .findFirst();
        if (wishes.list(_ -> true).findAny().isPresent() || !objects.all().isEmpty()) {
            agents.ensure(observed);
        } else {
            agents.remove(observed);
        }
    }

    private static NodeState state(NodeSocketCapacity observed) {
        return observed == null || observed.getStatus() == null
                ? NodeState.progressing
                : NodeStanding.of(observed.getStatus().conditions()).state();
    }

    /// Agents that were asked to release and have not answered for 10 minutes.
    private Set<String> silent(Fleet fleet) {
        var releasing = fleet.objects().values().stream()
                .filter(object ->
                        NodeSocketCapacitySpec.RELEASE.equals(object.getSpec().action()))
                .map(object -> object.getMetadata().getName())
                .collect(Collectors.toSet());
        releasingSince.keySet().removeIf(name -> !releasing.contains(name));
        releasing.forEach(name -> releasingSince.putIfAbsent(name, clock.instant()));
        var patience = scale.minutes(10);
        return releasingSince.entrySet().stream()
                .filter(since -> since.getValue().plus(patience).isBefore(clock.instant()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private static NodeView view(Node node) {
        var labels = node.getMetadata().getLabels() == null
                ? Map.<String, String>of()
                : node.getMetadata().getLabels();
        var status = node.getStatus();
        var ready = status != null
                && status.getConditions().stream()
                        .anyMatch(condition ->
                                "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()));
        return new NodeView(
                node.getMetadata().getName(),
                node.getMetadata().getUid(),
                labels,
                "linux".equals(labels.get("kubernetes.io/os")),
                ready,
                Boolean.TRUE.equals(node.getSpec().getUnschedulable()),
                status == null || status.getNodeInfo() == null
                        ? null
                        : status.getNodeInfo().getBootID());
    }

    /// What planning sees of a node: nothing else of its many changes matters.
    static boolean looksTheSame(Node one, Node other) {
        return view(one).equals(view(other));
    }
}
