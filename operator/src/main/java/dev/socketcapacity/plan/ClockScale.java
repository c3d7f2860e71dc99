package dev.socketcapacity.plan;

import java.time.Duration;

/// The one scale of all durations in operator and agent, so that tests need not wait for minutes. 1 in the field.
public record ClockScale(double factor) {

    public ClockScale {
        if (!(factor > 0 && factor <= 1)) {
            throw new IllegalArgumentException("the clock's scale must be above 0 and at most 1, not " + factor);
        }
    }

    public Duration seconds(long seconds) {
        return Duration.ofMillis((long) (seconds * 1_000 * factor));
    }

    public Duration minutes(long minutes) {
        return seconds(60 * minutes);
    }
}
