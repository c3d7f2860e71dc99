package dev.socketcapacity.plan;

import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.SocketCapacity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What to do next with a whole fleet. Data only: a plan never touches the cluster.
///
/// @param merges what each selected node shall hold, by node name
/// @param steps  in the order in which they may run
public record FleetPlan(Map<String, Merge> merges, List<Step> steps) {

    /// One node's next move.
    public sealed interface Step {

        /// Ask the node's agent to hold this.
        record Enact(NodeView node, Merge merge) implements Step {}

        /// Ask the node's agent to touch nothing.
        ///
        /// @param merge what is wished for there: of no wish at all where something is still to be put back
        record Hold(NodeView node, Merge merge) implements Step {}

        /// Ask the node's agent to put back what it found.
        record Release(NodeSocketCapacity object) implements Step {}

        /// The node has released, or is gone.
        record Delete(NodeSocketCapacity object) implements Step {}
    }

    /// @param silent names of released objects whose agents have said nothing for so long that nobody waits for them
    public static FleetPlan of(Fleet fleet, Set<String> silent) {
        var merges = new HashMap<String, Merge>();
        var asked = new ArrayList<Step>();
        for (var node : byName(fleet.nodes())) {
            var wishes = fleet.wishesOn(node);
            if (!wishes.isEmpty()) {
                var merge = Merge.of(wishes);
                merges.put(node.name(), merge);
                if (mayStart(node, fleet.objects().get(node.name()))) {
                    asked.add(node.handsOff() ? new Step.Hold(node, merge) : new Step.Enact(node, merge));
                }
            }
        }
        // Releases first: a node that is left is not in the way of one that joins.
        var steps = new ArrayList<>(leaving(fleet, merges.keySet(), silent));
        steps.addAll(asked);
        return new FleetPlan(Map.copyOf(merges), List.copyOf(steps));
    }

    private static List<NodeView> byName(List<NodeView> nodes) {
        return nodes.stream().sorted(Comparator.comparing(NodeView::name)).toList();
    }

    /// A node that is not Ready, or cordoned, is not started; one that was started goes on.
    private static boolean mayStart(NodeView node, NodeSocketCapacity object) {
        var isOthers = object != null && !node.uid().equals(object.getSpec().nodeUID());
        return !isOthers && (object != null || node.ready() && !node.cordoned());
    }

    private static List<Step> leaving(Fleet fleet, Set<String> wished, Set<String> silent) {
        var nodes = new HashMap<String, NodeView>();
        fleet.nodes().forEach(node -> nodes.put(node.name(), node));
        var steps = new ArrayList<Step>();
        for (var name : new HashSet<>(fleet.objects().keySet())) {
            var object = fleet.objects().get(name);
            var node = nodes.get(name);
            if (node == null || !object.getSpec().nodeUID().equals(node.uid())) {
                steps.add(new Step.Delete(object)); // its node is gone, or another one of that name
            } else if (!wished.contains(name)) {
                steps.add(leave(node, object, silent.contains(name)));
            }
        }
        return steps;
    }

    /// Putting back is writing too: hands off means that it waits.
    private static Step leave(NodeView node, NodeSocketCapacity object, boolean silent) {
        if (hasReleased(object)) {
            return new Step.Delete(object);
        }
        if (node.handsOff()) {
            return new Step.Hold(node, Merge.of(List.of()));
        }
        return silent ? new Step.Delete(object) : new Step.Release(object);
    }

    /// Whether the agent has said, of what it is asked for now, that nothing of ours is left.
    public static boolean hasReleased(NodeSocketCapacity object) {
        return !NodeSocketCapacitySpec.ENACT.equals(object.getSpec().action())
                && isCurrent(object)
                && Condition.find(object.getStatus().conditions(), Condition.Type.Enacted)
                        .filter(enacted -> Reason.Released.name().equals(enacted.reason()))
                        .isPresent();
    }

    /// Whether the report speaks of what the object asks for now.
    static boolean isCurrent(NodeSocketCapacity object) {
        return object.getStatus() != null
                && object.getMetadata()
                        .getGeneration()
                        .equals(object.getStatus().observedGeneration());
    }

    /// The wishes that some node's merge had to leave out.
    public boolean leavesOut(SocketCapacity wish) {
        return merges.values().stream()
                .flatMap(merge -> merge.leftOut().stream())
                .anyMatch(left ->
                        left.getMetadata().getUid().equals(wish.getMetadata().getUid()));
    }
}
