package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.SocketAddress;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// The probe's process: opens, holds, verifies, and closes. All connections of both sides are its own, so that nothing
/// outlives it.
final class ProbeChild {

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    /// Fewer connections take no more than what else goes on in the kernel's caches.
    private static final int ENOUGH_TO_WEIGH = 1_000;

    /// Each has a thread.
    private static final int MAX_TABLES = 256;

    private final ProbeJob job;
    private final Pace pace;
    private final List<Lane> lanes = new ArrayList<>();
    private final AtomicInteger opened = new AtomicInteger();
    private int told;
    private long begin;
    private long end;
    private long memoryBefore;

    private ProbeChild(ProbeJob job) {
        this.job = job;
        this.pace = new Pace(job.connectionsPerSecond());
    }

    static void main(String[] arguments) throws IOException, InterruptedException {
        endWithParent();
        var child = new ProbeChild(ProbeJob.ofArguments(arguments));
        Watchdog.start(child.job.timeout(), child.pace);
        child.run();
        System.out.flush();
        // The kernel closes what is left of all tables at once.
        Runtime.getRuntime().halt(0);
    }

    /// The parent's end of our standard input closes when the parent wants us to end, and when it dies.
    private static void endWithParent() {
        Thread.ofPlatform().daemon().name("parent").start(() -> {
            try {
                System.in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException _) {
                // no parent to hear of it
            }
            Runtime.getRuntime().halt(1);
        });
    }

    private void run() throws IOException, InterruptedException {
        System.out.println(ProbeEvent.line(result()));
        if (pace.isLimited()) {
            for (var lane : lanes) {
                lane.close();
            }
        }
    }

    private ProbeResult result() throws InterruptedException {
        try {
            Watchdog.offerToOutOfMemoryKiller();
            return probe();
        } catch (IOException e) {
            return new Inconclusive(e.getMessage());
        }
    }

    private ProbeResult probe() throws IOException, InterruptedException {
        try (var witness = new Witness(job.route())) {
            prepare();
            memoryBefore = kernelMemory();
            begin = System.nanoTime();
            open();
            end = System.nanoTime();
            var opening = opening();
            if (refusal().isEmpty()) {
                hold();
            }
            var held = Duration.ofNanos(System.nanoTime() - end);
            var refusal = refusal();
            return refusal.isEmpty()
                    ? new Held(job.connections(), held, opening)
                    : shortfall(refusal.get(), opening, witness);
        }
    }

    /// Lanes of even size. One that shares its destinations with others works alone.
    private void prepare() throws IOException, InterruptedException {
        var destinations = destinations();
        int capacity = DescriptorTable.capacity() / job.route().ends();
        int count = job.tables() > 0 ? job.tables() : Math.min(MAX_TABLES, Math.ceilDiv(job.connections(), capacity));
        for (int i = 0; i < count; i++) {
            int lane = i;
            var own = switch (job.route()) {
                case Route.ToServers _ -> destinations;
                case Route.HostToPod _, Route.Loopback _ -> share(destinations, lane, count);
            };
            int size = (int) (job.connections() * (lane + 1L) / count - job.connections() * (long) lane / count);
            lanes.add(new Lane(size, job.route(), own, pace));
        }
    }

    /// A listener is for one lane, unless there are too few.
    private static List<Destination> share(List<Destination> destinations, int lane, int lanes) {
        return lanes > destinations.size()
                ? List.of(destinations.get(lane % destinations.size()))
                : IntStream.range(0, destinations.size())
                        .filter(destination -> destination % lanes == lane)
                        .mapToObj(destinations::get)
                        .toList();
    }

    private List<Destination> destinations() throws IOException {
        return switch (job.route()) {
            case Route.HostToPod way -> listeners(way.podAddress());
            case Route.Loopback _ -> listeners(LOOPBACK);
            case Route.ToServers(var servers) ->
                servers.stream()
                        .map(server -> new SocketAddress(server.getAddress(), server.getPort()))
                        .<Destination>map(Destination.Server::new)
                        .toList();
        };
    }

    private List<Destination> listeners(InetAddress address) throws IOException {
        var listeners = new ArrayList<Destination>();
        for (int i = 0; i < job.destinations(); i++) {
            listeners.add(listen(address));
        }
        return listeners;
    }

    private static Destination listen(InetAddress address) throws IOException {
        try {
            return Destination.Own.at(address);
        } catch (Libc.ErrnoException e) {
            throw new IOException("cannot listen on the pod's address: " + e.getMessage(), e);
        }
    }

    private void open() throws IOException, InterruptedException {
        var working = new ArrayDeque<Future<?>>();
        for (var lane : lanes) {
            if (working.size() == atOnce()) {
                DescriptorTable.await(working.remove());
            }
            if (refusal().isPresent()) {
                break;
            }
            working.add(lane.open(this::goesOnAfter));
        }
        for (var left : working) {
            DescriptorTable.await(left);
        }
    }

    private int atOnce() {
        var alone = switch (job.route()) {
            case Route.ToServers _ -> false;
            case Route.HostToPod _, Route.Loopback _ -> job.destinations() < lanes.size();
        };
        return pace.isLimited() || alone ? 1 : Runtime.getRuntime().availableProcessors();
    }

    private boolean goesOnAfter(int more) {
        tell(opened.addAndGet(more), more);
        return refusal().isEmpty();
    }

    /// How many there are, so that whoever ends this process knows it to a hundredth, also in the midst of as many more
    /// as came last, and no more often: who reads it takes from others what the probe leaves them.
    private synchronized void tell(int count, int more) {
        if (count + more - told > told / 100 && count < job.connections()) {
            System.out.println(ProbeEvent.line(count));
            told = count;
        }
    }

    private void hold() throws IOException, InterruptedException {
        System.out.println(ProbeEvent.line(job.connections()));
        Thread.sleep(job.hold());
        for (var lane : lanes) {
            lane.verify();
        }
    }

    /// Asked after each batch, so without a stream: that takes as long as some connections where it has hardly run.
    private Optional<Lane.Refusal> refusal() {
        for (var lane : lanes) {
            var refusal = lane.refusal();
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        return Optional.empty();
    }

    private ProbeResult shortfall(Lane.Refusal refusal, Opening opening, Witness witness) throws IOException {
        int held = lanes.stream().mapToInt(Lane::held).sum();
        var refused = refusal.refused();
        var seen = witness.of(refusal);
        return Cause.of(refused, seen)
                .<ProbeResult>map(cause -> new FellShort(held, job.connections(), cause, Optional.of(opening)))
                .orElseGet(() -> new Inconclusive("held %d of %d connections, and nothing tells why no more: %s"
                        .formatted(held, job.connections(), refused.text() + lookedAt(refused, seen))));
    }

    /// A connection that is lost was once open: nothing was in its way.
    private static String lookedAt(Refused refused, Seen seen) {
        return refused.isLoss() ? "" : "; " + seen.text();
    }

    private Opening opening() throws IOException {
        var times = ConnectTimes.sorted(lanes.stream().map(Lane::times).toList());
        int held = lanes.stream().mapToInt(Lane::held).sum();
        long grown = Math.max(0, kernelMemory() - memoryBefore);
        return new Opening(
                Duration.ofNanos(end - begin),
                ConnectTimes.quantile(times, 0.5),
                ConnectTimes.quantile(times, 0.9),
                ConnectTimes.quantile(times, 0.99),
                ConnectTimes.quantile(times, 1),
                lanes.stream().anyMatch(Lane::isTracked),
                held < ENOUGH_TO_WEIGH ? 0 : grown / held);
    }

    private static long kernelMemory() throws IOException {
        return new Host(new Procfs(Path.of("/proc"))).kernelCaches();
    }
}
