package dev.socketcapacity.agent.kernel;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A thread that lives in another network namespace and runs there what it is given, one thing at a time.
///
/// What is opened there stays bound to the namespace: a file under `/proc/sys/net` can be read and written from any
/// thread later on. Paths must go through `/proc/thread-self`, or `/proc/sys`; `/proc/self` is the process's first
/// thread, which has not moved.
public final class NetworkNamespace implements AutoCloseable {

    private final ExecutorService thread;

    private NetworkNamespace(ExecutorService thread) {
        this.thread = thread;
    }

    /// That of this process.
    public static NetworkNamespace own() {
        return onThread("own netns");
    }

    private static NetworkNamespace onThread(String name) {
        return new NetworkNamespace(Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(name).factory()));
    }

    /// Enters the namespace at `path`, such as `/host/proc/1/ns/net`. Needs CAP_SYS_ADMIN.
    public static NetworkNamespace enter(Path path) throws IOException {
        var namespace = onThread("netns " + path);
        try {
            namespace.call(() -> {
                join(path);
                return null;
            });
            return namespace;
        } catch (IOException e) {
            namespace.close();
            throw e;
        }
    }

    /// Moves the calling thread into the namespace at `path`, for good: it must be a platform thread of the caller's
    /// own.
    public static void join(Path path) throws IOException {
        try {
            int descriptor = Libc.open(path);
            try {
                Libc.setns(descriptor, Libc.CLONE_NEWNET);
            } finally {
                Libc.close(descriptor);
            }
        } catch (ErrnoException e) {
            throw new IOException("cannot enter network namespace %s: %s".formatted(path, e.getMessage()), e);
        }
    }

    /// Runs `work` in the namespace and returns what it returned, or throws what it threw; a checked exception that is
    /// no [IOException] becomes the cause of one.
    public <T> T call(Callable<T> work) throws IOException {
        try {
            return thread.submit(work).get();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while at work in another network namespace");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case Throwable cause -> throw new IOException(cause);
            }
        }
    }

    /// The namespace's id; see [Libc#netnsCookie].
    public long cookie() throws IOException {
        return call(Libc::netnsCookie);
    }

    /// Ends the thread. What was opened in the namespace stays open.
    @Override
    public void close() {
        thread.shutdown();
    }
}
