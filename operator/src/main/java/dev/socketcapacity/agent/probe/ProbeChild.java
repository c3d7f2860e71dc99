package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// The probe's process: opens, holds, verifies, and closes. All connections of both sides are its own, so that nothing
/// outlives it.
final class ProbeChild {

    /// What the JVM may open beyond what it has open already.
    private static final int SPARE_DESCRIPTORS = 32;

    /// Even where RLIMIT_NOFILE would allow more: the kernel closes the tables in parallel when the process ends.
    private static final int MAX_CAPACITY = 20_000;

    private static final int PROGRESS_STEP = 1_000;

    /// Errors that say there is no way from the node to the pod, not that the node ran out of something.
    private static final Set<String> NO_WAY = Set.of("ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN");

    private final ProbeJob job;
    private final Pace pace;
    private final List<Lane> lanes = new ArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();

    private ProbeChild(ProbeJob job) {
        this.job = job;
        this.pace = new Pace(job.connectionsPerSecond());
    }

    static void main(String[] arguments) throws IOException, InterruptedException {
        endWithParent();
        new ProbeChild(ProbeJob.ofArguments(arguments)).run();
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
        for (var lane : lanes) {
            lane.close();
        }
    }

    private ProbeResult result() throws InterruptedException {
        try {
            offerToOutOfMemoryKiller();
            return probe();
        } catch (IOException e) {
            return new Inconclusive(e.getMessage());
        }
    }

    /// It does not see that the memory of the sockets is ours, and would kill others first.
    private static void offerToOutOfMemoryKiller() throws IOException {
        Files.writeString(Path.of("/proc/self/oom_score_adj"), "1000");
    }

    private ProbeResult probe() throws IOException, InterruptedException {
        long start = System.nanoTime();
        open();
        long opened = System.nanoTime();
        if (refusal().isEmpty()) {
            hold();
        }
        long verified = System.nanoTime();
        return refusal()
                .map(this::shortfall)
                .orElseGet(() -> new Held(
                        job.connections(), Duration.ofNanos(opened - start), Duration.ofNanos(verified - opened)));
    }

    private void open() throws IOException, InterruptedException {
        var listeners = listen();
        int capacity = capacity();
        for (int missing = job.connections(); missing > 0 && refusal().isEmpty(); missing -= capacity) {
            var lane = new Lane(Math.min(missing, capacity), job.nodeNamespace(), listeners, pace);
            lanes.add(lane);
            lane.open(this::countAccepted);
        }
    }

    private Listeners listen() throws IOException {
        try {
            return new Listeners(job.podAddress(), job.destinations());
        } catch (ErrnoException e) {
            throw new IOException("cannot listen on the pod's address: " + e.getMessage(), e);
        }
    }

    /// How many sockets one more table takes, besides the copies of what this process has open.
    private static int capacity() throws IOException {
        long limit = Libc.descriptorLimit();
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            long free = limit - open.count() - SPARE_DESCRIPTORS;
            if (free < 1) {
                throw new IOException("RLIMIT_NOFILE of %d leaves no descriptors for connections".formatted(limit));
            }
            return (int) Math.min(free, MAX_CAPACITY);
        }
    }

    private void countAccepted() {
        int count = accepted.incrementAndGet();
        if (count % PROGRESS_STEP == 0 && count < job.connections()) {
            System.out.println(ProbeEvent.line(count));
        }
    }

    private void hold() throws IOException, InterruptedException {
        System.out.println(ProbeEvent.line(job.connections()));
        Thread.sleep(job.hold());
        for (var lane : lanes) {
            lane.verify();
        }
    }

    private Optional<ErrnoException> refusal() {
        return lanes.stream().flatMap(lane -> lane.refusal().stream()).findFirst();
    }

    private ProbeResult shortfall(ErrnoException refusal) {
        int held = lanes.stream().mapToInt(Lane::held).sum();
        return NO_WAY.contains(refusal.errno())
                ? new Inconclusive("no way from the node to the pod: " + refusal.getMessage())
                : new FellShort(held, job.connections(), refusal.errno(), refusal.call());
    }
}
