package dev.socketcapacity.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DutyCycleTest {

    private static final Duration BURST = Duration.ofMillis(20);

    private long now;
    private long waited;
    private final DutyCycle duty = new DutyCycle(0.1, BURST, () -> now, this::park);

    private void park(long nanos) {
        now += nanos;
        waited += nanos;
    }

    private void work(Duration time) throws ErrnoException {
        duty.run(() -> now += time.toNanos());
    }

    @Test
    void whatComesWithoutEndGetsItsShare() throws ErrnoException {
        for (int i = 0; i < 1_000; i++) {
            work(Duration.ofMillis(1));
        }
        assertThat(1_000e6 / now).isCloseTo(0.1, within(0.01));
    }

    @Test
    void whatComesAfterAQuietTimeIsDoneAtOnce() throws ErrnoException {
        for (int i = 0; i < 10; i++) {
            work(BURST);
            assertThat(waited).isZero();
            now += BURST.multipliedBy(10).toNanos();
        }
    }

    @Test
    void noQuietTimeIsLongEnoughForMoreThanABurst() throws ErrnoException {
        now += Duration.ofHours(1).toNanos();
        work(BURST);
        work(BURST);
        assertThat(waited).isPositive();
    }

    @Test
    void whatWasStoppedInTheMidstOfItsWorkListensAgainSoon() throws ErrnoException {
        work(Duration.ofHours(1));
        assertThat(Duration.ofNanos(waited)).isEqualTo(BURST.multipliedBy(10));
    }
}
