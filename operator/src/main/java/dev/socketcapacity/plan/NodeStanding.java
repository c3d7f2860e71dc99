package dev.socketcapacity.plan;

import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeState;
import dev.socketcapacity.api.Reason;
import java.util.List;
import java.util.Optional;

/// Where one node stands, as its report says: in one word, and why.
public record NodeStanding(NodeState state, Reason reason, String message) {

    /// @param hash of the target that the node shall hold
    public static NodeStanding of(NodeView node, Optional<NodeSocketCapacity> object, String hash) {
        return object.filter(FleetPlan::isCurrent)
                .filter(known -> hash.equals(known.getSpec().targetHash()))
                .filter(known -> hash.equals(known.getStatus().target()))
                .filter(known -> isOfThisBoot(node, known))
                .map(known -> of(known.getStatus().conditions()))
                .orElse(new NodeStanding(
                        NodeState.progressing,
                        Reason.AwaitingAgent,
                        "The agent of node %s has not reported on this target yet.".formatted(node.name())));
    }

    /// A report from before a reboot says nothing of the kernel that runs now.
    private static boolean isOfThisBoot(NodeView node, NodeSocketCapacity object) {
        var reported = object.getStatus().bootID();
        return node.bootId() == null || reported == null || reported.equals(node.bootId());
    }

    /// What a report's conditions come to.
    public static NodeStanding of(List<Condition> conditions) {
        var ready = Condition.find(conditions, Condition.Type.Ready);
        var reason = ready.flatMap(condition -> reason(condition.reason())).orElse(Reason.Pending);
        return new NodeStanding(
                state(conditions, reason), reason, ready.map(Condition::message).orElse(""));
    }

    private static NodeState state(List<Condition> conditions, Reason reason) {
        if (isTrue(Condition.find(conditions, Condition.Type.Ready))) {
            return NodeState.ready;
        }
        if (isTrue(Condition.find(conditions, Condition.Type.Stalled))) {
            return NodeState.stalled;
        }
        return switch (reason) {
            case OnHold -> NodeState.held;
            case ProbeOutdated -> NodeState.outdated;
            default -> NodeState.progressing;
        };
    }

    private static boolean isTrue(Optional<Condition> condition) {
        return condition.filter(c -> c.is(Condition.Status.True)).isPresent();
    }

    /// A newer agent may use a word that this version does not know.
    private static Optional<Reason> reason(String word) {
        try {
            return Optional.of(Reason.valueOf(word));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
