package dev.socketcapacity.agent.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// An open pid namespace.
public final class PidNamespace implements AutoCloseable {

    /// No number is left there, nor in one around it.
    private static final String FULL = "EAGAIN";

    private static final int LONGEST_NUMBER = 32;

    private final int descriptor;
    private final long id;

    private PidNamespace(int descriptor) throws ErrnoException {
        this.descriptor = descriptor;
        this.id = Libc.status(descriptor).inode();
    }

    /// That of a process, the one around it, and so on, up to that of this process. Takes the right to trace it.
    public static List<PidNamespace> around(ProcessEntry process) throws ErrnoException {
        var namespaces = new ArrayList<PidNamespace>();
        try {
            for (int next = Libc.open(process.file("ns/pid")); ; next = Libc.parentNamespace(next)) {
                namespaces.add(new PidNamespace(next));
            }
        } catch (ErrnoException e) {
            if (namespaces.isEmpty() || !e.isRefusal()) {
                throw e;
            }
            return namespaces; // the last one is our own: what is around that is not for us to see
        }
    }

    /// Its inode, as in `pid:[4026531836]`.
    public long id() {
        return id;
    }

    /// Its `kernel.pid_max`, which can be read only from inside (since Linux 6.14; before, there is one for all). So a
    /// process is started there, which reads it.
    ///
    /// @return empty where the kernel starts no process there: the namespace is full
    public OptionalLong pidMax(Procfs procfs) throws IOException {
        var answer = new CompletableFuture<OptionalLong>();
        Thread.ofPlatform().daemon().name("pid namespace " + id).start(() -> {
            try {
                answer.complete(ask(procfs));
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw new IOException(e.getCause().getMessage(), e);
        }
    }

    /// On a thread of its own: what it starts from now on is inside.
    private OptionalLong ask(Procfs procfs) throws IOException {
        Libc.setns(descriptor, Libc.CLONE_NEWPID);
        var pipe = Libc.pipe();
        try {
            int child = spawn(PidMaxChild.command(procfs.path("")), pipe.in());
            var text = readLine(pipe.out());
            Libc.await(child);
            return OptionalLong.of(Long.parseLong(text));
        } catch (ErrnoException e) {
            if (e.errno().equals(FULL)) {
                return OptionalLong.empty();
            }
            throw e;
        } catch (NumberFormatException e) {
            throw new IOException("a process that was started in pid namespace %d could not read it".formatted(id), e);
        } finally {
            Libc.close(pipe.out());
        }
    }

    private static int spawn(List<String> command, int output) throws ErrnoException {
        try {
            return Libc.spawn(command, output);
        } finally {
            Libc.close(output);
        }
    }

    private static String readLine(int descriptor) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(LONGEST_NUMBER);
            int length = Libc.read(descriptor, buffer);
            return new String(buffer.asSlice(0, length).toArray(JAVA_BYTE), US_ASCII).strip();
        }
    }

    @Override
    public void close() throws ErrnoException {
        Libc.close(descriptor);
    }
}
