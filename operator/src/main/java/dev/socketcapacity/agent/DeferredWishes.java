package dev.socketcapacity.agent;

import dev.socketcapacity.api.NodeSocketCapacityStatus;
import java.util.function.Supplier;

/// [Wishes] of an API server that is not asked before [#connect]: what was wished last holds until then. To build its
/// client takes about as long as all else at start, and the node's values must not wait for it.
final class DeferredWishes implements Wishes {

    private final Supplier<Wishes> connection;
    private Wishes connected = new NobodyAsked();

    /// @param connection connects
    DeferredWishes(Supplier<Wishes> connection) {
        this.connection = connection;
    }

    void connect() {
        connected = connection.get();
    }

    @Override
    public Wish current() {
        return connected.current();
    }

    @Override
    public boolean confirmsAbsence() {
        return connected.confirmsAbsence();
    }

    @Override
    public boolean report(NodeSocketCapacityStatus status) {
        return connected.report(status);
    }

    @Override
    public void close() {
        connected.close();
    }

    private record NobodyAsked() implements Wishes {

        @Override
        public Wish current() {
            return new Wish.Unknown();
        }

        @Override
        public boolean confirmsAbsence() {
            return false;
        }

        @Override
        public boolean report(NodeSocketCapacityStatus status) {
            return false;
        }

        @Override
        public void close() {}
    }
}
