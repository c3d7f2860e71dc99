package dev.socketcapacity.agent;

import java.io.IOException;
import java.util.function.UnaryOperator;

/// The state, in memory and on disk: whoever sees a change here knows that it is on disk already.
final class Journal {

    private final StateFile file;
    private State state;

    Journal(StateFile file) throws IOException {
        this.file = file;
        this.state = file.read();
    }

    State state() {
        return state;
    }

    void update(UnaryOperator<State> change) throws IOException {
        var next = change.apply(state);
        if (!next.equals(state)) {
            file.write(next);
            state = next;
        }
    }
}
