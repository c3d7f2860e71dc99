package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// A thread with a descriptor table of its own.
///
/// RLIMIT_NOFILE bounds each table, not the process, so a process holds as many sockets as it has tables for; and when
/// it ends, the kernel closes them all at once. The table starts as a copy of the process's own, and the thread must
/// leave alone what Java opened: Java closes its descriptors from threads that have another table.
final class DescriptorTable {

    /// What the JVM may open beyond what it has open already.
    private static final int SPARE = 32;

    /// Even where RLIMIT_NOFILE would allow more: the kernel closes the tables in parallel when the process ends.
    private static final int MAX_CAPACITY = 20_000;

    private final ExecutorService thread;
    private final Future<?> ready;

    /// Must be called by a thread with the process's own table, which is the one that is copied. It is of use as soon
    /// as [#awaitReady] returns: several become ready side by side.
    ///
    /// @param first what its thread does before all else
    DescriptorTable(String name, Work first) {
        this.thread = Executors.newSingleThreadExecutor(work -> thread(work, name));
        this.ready = thread.submit(callable(() -> {
            Libc.unshare(Libc.CLONE_FILES);
            first.run();
        }));
    }

    void awaitReady() throws IOException, InterruptedException {
        await(ready);
    }

    private static Thread thread(Runnable work, String name) {
        var thread = new Libc.Caller(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /// How many descriptors one more table takes, besides the copies of what this process has open; at least 2.
    static int capacity() throws IOException {
        long limit = Libc.descriptorLimit();
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            long free = limit - open.count() - SPARE;
            if (free < 2) {
                throw new IOException("RLIMIT_NOFILE of %d leaves no descriptors for connections".formatted(limit));
            }
            return (int) Math.min(free, MAX_CAPACITY);
        }
    }

    /// Runs `work` on the table's thread to its end, and throws what it threw.
    void call(Work work) throws IOException, InterruptedException {
        await(thread.submit(callable(work)));
    }

    /// Starts `work` on the table's thread. Its future comes to `finished` when it is done.
    void submit(BlockingQueue<Future<Void>> finished, Work work) {
        new ExecutorCompletionService<>(thread, finished).submit(callable(work));
    }

    private static Callable<Void> callable(Work work) {
        return () -> {
            work.run();
            return null;
        };
    }

    /// Waits for work that was submitted, and throws what it threw.
    static void await(Future<?> work) throws IOException, InterruptedException {
        try {
            work.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case Throwable cause -> throw new IllegalStateException(cause);
            }
        }
    }

    /// Interrupts the thread, which ends once it has done what it is at: the kernel closes then what the table has.
    void end() {
        thread.shutdownNow();
    }

    /// What a table's thread does.
    @FunctionalInterface
    interface Work {
        void run() throws IOException, InterruptedException;
    }
}
