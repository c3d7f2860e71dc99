package dev.socketcapacity.agent.probe;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Spreads steps evenly over time, for one thread at a time.
final class Pace {

    /// How far ahead of time a step may be: waiting less would only cost wake-ups.
    private static final Duration SLICE = Duration.ofMillis(1);

    /// After a longer delay the time is lost: catching up would be a burst.
    private static final Duration STALL = Duration.ofMillis(50);

    /// As many steps as the machine can take.
    static final int UNLIMITED = Integer.MAX_VALUE;

    private final int perSecond;
    private long due = System.nanoTime();

    Pace(int perSecond) {
        this.perSecond = perSecond;
    }

    boolean isLimited() {
        return perSecond != UNLIMITED;
    }

    /// Returns when the next step may be taken.
    void await() {
        long now = System.nanoTime();
        if (now - due > STALL.toNanos()) {
            due = now;
        }
        long ahead = due - now;
        due += Duration.ofSeconds(1).toNanos() / perSecond;
        if (ahead > SLICE.toNanos()) {
            LockSupport.parkNanos(ahead);
        }
    }
}
