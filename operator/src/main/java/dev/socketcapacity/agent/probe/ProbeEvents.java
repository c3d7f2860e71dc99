package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.probe.ProbeEvent.Decided;
import dev.socketcapacity.agent.probe.ProbeEvent.Over;
import dev.socketcapacity.agent.probe.ProbeEvent.Progress;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/// What happens to a probe, from the threads that know it to the one that waits for it.
final class ProbeEvents {

    private final BlockingQueue<ProbeEvent> queue = new LinkedBlockingQueue<>();

    void add(ProbeEvent event) {
        queue.add(event);
    }

    /// Waits until the probe is over, or its time is.
    ProbeResult await(ProbeRequest request, IntConsumer progress) throws InterruptedException {
        long deadline = System.nanoTime() + request.timeout().toNanos();
        var result = Optional.<ProbeResult>empty();
        int open = 0;
        while (true) {
            switch (queue.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                case Progress(var connections) -> {
                    open = connections;
                    progress.accept(connections);
                }
                case Decided(var decided) -> result = result.or(() -> Optional.of(decided));
                case Over _ -> {
                    return result.orElseThrow();
                }
                case null -> {
                    return result.orElse(unfinished(open, request));
                }
            }
        }
    }

    private static Inconclusive unfinished(int open, ProbeRequest request) {
        double waited = Pressure.ofMachine().processor();
        var busy = waited > Watchdog.BUSY
                ? ": others waited for a processor too, %.0f %% of the last 10 s".formatted(waited)
                : "";
        return new Inconclusive("not finished after %d s, with %d of %d connections open%s"
                .formatted(request.timeout().toSeconds(), open, request.connections(), busy));
    }
}
