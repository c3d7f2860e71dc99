package dev.socketcapacity.plan;

import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.SocketCapacity;
import java.util.List;
import java.util.Map;

/// Everything that planning looks at: all wishes, all nodes, all node objects by their name.
public record Fleet(List<SocketCapacity> wishes, List<NodeView> nodes, Map<String, NodeSocketCapacity> objects) {

    public Fleet {
        wishes = List.copyOf(wishes);
        nodes = List.copyOf(nodes);
        objects = Map.copyOf(objects);
    }

    /// The wishes that select this node.
    List<SocketCapacity> wishesOn(NodeView node) {
        return wishes.stream().filter(wish -> selects(wish, node)).toList();
    }

    public static boolean selects(SocketCapacity wish, NodeView node) {
        return node.linux() && wish.getSpec().nodeSelector().matches(node.labels());
    }
}
