package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.SocketAddress;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.probe.ProbeEvent.Decided;
import dev.socketcapacity.agent.probe.ProbeEvent.Over;
import dev.socketcapacity.agent.probe.ProbeEvent.Progress;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// The probe itself: opens, holds, verifies, and closes. All connections of both sides are this process's own, so that
/// nothing outlives it.
final class ProbeEngine {

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    /// Fewer connections take no more than what else goes on in the kernel's caches.
    private static final int ENOUGH_TO_WEIGH = 1_000;

    /// That many more connections are told of, where a hundredth is less.
    private static final int SOME = 25;

    /// Each has a thread.
    private static final int MAX_TABLES = 256;

    private final ProbeJob job;
    private final Consumer<ProbeEvent> listener;
    private final Pace pace;
    private final List<Destination> destinations = new ArrayList<>();

    /// Of even size. Some are added while those before them look whether one has met a limit.
    private final List<Lane> lanes = new CopyOnWriteArrayList<>();
    private final AtomicInteger opened = new AtomicInteger();
    private int atOnce;
    private volatile boolean ended;
    private int reported;
    private long begin;
    private long end;
    private long memory;

    /// @param listener hears what happens, on any thread, one event at a time
    ProbeEngine(ProbeJob job, Consumer<ProbeEvent> listener) {
        this.job = job;
        this.listener = listener;
        this.pace = new Pace(job.connectionsPerSecond());
    }

    /// Runs to the end, or until the thread is interrupted.
    void run() throws IOException, InterruptedException {
        var watchdog = Watchdog.start(job.timeout(), pace, this::giveUp);
        try {
            tell(new Decided(result()));
            if (pace.isLimited()) {
                for (var lane : lanes) {
                    lane.close();
                }
            }
        } finally {
            watchdog.interrupt();
            end();
        }
        tell(new Over());
    }

    private void giveUp(String why) {
        tell(new Decided(new Inconclusive(why)));
        tell(new Over());
    }

    private synchronized void tell(ProbeEvent event) {
        listener.accept(event);
    }

    /// The kernel closes what is left of all tables, side by side.
    private void end() throws IOException {
        ended = true;
        lanes.forEach(Lane::end);
        for (var destination : destinations) {
            destination.close();
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
        addDestinations();
        atOnce = lanesAtOnce();
        try (var witness = new Witness(job.route());
                var files = new FileTable(atOnce)) {
            long before = kernelMemory();
            begin = System.nanoTime();
            open(files);
            end = System.nanoTime();
            memory = Math.max(0, kernelMemory() - before);
            if (refusal().isEmpty()) {
                hold();
            }
            var held = Duration.ofNanos(System.nanoTime() - end);
            var opening = opening(slowDown(witness));
            var refusal = refusal();
            return refusal.isEmpty()
                    ? new Held(job.connections(), held, opening)
                    : shortfall(refusal.get(), opening, witness);
        }
    }

    /// As many lanes as it takes, and a few more where there are destinations for them and the last ones would work
    /// while a processor is idle.
    private int enough() throws IOException {
        int capacity = DescriptorTable.capacity() / job.route().ends();
        int filled = Math.ceilDiv(job.connections(), capacity);
        int even = Math.ceilDiv(filled, atOnce) * atOnce;
        return Math.max(filled, Math.min(even, destinations.size()));
    }

    /// A listener is for one lane, unless there are too few.
    private List<Destination> share(int lane, int count) {
        return count > destinations.size()
                ? List.of(destinations.get(lane % destinations.size()))
                : IntStream.range(0, destinations.size())
                        .filter(destination -> destination % count == lane)
                        .mapToObj(destinations::get)
                        .toList();
    }

    private void addDestinations() throws IOException {
        switch (job.route()) {
            case Route.HostToPod way -> addListeners(way.podAddress());
            case Route.Loopback _ -> addListeners(LOOPBACK);
            case Route.ToServers(var servers) ->
                servers.stream()
                        .map(server -> new SocketAddress(server.getAddress(), server.getPort()))
                        .map(Destination.Server::new)
                        .forEach(destinations::add);
        }
    }

    private void addListeners(InetAddress address) throws IOException {
        for (int i = 0; i < job.destinations(); i++) {
            destinations.add(listen(address));
        }
    }

    private static Destination listen(InetAddress address) throws IOException {
        try {
            return Destination.Own.at(address);
        } catch (Libc.ErrnoException e) {
            throw new IOException("cannot listen on the pod's address: " + e.getMessage(), e);
        }
    }

    /// Makes each lane while those before it work: it takes its thread a while to start.
    private void open(FileTable files) throws IOException, InterruptedException {
        int count = job.tables() > 0 ? job.tables() : Math.min(MAX_TABLES, enough());
        var finished = new LinkedBlockingQueue<Future<Void>>();
        int working = 0;
        for (int i = 0; i < count; i++) {
            var lane = lane(i, count, files);
            lanes.add(lane);
            if (working == atOnce) {
                DescriptorTable.await(finished.take());
                working--;
            }
            if (refusal().isPresent()) {
                break;
            }
            lane.awaitReady();
            lane.open(this::goesOnAfter, finished);
            working++;
        }
        for (; working > 0; working--) {
            DescriptorTable.await(finished.take());
        }
    }

    private Lane lane(int number, int count, FileTable files) {
        var own = switch (job.route()) {
            case Route.ToServers _ -> destinations;
            case Route.HostToPod _, Route.Loopback _ -> share(number, count);
        };
        int size = (int) (job.connections() * (number + 1L) / count - job.connections() * (long) number / count);
        return new Lane(size, job.route(), own, pace, files);
    }

    /// How many lanes work at one time: no two of them for the same listener.
    private int lanesAtOnce() {
        int processors = pace.isLimited() ? 1 : Runtime.getRuntime().availableProcessors();
        return switch (job.route()) {
            case Route.ToServers _ -> processors;
            case Route.HostToPod _, Route.Loopback _ -> Math.min(processors, destinations.size());
        };
    }

    private boolean goesOnAfter(int more) {
        report(opened.addAndGet(more), more);
        return !ended && refusal().isEmpty();
    }

    /// How many there are, so that whoever waits knows it to a hundredth, and of few to some, also while each lane has
    /// as many more as came last under way. No more often: who hears it takes from others what the probe leaves
    /// them.
    private synchronized void report(int count, int more) {
        if (count + atOnce * more - reported > Math.max(SOME, reported / 100) && count < job.connections()) {
            tell(new Progress(count));
            reported = count;
        }
    }

    private void hold() throws IOException, InterruptedException {
        tell(new Progress(job.connections()));
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

    private ProbeResult shortfall(Lane.Refusal refusal, Opening opening, Witness witness)
            throws IOException, InterruptedException {
        var refused = refusal.refused();
        var seen = witness.of(refusal);
        for (var lane : lanes) {
            lane.recount();
        }
        int held = lanes.stream().mapToInt(Lane::held).sum();
        return Cause.of(refused, seen)
                .<ProbeResult>map(cause -> new FellShort(held, job.connections(), cause, Optional.of(opening)))
                .orElseGet(() -> new Inconclusive("held %d of %d connections, and nothing tells why no more: %s"
                        .formatted(held, job.connections(), refused.text() + lookedAt(refused, seen))));
    }

    /// A connection that is lost was once open: nothing was in its way.
    private static String lookedAt(Refused refused, Seen seen) {
        return refused.isLoss() ? "" : "; " + seen.text();
    }

    /// The ports are read where some calls were long only: nearly always none was.
    private Optional<SlowDown> slowDown(Witness witness) throws IOException {
        var searches = destinations.stream()
                .map(Destination::portSearch)
                .filter(PortSearch::isLong)
                .toList();
        if (searches.isEmpty()) {
            return Optional.empty();
        }
        var ports = witness.usablePorts();
        return searches.stream()
                .map(search -> search.slowDown(ports))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Opening opening(Optional<SlowDown> slowDown) {
        var times = ConnectTimes.sorted(lanes.stream().map(Lane::times).toList());
        int held = lanes.stream().mapToInt(Lane::held).sum();
        return new Opening(
                Duration.ofNanos(end - begin),
                ConnectTimes.quantile(times, 0.5),
                ConnectTimes.quantile(times, 0.9),
                ConnectTimes.quantile(times, 0.99),
                ConnectTimes.quantile(times, 1),
                lanes.stream().anyMatch(Lane::isTracked),
                held < ENOUGH_TO_WEIGH ? 0 : memory / held,
                slowDown);
    }

    private static long kernelMemory() throws IOException {
        return new Host(new Procfs(Path.of("/proc"))).kernelCaches();
    }
}
