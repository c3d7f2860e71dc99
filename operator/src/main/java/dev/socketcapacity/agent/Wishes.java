package dev.socketcapacity.agent;

import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import java.util.List;

/// The API server, as the agent needs it: wishes come in, reports go out.
interface Wishes extends AutoCloseable {

    /// What the API server says is wished for on this node.
    sealed interface Wish {
        /// It has not answered yet: what was wished last still holds.
        record Unknown() implements Wish {}

        /// It has never answered and can't be reached, or does not know the kind: what was wished last still holds.
        record Away() implements Wish {}

        /// It answers, and there is no object for this node.
        record Absent() implements Wish {}

        /// @param conditions of the last report that it has
        record Present(long generation, NodeSocketCapacitySpec spec, List<Condition> conditions) implements Wish {}
    }

    Wish current();

    /// Whether the API server serves the kind and has no object for this node: asked anew, not remembered.
    boolean confirmsAbsence();

    /// Whether it was taken.
    boolean report(NodeSocketCapacityStatus status);

    @Override
    void close();
}
