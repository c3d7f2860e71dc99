package dev.socketcapacity.agent;

import dev.socketcapacity.plan.ClockScale;
import java.time.Duration;
import java.time.Instant;
import java.util.function.DoubleSupplier;

/// When a proof is due again: after its period, more or less a fifth, so that the nodes of a fleet do not all probe at
/// the same moment. And when one that failed is tried again.
final class Rhythm {

    private final ClockScale scale;
    private final DoubleSupplier chance;

    private Instant drawnFor;
    private double factor;

    /// @param chance from 0 to 1
    Rhythm(ClockScale scale, DoubleSupplier chance) {
        this.scale = scale;
        this.chance = chance;
    }

    /// A clock that was set back makes it due at once: nobody knows how long ago the last run was.
    ///
    /// @param last when the last run ended
    boolean isDue(Instant last, Duration period, Instant now) {
        if (!last.equals(drawnFor)) {
            drawnFor = last;
            factor = 0.8 + 0.4 * chance.getAsDouble();
        }
        return now.isBefore(last) || !now.isBefore(last.plusMillis((long) (factor * millis(period))));
    }

    /// Whether so much time has gone by that the last proof says nothing any more.
    boolean isOutdated(Instant last, Duration period, Instant now) {
        return now.isAfter(last.plusMillis(2 * millis(period)));
    }

    /// 30 seconds after the first try, and twice as long after each further one, up to 10 minutes.
    ///
    /// @param tries before the last one
    Duration pause(int tries) {
        var pause = scale.seconds(30).multipliedBy(1L << Math.min(tries, 10));
        return pause.compareTo(scale.minutes(10)) < 0 ? pause : scale.minutes(10);
    }

    private long millis(Duration period) {
        return scale.seconds(period.toSeconds()).toMillis();
    }
}
