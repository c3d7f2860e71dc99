package dev.socketcapacity.agent;

import dev.socketcapacity.api.NodeSocketCapacityStatus;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.DoubleSupplier;

/// [Wishes] whose API server, when it comes back, does not get the reports of thousands of nodes at once: each waits
/// for a random part of a while. As long as it answers, nothing waits.
final class SpreadWishes implements Wishes {

    private final Wishes wishes;
    private final Duration atMost;
    private final Clock clock;
    private final DoubleSupplier random;

    private boolean wasAway;
    private Instant turn = Instant.MIN;

    /// @param atMost how long a report waits after the API server was away
    /// @param random which part of that, from 0 to 1
    SpreadWishes(Wishes wishes, Duration atMost, Clock clock, DoubleSupplier random) {
        this.wishes = wishes;
        this.atMost = atMost;
        this.clock = clock;
        this.random = random;
    }

    @Override
    public Wish current() {
        var wish = wishes.current();
        wasAway |= wish instanceof Wish.Away;
        return wish;
    }

    @Override
    public boolean confirmsAbsence() {
        return wishes.confirmsAbsence();
    }

    /// Not taken, and to be sent again, also before its turn has come.
    @Override
    public boolean report(NodeSocketCapacityStatus status) {
        if (wasAway) {
            wasAway = false;
            turn = clock.instant().plusMillis((long) (atMost.toMillis() * random.getAsDouble()));
        }
        if (clock.instant().isBefore(turn)) {
            return false;
        }
        wasAway = !wishes.report(status);
        return !wasAway;
    }

    @Override
    public void close() {
        wishes.close();
    }
}
