package dev.socketcapacity.plan;

import java.util.Optional;
import java.util.OptionalLong;

/// One limit as it was read in one place.
///
/// @param at      where: `pid 812 (nginx)`, `cgroup /system.slice/nginx.service`, `port 8080`, `10.0.0.7 to
/// 10.0.0.5:443`
/// @param used    what is in use, in the limit's unit; empty where nobody counts it, or it could not be read
/// @param max     what there may be; empty where there is no limit
/// @param ceiling what `max` can be raised to from outside without touching the node: a hard limit; empty where
///                there is no such thing
/// @param hits    how often it was hit, as the kernel counts; empty where it does not
/// @param exempt  why it binds nobody here, as the end of a sentence; empty where it binds
public record Reading(
        Limit limit,
        String at,
        OptionalLong used,
        OptionalLong max,
        OptionalLong ceiling,
        OptionalLong hits,
        Optional<String> exempt) {

    public static Reading of(Limit limit, String at, OptionalLong used, OptionalLong max) {
        return new Reading(limit, at, used, max, OptionalLong.empty(), OptionalLong.empty(), Optional.empty());
    }

    public static Reading of(Limit limit, String at, long used, long max) {
        return of(limit, at, OptionalLong.of(used), OptionalLong.of(max));
    }

    public Reading upTo(long newCeiling) {
        return new Reading(limit, at, used, max, OptionalLong.of(newCeiling), hits, exempt);
    }

    public Reading hit(OptionalLong times) {
        return new Reading(limit, at, used, max, ceiling, times, exempt);
    }

    /// The same with nothing left.
    Reading full() {
        return new Reading(limit, at, max, max, ceiling, hits, exempt);
    }

    public Reading exempt(String why) {
        return new Reading(limit, at, used, max, ceiling, hits, Optional.of(why));
    }

    /// What is left; empty where either number is missing.
    public OptionalLong headroom() {
        return used.isPresent() && max.isPresent()
                ? OptionalLong.of(Math.max(0, max.getAsLong() - used.getAsLong()))
                : OptionalLong.empty();
    }
}
