package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProbeTermsTest {

    @Test
    void holdsFiveThousandForFiveSecondsIfNothingElseIsSaid() {
        assertThat(terms(1_000_000, null))
                .isEqualTo(new ProbeTerms(
                        5_000, false, Duration.ofSeconds(5), Duration.ofSeconds(70), Duration.ofHours(1), 10));
    }

    @Test
    void holdsNoMoreThanIsWishedFor() {
        assertThat(terms(70, null).connections()).isEqualTo(70);
        assertThat(terms(70, new Verification(null, null, 9L, null, null, null)).connections())
                .isEqualTo(70);
    }

    @Test
    void aNumberThatIsAskedForIsThatNumber() {
        assertThat(terms(70, new Verification(null, 200_000L, 30L, null, null, null)))
                .isEqualTo(new ProbeTerms(
                        200_000, true, Duration.ofSeconds(30), Duration.ofSeconds(290), Duration.ofHours(1), 10));
    }

    @Test
    void theTimeoutIsNeverTooShortForAProbeThatWorks() {
        assertThat(terms(70, new Verification(null, 200_000L, 30L, 100L, null, null))
                        .timeout())
                .isEqualTo(Duration.ofSeconds(290));
        assertThat(terms(70, new Verification(null, 200_000L, 30L, 300L, null, null))
                        .timeout())
                .isEqualTo(Duration.ofSeconds(300));
    }

    @Test
    void aPeriodIsNeverTooShortForAProbeThatTakesItsTimeout() {
        assertThat(terms(70, new Verification(null, null, null, null, 600L, null))
                        .period())
                .isEqualTo(Duration.ofMinutes(10));
        assertThat(terms(70, new Verification(null, null, null, null, 120L, null))
                        .period())
                .isEqualTo(Duration.ofSeconds(130));
        assertThat(terms(70, new Verification(null, null, null, 7_200L, null, null))
                        .period())
                .isEqualTo(Duration.ofHours(4));
    }

    @Test
    void nothingIsProbedWhereNoConnectionIsWishedForOrComputingIsEnough() {
        assertThat(terms(0, null).probes()).isFalse();
        assertThat(terms(0, null).effective())
                .isEqualTo(new Verification(Verification.COMPUTE, null, null, null, 3_600L, null));
        assertThat(terms(70, new Verification(Verification.COMPUTE, 60L, null, null, null, null))
                        .probes())
                .isFalse();
    }

    @Test
    void whatIsInEffectIsSaidInFull() {
        assertThat(terms(1_000_000, null).effective())
                .isEqualTo(new Verification(Verification.PROBE, 5_000L, 5L, 70L, 3_600L, 10L));
    }

    private static ProbeTerms terms(long inbound, Verification verification) {
        return ProbeTerms.of(new Target(inbound == 0 ? null : inbound, null, null, List.of(), List.of(), verification));
    }
}
