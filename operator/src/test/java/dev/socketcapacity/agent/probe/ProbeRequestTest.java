package dev.socketcapacity.agent.probe;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProbeRequestTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void takesTheSmallestProbe() {
        assertThatNoException().isThrownBy(() -> new ProbeRequest(1, 1, Duration.ZERO, SECOND));
    }

    @Test
    void refusesWhatCannotBeDone() {
        assertThatThrownBy(() -> new ProbeRequest(0, 1, Duration.ZERO, SECOND))
                .hasMessage("connections must be at least 1, was 0");
        assertThatThrownBy(() -> new ProbeRequest(10, 11, Duration.ZERO, SECOND))
                .hasMessage("destinations must be 1 to 10, was 11");
        assertThatThrownBy(() -> new ProbeRequest(10, 0, Duration.ZERO, SECOND))
                .hasMessage("destinations must be 1 to 10, was 0");
        assertThatThrownBy(() -> new ProbeRequest(10, 1, SECOND.negated(), SECOND))
                .hasMessage("hold must not be negative, was PT-1S");
        assertThatThrownBy(() -> new ProbeRequest(10, 1, SECOND, SECOND))
                .hasMessage("timeout must be longer than hold (PT1S), was PT1S");
    }
}
