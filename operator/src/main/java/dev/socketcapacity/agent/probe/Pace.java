package dev.socketcapacity.agent.probe;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Spreads steps over time, in slices of a millisecond, for one thread at a time.
final class Pace {

    private static final Duration SLICE = Duration.ofMillis(1);

    /// After a longer delay the time is lost: catching up would be a burst.
    private static final Duration STALL = Duration.ofMillis(50);

    /// As many steps as the machine can take.
    static final int UNLIMITED = Integer.MAX_VALUE;

    private final int perSecond;
    private volatile int slowness = 1;
    private long due = System.nanoTime();

    Pace(int perSecond) {
        this.perSecond = perSecond;
    }

    boolean isLimited() {
        return perSecond != UNLIMITED;
    }

    /// How many times slower than asked for the steps are from now on; on any thread.
    void slowDown(int times) {
        slowness = times;
    }

    /// Returns how many of `wanted` steps, at least 1, may be taken now, when one may.
    int await(int wanted) {
        if (!isLimited()) {
            return wanted;
        }
        long now = System.nanoTime();
        if (now - due > STALL.toNanos()) {
            due = now;
        }
        if (due > now) {
            LockSupport.parkNanos(due - now);
        }
        long step = Duration.ofSeconds(1).toNanos() * slowness / perSecond;
        int steps = Math.clamp(SLICE.toNanos() / step, 1, wanted);
        due += steps * step;
        return steps;
    }
}
