package dev.socketcapacity.agent;

import dev.socketcapacity.agent.Writers.Writer;
import dev.socketcapacity.agent.probe.ProbeResult;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

/// What the agent does, counted, and told in the log.
final class ToldWork implements Enactor.Writes {

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

    void probed(ProbeResult result) {
        heldLast.set(
                switch (result) {
                    case ProbeResult.Held held -> held.connections();
                    case ProbeResult.FellShort fell -> fell.held();
                    case ProbeResult.Inconclusive _ -> 0;
                });
        registry.counter(
                        "socketcapacity.probe.runs", "result", result.getClass().getSimpleName())
                .increment();
        LOG.log(Level.INFO, "Probe: {0}", result);
    }
}
