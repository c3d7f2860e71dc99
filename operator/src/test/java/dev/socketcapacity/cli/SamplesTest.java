package dev.socketcapacity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.cli.Samples.Sample;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SamplesTest {

    private final Samples samples = new Samples();

    @Test
    void theyBeginWithNone() {
        assertThat(samples.list()).containsExactly(new Sample(0, 0));
    }

    @Test
    void whatIsTooNearToTheLastIsLeftOutButKnown() {
        samples.add(Duration.ofMillis(10), 5);
        samples.add(Duration.ofMillis(19), 6);

        assertThat(samples.list()).containsExactly(new Sample(0, 0), new Sample(0.01, 5));
        assertThat(samples.latest()).isEqualTo(6);
    }

    @Test
    void theEndIsTakenInAnyCase() {
        samples.add(Duration.ofMillis(10), 5);
        samples.end(Duration.ofMillis(11), 6);

        assertThat(samples.list()).endsWith(new Sample(0.011, 6));
    }

    @Test
    void aLongRunIsShownWholeInFewPoints() {
        for (int i = 1; i <= 100_000; i++) {
            samples.add(Duration.ofMillis(i), i);
        }
        samples.end(Duration.ofMillis(100_001), 100_001);

        assertThat(samples.list())
                .hasSizeBetween(30, 60)
                .startsWith(new Sample(0, 0))
                .endsWith(new Sample(100.001, 100_001));
        assertThat(samples.list()).extracting(Sample::seconds).isSorted();
    }
}
