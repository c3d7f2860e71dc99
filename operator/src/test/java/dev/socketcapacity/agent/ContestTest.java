package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.plan.ClockScale;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ContestTest {

    private final Contest contest = new Contest(Contest.Patience.of(5, new ClockScale(1)));
    private Instant now = Instant.EPOCH;

    @Test
    void fiveCorrectionsWithinTenMinutesAreMadeAtOnce() {
        for (var times = 0; times < 4; times++) {
            correctAfter(Duration.ofMillis(100));
            assertThat(contest.isContested(now)).isFalse();
        }
        correctAfter(Duration.ofMillis(100));

        assertThat(contest.isContested(now)).isTrue();
        assertThat(contest.rhythm()).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void theNextOnesWaitTwiceAsLongEachTimeUpToAMinute() {
        for (var times = 0; times < 5; times++) {
            correctAfter(Duration.ZERO);
        }
        for (var seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            pass(Duration.ofSeconds(seconds).minusMillis(1));
            assertThat(contest.mayCorrect(now)).as("before %d s", seconds).isFalse();
            pass(Duration.ofMillis(1));
            assertThat(contest.mayCorrect(now)).as("after %d s", seconds).isTrue();
            contest.corrected(now);
        }
    }

    @Test
    void whoComesBackEachMinuteIsOneToo() {
        for (var times = 0; times < 5; times++) {
            correctAfter(Duration.ofSeconds(60));
        }

        assertThat(contest.isContested(now)).isTrue();
        assertThat(contest.rhythm()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void whoComesBackEveryThreeMinutesIsNot() {
        for (var times = 0; times < 20; times++) {
            assertThat(contest.mayCorrect(now)).isTrue();
            correctAfter(Duration.ofMinutes(3));
            assertThat(contest.isContested(now)).isFalse();
        }
    }

    @Test
    void tenQuietMinutesMakePeace() {
        for (var times = 0; times < 9; times++) {
            correctAfter(Duration.ofSeconds(70));
        }
        pass(Duration.ofMinutes(10));
        assertThat(contest.isContested(now)).isTrue();

        pass(Duration.ofMillis(1));

        assertThat(contest.isContested(now)).isFalse();
        correctAfter(Duration.ZERO);
        assertThat(contest.mayCorrect(now)).isTrue();
    }

    private void correctAfter(Duration duration) {
        pass(duration);
        contest.corrected(now);
    }

    private void pass(Duration duration) {
        now = now.plus(duration);
    }
}
