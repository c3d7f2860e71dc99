package dev.socketcapacity.agent;

import java.io.IOException;

/// Journals of agents that are alone: within one process a lock can't be taken twice, as it must be to play one that
/// was killed and started again.
final class Journals {

    private Journals() {}

    static Journal opened(StateFile file) throws IOException {
        return closed(file).open();
    }

    static Journal closed(StateFile file) {
        return new Journal(file, () -> () -> {});
    }
}
