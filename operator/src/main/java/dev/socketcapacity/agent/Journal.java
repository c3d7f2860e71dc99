package dev.socketcapacity.agent;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The state, in memory and on disk: whoever sees a change here knows that it is on disk already.
final class Journal implements Closeable {

    private final StateFile file;
    private final Lock lock;
    private Closeable held;
    private State state = State.EMPTY;

    /// Keeps everybody else from the state, until what it returns is closed.
    interface Lock {
        Closeable take() throws IOException;
    }

    /// To be opened before anything is changed; before that it knows of nothing.
    Journal(StateFile file, Lock lock) {
        this.file = file;
        this.lock = lock;
    }

    /// The state can't be read: its file lies aside, and the next [#open] starts anew.
    static final class SetAsideException extends IOException {
        private static final long serialVersionUID = 1L;

        private SetAsideException(IOException cause, String name) {
            super(
                    "%s. It is set aside as %s and nothing is put back from it: a value that was raised before counts as found"
                            .formatted(cause.getMessage(), name),
                    cause);
        }
    }

    /// Takes the lock and reads what is on disk, once; until that has succeeded it may be tried again.
    ///
    /// @throws SetAsideException where what is on disk is no state: to go on is to take raised values for originals
    Journal open() throws IOException {
        if (held != null) {
            return this;
        }
        var taken = lock.take();
        try {
            state = file.read();
            held = taken;
            return this;
        } catch (StateFile.UnreadableException broken) {
            throw new SetAsideException(broken, file.setAside());
        } finally {
            if (held != taken) {
                taken.close();
            }
        }
    }

    /// Reads what is on disk, for who changes nothing.
    void peek() throws IOException {
        state = file.read();
    }

    State state() {
        return state;
    }

    /// The name of the state's file that was last set aside, for as long as it lies there.
    Optional<String> lastSetAside() throws IOException {
        return file.lastSetAside();
    }

    void update(UnaryOperator<State> change) throws IOException {
        if (held == null) {
            throw new IllegalStateException("what is on disk is not known, and must not be written over");
        }
        var next = change.apply(state);
        if (!next.equals(state)) {
            file.write(next);
            state = next;
        }
    }

    /// Gives the lock back.
    @Override
    public void close() throws IOException {
        if (held != null) {
            held.close();
            held = null;
        }
    }
}
