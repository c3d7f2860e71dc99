package dev.socketcapacity.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.probe.ProbeEvent.Decided;
import dev.socketcapacity.agent.probe.ProbeEvent.Progress;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.time.Duration;
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
            new Held(5_000, Duration.ofMillis(2_500), Duration.ofSeconds(5)),
            new FellShort(28_232, 60_000, "EADDRNOTAVAIL", "connect"),
            new FellShort(1, 2, "errno 77", "accept4"),
            new Inconclusive("cannot listen on 10.0.0.9: bind: EADDRNOTAVAIL"),
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "OpenJDK 64-Bit Server VM warning: sharing is off", "Picked up JAVA_TOOL_OPTIONS:"})
    void otherLinesAreNoEvents(String line) {
        assertThat(ProbeEvent.parse(line)).isEmpty();
    }
}
