package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.Reason;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ToldWorkTest {

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final ToldWork work = new ToldWork(metrics);

    @Test
    void runsAreCountedByTheirOutcomeAndMeasured() {
        work.ended(Reason.ProbeHeld, "Held.", 5_000, Duration.ofSeconds(8));
        work.ended(Reason.ProbeHeld, "Held.", 5_000, Duration.ofSeconds(9));
        work.ended(Reason.ProbeFailed, "Fell short.", 600, Duration.ofSeconds(1));

        assertThat(count(Reason.ProbeHeld)).isEqualTo(2);
        assertThat(count(Reason.ProbeFailed)).isEqualTo(1);
        assertThat(metrics.get("socketcapacity.probe.duration").timer().totalTime(TimeUnit.SECONDS))
                .isEqualTo(18);
        assertThat(held()).isEqualTo(600);
    }

    @Test
    void aRunThatWasNotStartedIsCountedAndHeldNothingNew() {
        work.ended(Reason.ProbeHeld, "Held.", 5_000, Duration.ofSeconds(8));
        work.forbidden(Reason.ProbeSkipped, "No room.");

        assertThat(count(Reason.ProbeSkipped)).isEqualTo(1);
        assertThat(held()).isEqualTo(5_000);
        assertThat(metrics.get("socketcapacity.probe.duration").timer().count()).isEqualTo(1);
    }

    private double count(Reason outcome) {
        return metrics.get("socketcapacity.probe.runs")
                .tag("outcome", outcome.name())
                .counter()
                .count();
    }

    private double held() {
        return metrics.get("socketcapacity.probe.held.connections").gauge().value();
    }
}
