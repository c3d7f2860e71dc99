package dev.socketcapacity.cli;

import dev.socketcapacity.plan.Fix;

/// What to change, as lines.
final class FixText {

    private FixText() {}

    /// Each line ends with a line feed.
    static String of(Fix fix) {
        return "@|bold What to change|@\n"
                + place("now", fix.now())
                + place("service", fix.service())
                + place("node", fix.node());
    }

    private static String place(String where, String what) {
        return what == null ? "" : "  %-8s %s\n".formatted(where, what);
    }
}
