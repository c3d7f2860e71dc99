package dev.socketcapacity.cli;

import java.util.Locale;

/// What a probe found, as one screen.
final class ProbeText {

    private static final int WIDEST_BAR = 32;

    /// Each step of a bar is so many times as long a time as the one before it.
    private static final double STEP = Math.pow(10, 1 / 6.0);

    private final ProbeReport report;
    private final boolean drawn;
    private final StringBuilder text = new StringBuilder();

    /// @param drawn whether there is somebody who looks at a picture, and not at a table
    ProbeText(ProbeReport report, boolean drawn) {
        this.report = report;
        this.drawn = drawn;
    }

    @Override
    public String toString() {
        outcome();
        opening();
        figures();
        slowDown();
        line("Exercised      " + String.join("; ", report.exercised()));
        line("Not exercised  " + String.join("; ", report.notExercised()));
        behind();
        if (report.fix() != null) {
            line("");
            text.append(FixText.of(report.fix()));
        }
        return text.toString();
    }

    private void outcome() {
        if (report.cause() == null) {
            line("@|bold,green Held %d connections|@ at one moment, over %s%s"
                    .formatted(report.held(), report.path(), hold()));
        } else {
            line("@|bold,red Held %d of %d connections|@ over %s: %s"
                    .formatted(
                            report.held(),
                            report.wanted(),
                            report.path(),
                            report.cause().evidence()));
        }
    }

    private String hold() {
        return report.holdSeconds() < 1 ? "" : ", and for %.0f s".formatted(report.holdSeconds());
    }

    private void opening() {
        if (report.openingSeconds() == null) {
            return;
        }
        line(String.format(
                Locale.ROOT,
                "Opened in %.2f s, %d a second%s",
                report.openingSeconds(),
                report.perSecond(),
                report.bytesPerConnection() == null
                        ? ""
                        : "; %d bytes of the kernel's memory each".formatted(report.bytesPerConnection())));
    }

    private void figures() {
        line("");
        if (drawn) {
            line("connections");
            text.append(new Graph(report.samples(), report.wanted()));
            line("");
        }
        var latency = report.latency();
        if (latency != null) {
            if (drawn) {
                line("connect(2)");
                bar("median", latency.median());
                bar("90 %", latency.p90());
                bar("99 %", latency.p99());
                bar("longest", latency.max());
            } else {
                var table = new Table("CONNECT(2)", "MEDIAN", "90 %", "99 %", "LONGEST");
                table.row("microseconds", latency.median(), latency.p90(), latency.p99(), latency.max());
                text.append(table);
            }
            line("");
        }
    }

    private void slowDown() {
        var slowDown = report.slowDown();
        if (slowDown != null) {
            line("Slowed down    %s; %d destinations or source addresses keep it fast"
                    .formatted(slowDown.evidence(), slowDown.destinations()));
        }
    }

    /// Each character is as many times as long as the one before it: the longest may be a thousand times the median.
    private void bar(String name, double micros) {
        int length = Math.clamp(Math.round(Math.log(micros) / Math.log(STEP)), 1, WIDEST_BAR);
        line(String.format(Locale.ROOT, "%9s ┤%s %s", name, "█".repeat(length), time(micros)));
    }

    private static String time(double micros) {
        return micros < 1_000
                ? String.format(Locale.ROOT, "%.1f µs", micros)
                : String.format(Locale.ROOT, "%.1f ms", micros / 1_000);
    }

    private void behind() {
        if (report.next() != null) {
            line("Behind it      %s (%s), which has room for %d connections"
                    .formatted(
                            report.next().limit(),
                            report.next().at(),
                            report.next().connections()));
        } else if (report.computed() != null) {
            line("First in the way of more: %s (%s), which had room for %d connections"
                    .formatted(
                            report.computed().limit(),
                            report.computed().at(),
                            report.computed().connections()));
        }
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
