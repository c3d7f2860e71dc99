package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.NetworkCounters;
import dev.socketcapacity.agent.kernel.Procfs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The accepting side of probes that come from elsewhere: accepts, greets, and holds each connection until its other
/// end is gone. Its connections end with this process.
public final class ProbeServer {

    private static final Procfs PROC = new Procfs(Path.of("/proc"));

    /// How soon it is noticed, and told, that connections have ended.
    private static final Duration ROUND = Duration.ofSeconds(1);

    private static final Duration GLANCE = Duration.ofMillis(50);
    private static final int BATCH = 126;

    private final FileTable files;
    private final Destination.Own destination;
    private final long max;
    private final long overflowsBefore;
    private final List<Hall> halls = new ArrayList<>();
    private int nextToLookAt;
    private long lookedAt = System.nanoTime();
    private long accepted;
    private long most;
    private Optional<String> refusal = Optional.empty();

    /// A descriptor table, and the connections in it.
    private record Hall(DescriptorTable table, Ends ends, int capacity) {

        boolean hasRoom() {
            return ends.size() < capacity;
        }
    }

    /// How it stands.
    ///
    /// @param held      connections that are open now
    /// @param most      that were open at one moment
    /// @param accepted  in all
    /// @param overflows connections that found the accept queue full, as this network namespace counts
    /// @param refusal   why it accepts no more now; empty where it does
    public record Standing(long held, long most, long accepted, long overflows, Optional<String> refusal) {}

    /// Listens.
    ///
    /// @param max connections that it holds: more are closed as they come
    public ProbeServer(InetSocketAddress address, long max) throws IOException {
        Watchdog.offerToOutOfMemoryKiller();
        this.max = max;
        this.files = new FileTable(1);
        this.destination = Destination.Own.at(address.getAddress(), address.getPort());
        this.overflowsBefore = overflows();
    }

    /// The port that it listens on.
    public int port() throws IOException {
        return Libc.localPort(destination.listener());
    }

    /// Runs until the thread is interrupted.
    ///
    /// @param changed hears how it stands when that is another number of connections, at most once a second
    public void run(Consumer<Standing> changed) throws IOException, InterruptedException {
        long told = 0;
        long toldAt = System.nanoTime() - ROUND.toNanos();
        while (true) {
            acceptSome(hallWithRoom());
            lookAtSome();
            most = Math.max(most, held());
            if (held() != told && System.nanoTime() - toldAt >= ROUND.toNanos()) {
                told = held();
                toldAt = System.nanoTime();
                changed.accept(standing());
            }
        }
    }

    public Standing standing() throws IOException {
        return new Standing(held(), most, accepted, overflows() - overflowsBefore, refusal);
    }

    private long held() {
        return halls.stream().mapToLong(hall -> hall.ends.size()).sum();
    }

    private static long overflows() throws IOException {
        return NetworkCounters.ofThread(PROC).event("ListenOverflows").orElse(0);
    }

    private Hall hallWithRoom() throws IOException, InterruptedException {
        for (var hall : halls) {
            if (hall.hasRoom()) {
                return hall;
            }
        }
        int capacity = DescriptorTable.capacity();
        var table = new DescriptorTable("hall", () -> {});
        table.awaitReady();
        var hall = new Hall(table, new Ends(capacity), capacity);
        halls.add(hall);
        return hall;
    }

    private void acceptSome(Hall hall) throws InterruptedException, IOException {
        try {
            hall.table.call(() -> {
                destination.await(GLANCE);
                try (var claim = files.claim(BATCH)) {
                    acceptUpTo(claim.connections(), hall);
                }
            });
            refusal = Optional.empty();
        } catch (ErrnoException e) {
            refusal = Optional.of(e.getMessage());
            Thread.sleep(GLANCE); // it still waits
        }
    }

    private void acceptUpTo(int connections, Hall hall) throws ErrnoException {
        for (int i = 0; i < connections && hall.hasRoom(); i++) {
            var socket = destination.accept();
            if (socket.isEmpty()) {
                break;
            }
            welcome(socket.getAsInt(), hall);
        }
    }

    private void welcome(int socket, Hall hall) throws ErrnoException {
        if (held() >= max) {
            Libc.close(socket);
            return;
        }
        try {
            Greeting.send(socket);
            hall.ends.add(socket);
            accepted++;
        } catch (ErrnoException _) {
            Libc.close(socket); // it has gone again
        }
    }

    /// All of them within a round.
    private void lookAtSome() throws IOException, InterruptedException {
        if (System.nanoTime() - lookedAt >= ROUND.toNanos() / halls.size()) {
            lookedAt = System.nanoTime();
            var hall = halls.get(nextToLookAt++ % halls.size());
            hall.table.call(hall.ends::closeEnded);
        }
    }
}
