package dev.socketcapacity.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// How far a probe has come: a bar on a terminal, drawn again and again; a line now and then elsewhere.
final class ProgressLine implements AutoCloseable {

    private static final int BAR = 24;
    private static final Duration REDRAW = Duration.ofMillis(100);
    private static final Duration TELL = Duration.ofSeconds(5);
    private static final String CLEAR = "\r\033[K";

    private final PrintWriter out;
    private final boolean terminal;
    private final int wanted;
    private final long begin = System.nanoTime();
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("progress").factory());
    private volatile int connections;

    ProgressLine(PrintWriter out, boolean terminal, int wanted) {
        this.out = out;
        this.terminal = terminal;
        this.wanted = wanted;
        long period = (terminal ? REDRAW : TELL).toMillis();
        ticker.scheduleAtFixedRate(this::show, period, period, TimeUnit.MILLISECONDS);
    }

    void reached(int count) {
        connections = count;
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    private void show() {
        var text = text(connections, wanted, elapsed(), terminal);
        if (terminal) {
            out.print(CLEAR + text);
        } else {
            out.println(text);
        }
        out.flush();
    }

    static String text(int connections, int wanted, Duration elapsed, boolean terminal) {
        double share = (double) connections / wanted;
        double seconds = elapsed.toMillis() / 1_000.0;
        var numbers = connections == wanted
                ? "all %d held, %.0f s".formatted(wanted, seconds)
                : String.format(
                        Locale.ROOT,
                        "%3.0f %%  %d of %d  %.0f/s  %.0f s",
                        100 * Math.floor(100 * share) / 100,
                        connections,
                        wanted,
                        seconds == 0 ? 0 : connections / seconds,
                        seconds);
        int full = (int) (share * BAR);
        return terminal ? "[%s%s] %s".formatted("#".repeat(full), ".".repeat(BAR - full), numbers) : numbers.strip();
    }

    @Override
    public void close() {
        ticker.shutdown();
        try {
            ticker.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        if (terminal) {
            out.print(CLEAR);
            out.flush();
        }
    }
}
