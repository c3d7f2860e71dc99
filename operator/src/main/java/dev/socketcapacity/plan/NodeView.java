package dev.socketcapacity.plan;

import dev.socketcapacity.api.ApiGroup;
import java.util.Map;

/// A node of the cluster, as far as planning goes.
///
/// @param bootId of the kernel that its kubelet reported last
public record NodeView(
        String name,
        String uid,
        Map<String, String> labels,
        boolean linux,
        boolean ready,
        boolean cordoned,
        String bootId) {

    public NodeView {
        labels = Map.copyOf(labels);
    }

    /// Whether its owner wants nothing done there.
    public boolean handsOff() {
        return "true".equals(labels.get(ApiGroup.HANDS_OFF_LABEL));
    }
}
