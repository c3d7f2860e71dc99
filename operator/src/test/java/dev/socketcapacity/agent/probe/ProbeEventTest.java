package dev.socketcapacity.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.probe.ProbeEvent.Decided;
import dev.socketcapacity.agent.probe.ProbeEvent.Progress;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeEventTest {

    @Test
    void progressReturnsFromItsLine() {
        assertThat(ProbeEvent.parse(ProbeEvent.line(3_000))).contains(new Progress(3_000));
    }

    @ParameterizedTest
    @MethodSource
    void everyResultReturnsFromItsLine(ProbeResult result) {
        assertThat(ProbeEvent.parse(ProbeEvent.line(result))).contains(new Decided(result));
    }

    static ProbeResult[] everyResultReturnsFromItsLine() {
        return new ProbeResult[] {
            new Held(5_000, Duration.ofSeconds(5), Openings.UNTRACKED),
            new Held(20_000, Duration.ofSeconds(5), Openings.SLOW),
            new FellShort(
                    28_232,
                    60_000,
                    new Cause(Obstacle.PORTS, "no local ports left (a b)"),
                    Optional.of(Openings.TRACKED)),
            new Inconclusive("cannot listen on 10.0.0.9: bind: EADDRNOTAVAIL"),
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "progress",
                "progress x",
                "held 1",
                "fell-short PT1S",
                "held PT1S a b c d e f g h i",
                "held PT1S PT1S PT1S PT1S PT1S true 0 1,2,3 5 PT1S",
                "OpenJDK 64-Bit Server VM warning: sharing is off",
                "Picked up JAVA_TOOL_OPTIONS:"
            })
    void otherLinesAreNoEvents(String line) {
        assertThat(ProbeEvent.parse(line)).isEmpty();
    }
}
