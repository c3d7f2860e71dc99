package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClockScaleTest {

    @Test
    void inTheFieldADurationIsItself() {
        assertThat(new ClockScale(1).seconds(10)).isEqualTo(Duration.ofSeconds(10));
        assertThat(new ClockScale(1).minutes(10)).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void scalesEveryDurationAlike() {
        assertThat(new ClockScale(0.05).seconds(1)).isEqualTo(Duration.ofMillis(50));
        assertThat(new ClockScale(0.05).minutes(10)).isEqualTo(Duration.ofSeconds(30));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 1.001, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesWhatWouldStopTimeOrStretchIt(double factor) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClockScale(factor))
                .withMessageContaining("above 0 and at most 1");
    }
}
