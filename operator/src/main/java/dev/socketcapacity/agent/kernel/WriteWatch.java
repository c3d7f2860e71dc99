package dev.socketcapacity.agent.kernel;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Tells of writes to settings as they happen, and who made them where the kernel says so.
///
/// It hears of those that go through the procfs that it is given, by whichever mount; another container's own procfs is
/// another one. So what must hold is read again from time to time besides.
public final class WriteWatch implements AutoCloseable {

    /// Anybody may write to procfs without end, and this thread runs before theirs.
    private static final double MOST_OF_A_PROCESSOR = 0.1;

    private static final Duration BURST = Duration.ofMillis(20);

    private final WriteEvents events;
    private final Libc.Pipe end;
    private final Thread thread;

    /// A write, or one that the kernel refused: that may have been half-applied.
    ///
    /// @param pid       of the process that made it; empty where the kernel does not say
    /// @param command   its name, at most 15 characters; empty where it is gone already
    /// @param container reads the first 12 characters of the id of its container, empty where there is none or the
    ///                  process is gone: to be asked at once, but after the repair, which it would delay by a third
    /// @param nanos     when it was heard of, by [System#nanoTime]
    public record Write(
            String key, OptionalInt pid, Optional<String> command, Supplier<Optional<String>> container, long nanos) {

        static Write byUnknown(String key) {
            return new Write(key, OptionalInt.empty(), Optional.empty(), Optional::empty, System.nanoTime());
        }
    }

    /// @param listener see [#start]
    WriteWatch(WriteEvents events, Consumer<Write> listener) throws ErrnoException {
        this.events = events;
        this.end = Libc.pipe();
        this.thread = Thread.ofPlatform().daemon().name("writes").start(() -> run(listener));
    }

    /// Starts to watch, on a thread of its own that calls `listener`.
    ///
    /// Where the kernel tells who wrote (CAP_SYS_ADMIN and Linux 5.15), this process's own writes are left out;
    /// where it does not, they can't be told from others.
    ///
    /// @param network  the namespace whose `net.*` is meant
    /// @param keys     such as `net.core.somaxconn`; they need not exist yet
    /// @param listener hears of a write twice at most, and of each key where the kernel had to drop events; throws
    ///                 nothing
    public static WriteWatch start(Procfs procfs, NetworkNamespace network, Set<String> keys, Consumer<Write> listener)
            throws IOException {
        return new WriteWatch(events(procfs, network, keys), listener);
    }

    private static WriteEvents events(Procfs procfs, NetworkNamespace network, Set<String> keys) throws IOException {
        try {
            return Fanotify.watch(procfs, network, keys);
        } catch (ErrnoException _) {
            return Inotify.watch(procfs, network, keys);
        }
    }

    /// Whether it tells who wrote.
    public boolean namesWriters() {
        return events instanceof Fanotify;
    }

    private void run(Consumer<Write> listener) {
        var duty = new DutyCycle(MOST_OF_A_PROCESSOR, BURST);
        var sources = new Libc.PollSet(2);
        sources.add(events.descriptor(), Libc.POLLIN);
        sources.add(end.out(), Libc.POLLIN);
        try (events) {
            events.warmUp(listener);
            prefer();
            for (Libc.poll(sources); !sources.isReady(1); Libc.poll(sources)) {
                duty.run(() -> events.read(listener));
            }
            Libc.close(end.out());
        } catch (ErrnoException e) {
            throw new IllegalStateException("writes to settings can't be watched any more", e);
        }
    }

    /// A writer that ends at once has a name for a fraction of a millisecond.
    private static void prefer() {
        try {
            Libc.prefer(); // which will do where a cgroup forbids the next
            Libc.scheduleFirst();
        } catch (ErrnoException _) {
            // without the right to it, it is later at times
        }
    }

    /// Waits until what the listener is told at the moment has been dealt with.
    @Override
    public void close() throws IOException {
        if (thread.isAlive()) {
            Libc.close(end.in());
            try {
                thread.join();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
