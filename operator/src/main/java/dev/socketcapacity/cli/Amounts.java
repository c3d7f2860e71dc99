package dev.socketcapacity.cli;

import dev.socketcapacity.plan.Limit;
import java.util.OptionalLong;

/// Amounts as people read them: memory in MiB, and what has no end as that.
final class Amounts {

    private Amounts() {}

    /// Null where there is no number.
    static String text(Limit limit, OptionalLong number) {
        return text(limit, number.isPresent() ? (Long) number.getAsLong() : null);
    }

    static String text(Limit limit, Long number) {
        if (number == null) {
            return null;
        }
        return switch (limit) {
            case MEMORY, CGROUP_MEMORY -> (number >> 20) + " MiB";
            default -> number == Long.MAX_VALUE ? "no end" : number.toString();
        };
    }
}
