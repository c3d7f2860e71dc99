package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.Errno;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.Libc.PollSet;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/// One side of many connections: their sockets, in a descriptor table that only one thread has.
///
/// RLIMIT_NOFILE bounds each table, not the process, so a process holds as many sockets as it has tables for. The table
/// starts as a copy of the process's own, and the thread must leave alone what Java opened: Java closes its
/// descriptors from threads that have another table.
final class DescriptorTable {

    /// RLIMIT_NOFILE bounds the length of a poll too, so that a batch stays below any.
    private static final int POLL_BATCH = 64;

    private final ExecutorService thread;
    private final int[] sockets;
    private int size;
    private volatile int alive;

    /// Must be called by a thread with the process's own table, which is the one that is copied.
    DescriptorTable(String name, int capacity) throws IOException, InterruptedException {
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
        this.sockets = new int[capacity];
        call(() -> Libc.unshare(Libc.CLONE_FILES));
    }

    /// Runs `work` on the table's thread to its end, and throws what it threw.
    void call(Work work) throws IOException, InterruptedException {
        await(submit(work));
    }

    /// Starts `work` on the table's thread.
    Future<?> submit(Work work) {
        return thread.submit(() -> {
            work.run();
            return null;
        });
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

    /// How many of the sockets had a living connection when last looked at.
    int alive() {
        return alive;
    }

    /// Keeps a socket of this table. On the table's thread.
    void add(int socket) {
        sockets[size++] = socket;
        alive = size;
    }

    /// Looks at every connection, and throws the error of the first that is lost. On the table's thread.
    void verify() throws ErrnoException {
        var lost = new ArrayList<Integer>();
        for (int from = 0; from < size; from += POLL_BATCH) {
            lost.addAll(lost(from, Math.min(from + POLL_BATCH, size)));
        }
        alive = size - lost.size();
        if (!lost.isEmpty()) {
            throw loss(lost.getFirst());
        }
    }

    private List<Integer> lost(int from, int to) throws ErrnoException {
        var batch = new PollSet(to - from);
        for (int i = from; i < to; i++) {
            batch.add(sockets[i], Libc.POLLRDHUP);
        }
        Libc.poll(batch, Duration.ZERO);
        return IntStream.range(from, to)
                .filter(i -> batch.isReady(i - from))
                .mapToObj(i -> sockets[i])
                .toList();
    }

    private static ErrnoException loss(int socket) throws ErrnoException {
        int error = Libc.pendingError(socket);
        return error == 0 ? new ErrnoException("poll", Errno.ECONNRESET) : new ErrnoException("poll", error);
    }

    /// Closes every connection. On the table's thread.
    void closeAll(Pace pace) throws ErrnoException {
        for (int i = 0; i < size; i++) {
            pace.await();
            Libc.close(sockets[i]);
        }
    }

    /// What a table's thread does.
    @FunctionalInterface
    interface Work {
        void run() throws IOException, InterruptedException;
    }
}
