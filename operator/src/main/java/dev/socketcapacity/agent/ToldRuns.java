package dev.socketcapacity.agent;

import dev.socketcapacity.api.Reason;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

/// What probes come to, counted, measured, and told in the log.
final class ToldRuns implements Prover.Runs {

    private static final Logger LOG = Logger.getLogger(ToldRuns.class.getName());

    private final MeterRegistry registry;
    private final AtomicInteger held;

    ToldRuns(MeterRegistry registry) {
        this.registry = registry;
        this.held = registry.gauge("socketcapacity.probe.held.connections", new AtomicInteger());
    }

    @Override
    public void ended(Reason outcome, String message, int connections, Duration took) {
        held.set(connections);
        registry.timer("socketcapacity.probe.duration").record(took);
        tell(outcome, message);
    }

    @Override
    public void forbidden(Reason outcome, String message) {
        tell(outcome, message);
    }

    private void tell(Reason outcome, String message) {
        registry.counter("socketcapacity.probe.runs", "outcome", outcome.name()).increment();
        LOG.log(outcome == Reason.ProbeHeld ? Level.INFO : Level.WARNING, "{0}: {1}", new Object[] {outcome, message});
    }
}
