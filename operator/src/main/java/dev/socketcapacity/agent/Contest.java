package dev.socketcapacity.agent;

import dev.socketcapacity.plan.ClockScale;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/// How often one setting was taken from us, and how long we wait with it: never a war, never a surrender. After a
/// number of corrections within a while the next ones wait, twice as long each time, until it has been quiet for that
/// while.
final class Contest {

    /// @param free    corrections that are made at once, within `quiet`
    /// @param quiet   how long nobody must have written it to be at peace again
    /// @param first   how long the first correction waits that does
    /// @param longest what no wait exceeds
    record Patience(int free, Duration quiet, Duration first, Duration longest) {

        static Patience of(int free, ClockScale scale) {
            return new Patience(free, scale.minutes(10), scale.seconds(1), scale.seconds(60));
        }
    }

    private final Patience patience;
    private final Deque<Instant> corrections = new ArrayDeque<>();
    private Duration wait = Duration.ZERO;

    Contest(Patience patience) {
        this.patience = patience;
    }

    /// Whether it may be corrected now.
    boolean mayCorrect(Instant now) {
        calmDown(now);
        return !now.isBefore(next());
    }

    void corrected(Instant now) {
        calmDown(now);
        corrections.add(now);
        if (corrections.size() > patience.free) {
            corrections.removeFirst();
        }
        if (isContested(now)) {
            wait = wait.isZero() ? patience.first : min(wait.multipliedBy(2), patience.longest);
        }
    }

    /// Whether somebody keeps coming back.
    boolean isContested(Instant now) {
        calmDown(now);
        return !wait.isZero()
                || corrections.size() == patience.free
                        && !corrections.getFirst().plus(patience.quiet).isBefore(now);
    }

    /// When the next correction may be made.
    Instant next() {
        return corrections.isEmpty() ? Instant.MIN : corrections.getLast().plus(wait);
    }

    /// How far apart the last corrections were, on average; zero where there was one at most.
    Duration rhythm() {
        return corrections.size() < 2
                ? Duration.ZERO
                : Duration.between(corrections.getFirst(), corrections.getLast())
                        .dividedBy(corrections.size() - 1);
    }

    private void calmDown(Instant now) {
        if (!corrections.isEmpty() && corrections.getLast().plus(patience.quiet).isBefore(now)) {
            corrections.clear();
            wait = Duration.ZERO;
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
