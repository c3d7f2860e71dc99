package dev.socketcapacity.plan;

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
}
