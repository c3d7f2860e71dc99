package dev.socketcapacity.controller;

import dev.socketcapacity.api.ApiGroup;
import dev.socketcapacity.api.Bounds;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacitySpec.WishReference;
import dev.socketcapacity.api.NodeState;
import dev.socketcapacity.api.SocketCapacity;
import dev.socketcapacity.api.SocketCapacityStatus;
import dev.socketcapacity.plan.Merge;
import dev.socketcapacity.plan.NodeView;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;

/// The objects as they shall be. Pure.
final class Desired {

    private Desired() {}

    static NodeSocketCapacity enacting(NodeView node, Merge merge, NodeState state) {
        return asking(NodeSocketCapacitySpec.ENACT, node, merge, state);
    }

    static NodeSocketCapacity holding(NodeView node, Merge merge, NodeState state) {
        return asking(NodeSocketCapacitySpec.HOLD, node, merge, state);
    }

    private static NodeSocketCapacity asking(String action, NodeView node, Merge merge, NodeState state) {
        var included = merge.included();
        var target = included.isEmpty() ? null : merge.target();
        var spec = new NodeSocketCapacitySpec(
                node.uid(),
                action,
                target,
                target == null ? null : TargetHash.of(target),
                included.stream()
                        .limit(Bounds.MAX_LISTED)
                        .map(wish -> new WishReference(
                                wish.getMetadata().getName(),
                                wish.getMetadata().getUid(),
                                wish.getMetadata().getGeneration()))
                        .toList(),
                included.size(),
                ProbeRequest.of(included));
        return nodeObject(node.name(), node.uid(), state, spec);
    }

    static NodeSocketCapacity releasing(NodeSocketCapacity object, NodeState state) {
        var spec = new NodeSocketCapacitySpec(
                object.getSpec().nodeUID(), NodeSocketCapacitySpec.RELEASE, null, null, null, 0, null);
        return nodeObject(object.getMetadata().getName(), object.getSpec().nodeUID(), state, spec);
    }

    /// Owned by the Node, by UID: when that is deleted, so is this, whether an operator runs or not.
    private static NodeSocketCapacity nodeObject(
            String node, String nodeUid, NodeState state, NodeSocketCapacitySpec spec) {
        var object = new NodeSocketCapacity();
        object.setMetadata(new ObjectMetaBuilder()
                .withName(node)
                .addToLabels(ApiGroup.STATE_LABEL, state.name())
                .addToLabels("app.kubernetes.io/managed-by", "socket-capacity")
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion("v1")
                        .withKind("Node")
                        .withName(node)
                        .withUid(nodeUid)
                        .build())
                .build());
        object.setSpec(spec);
        return object;
    }

    /// A wish with nothing but its name and status, to be applied.
    static SocketCapacity statusOnly(SocketCapacity wish, SocketCapacityStatus status) {
        var only = new SocketCapacity();
        only.setMetadata(
                new ObjectMetaBuilder().withName(wish.getMetadata().getName()).build());
        only.setStatus(status);
        return only;
    }
}
