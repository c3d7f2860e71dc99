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
                .isEqualTo(new ProbeTerms(5_000, false, Duration.ofSeconds(5), Duration.ofSeconds(70)));
    }

    @Test
    void holdsNoMoreThanIsWishedFor() {
        assertThat(terms(70, null).connections()).isEqualTo(70);
        assertThat(terms(70, new Verification(null, null, 9L, null)).connections())
                .isEqualTo(70);
    }

    @Test
    void aNumberThatIsAskedForIsThatNumber() {
        assertThat(terms(70, new Verification(null, 200_000L, 30L, null)))
                .isEqualTo(new ProbeTerms(200_000, true, Duration.ofSeconds(30), Duration.ofSeconds(290)));
    }

    @Test
    void theTimeoutIsNeverTooShortForAProbeThatWorks() {
        assertThat(terms(70, new Verification(null, 200_000L, 30L, 100L)).timeout())
                .isEqualTo(Duration.ofSeconds(290));
        assertThat(terms(70, new Verification(null, 200_000L, 30L, 300L)).timeout())
                .isEqualTo(Duration.ofSeconds(300));
    }

    @Test
    void nothingIsProbedWhereNoConnectionIsWishedForOrComputingIsEnough() {
        assertThat(terms(0, null).probes()).isFalse();
        assertThat(terms(0, null).effective()).isEqualTo(new Verification(Verification.COMPUTE, null, null, null));
        assertThat(terms(70, new Verification(Verification.COMPUTE, 60L, null, null))
                        .probes())
                .isFalse();
    }

    @Test
    void whatIsInEffectIsSaidInFull() {
        assertThat(terms(1_000_000, null).effective()).isEqualTo(new Verification(Verification.PROBE, 5_000L, 5L, 70L));
    }

    private static ProbeTerms terms(long inbound, Verification verification) {
        return ProbeTerms.of(new Target(inbound == 0 ? null : inbound, null, null, List.of(), List.of(), verification));
    }
}
