package dev.socketcapacity.agent;

import dev.socketcapacity.agent.Writers.Writer;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

/// What the agent does, counted, and told in the log.
final class ToldWork implements Enactor.Writes, Prover.Runs {

    private static final Logger LOG = Logger.getLogger(ToldWork.class.getName());

    private final MeterRegistry registry;
    private final AtomicInteger heldLast;

    ToldWork(MeterRegistry registry) {
        this.registry = registry;
        this.heldLast = registry.gauge("socketcapacity.probe.held.connections", new AtomicInteger());
    }

    @Override
    public void wrote(Setting setting, Value value, Optional<String> refusal) {
        var outcome = refusal.isPresent() ? "refused" : "taken";
        registry.counter("socketcapacity.setting.writes", "key", setting.key(), "outcome", outcome)
                .increment();
        LOG.log(Level.INFO, "Wrote {0} = {1}{2}", new Object[] {
            setting.key(), value.text(), refusal.map(why -> ", refused: " + why).orElse("")
        });
    }

    @Override
    public void corrected(Setting setting, Value found, Writer writer) {
        registry.counter("socketcapacity.drift.corrections", "key", setting.key())
                .increment();
        LOG.log(Level.WARNING, "{0} was set to {1} by {2}", new Object[] {setting.key(), found.text(), writer.text()});
    }

    @Override
    public void ended(Reason outcome, String message, int held, Duration took) {
        heldLast.set(held);
        registry.timer("socketcapacity.probe.duration").record(took);
        probed(outcome, message);
    }

    @Override
    public void forbidden(Reason outcome, String message) {
        probed(outcome, message);
    }

    private void probed(Reason outcome, String message) {
        registry.counter("socketcapacity.probe.runs", "outcome", outcome.name()).increment();
        LOG.log(outcome == Reason.ProbeHeld ? Level.INFO : Level.WARNING, "{0}: {1}", new Object[] {outcome, message});
    }
}
