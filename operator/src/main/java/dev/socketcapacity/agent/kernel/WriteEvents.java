package dev.socketcapacity.agent.kernel;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.WriteWatch.Write;
import java.util.function.Consumer;

/// A queue of the kernel's for writes to settings.
sealed interface WriteEvents extends AutoCloseable permits Fanotify, Inotify {

    /// A file was written to: `FAN_MODIFY` and `IN_MODIFY`.
    int MODIFY = 0x2;

    /// A file that was open for writing was closed: `FAN_CLOSE_WRITE` and `IN_CLOSE_WRITE`. It is all that one hears of
    /// a write that failed, which may have been half-applied.
    int CLOSE_WRITE = 0x8;

    /// Events were dropped: `FAN_Q_OVERFLOW` and `IN_Q_OVERFLOW`.
    int OVERFLOW = 0x4000;

    /// What to poll for the next event.
    int descriptor();

    /// Makes what is to be quick quick from its first time on.
    ///
    /// @param listener hears of what is written meanwhile
    default void warmUp(Consumer<Write> listener) throws ErrnoException {}

    /// Takes what is in the queue, at least one event, waiting for it.
    void read(Consumer<Write> listener) throws ErrnoException;

    @Override
    void close() throws ErrnoException;
}
