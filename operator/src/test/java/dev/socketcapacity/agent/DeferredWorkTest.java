package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.Writers.Writer;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.plan.Amount;
import dev.socketcapacity.plan.Setting;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeferredWorkTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final DeferredWork work = new DeferredWork();

    @Test
    void whatWasDoneBeforeAnybodyCountedIsCountedOnce() {
        work.wrote(Setting.SOMAXCONN, new Amount(65_535), Optional.empty());
        work.corrected(Setting.SOMAXCONN, new Amount(128), Writer.UNKNOWN);
        work.ended(Reason.ProbeHeld, "Held.", 1_000, Duration.ofSeconds(7));
        work.forbidden(Reason.ProbeSkipped, "No room.");

        work.tellTo(new ToldWork(registry));
        work.wrote(Setting.SOMAXCONN, new Amount(65_535), Optional.empty());
        work.wrote(Setting.PID_MAX, new Amount(5_000_000), Optional.of("Invalid argument"));

        assertThat(count("socketcapacity.setting.writes", "outcome", "taken")).isEqualTo(2);
        assertThat(count("socketcapacity.setting.writes", "outcome", "refused")).isEqualTo(1);
        assertThat(count("socketcapacity.drift.corrections", "key", "net.core.somaxconn"))
                .isEqualTo(1);
        assertThat(count("socketcapacity.probe.runs", "outcome", "ProbeHeld")).isEqualTo(1);
        assertThat(count("socketcapacity.probe.runs", "outcome", "ProbeSkipped"))
                .isEqualTo(1);
        assertThat(registry.get("socketcapacity.probe.held.connections").gauge().value())
                .isEqualTo(1_000);
    }

    private double count(String counter, String... tags) {
        return registry.get(counter).tags(tags).counter().count();
    }
}
