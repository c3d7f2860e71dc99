package dev.socketcapacity.agent.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// Ends a probe that takes too long, or takes from a machine that has no memory left; and slows it down
/// where others wait for a processor.
final class Watchdog {

    /// The kernel works its averages out every two seconds.
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private static final Duration GRACE = Duration.ofSeconds(5);

    /// Percent of the time in which all processes of the machine waited for memory.
    private static final double TOO_MUCH_FOR_MEMORY = 10;

    /// Percent of the time in which some process waited for a processor.
    static final double BUSY = 50;

    private static final int SLOWER_WHEN_BUSY = 4;

    private final Pressure pressure;
    private final Pace pace;

    Watchdog(Pressure pressure, Pace pace) {
        this.pressure = pressure;
        this.pace = pace;
    }

    /// The kernel does not see that the memory of the sockets is this process's, and would kill others first.
    static void offerToOutOfMemoryKiller() throws IOException {
        Files.writeString(Path.of("/proc/self/oom_score_adj"), "1000");
    }

    /// Returns the thread that looks, which an interrupt ends.
    ///
    /// @param timeout after which whoever waits for the probe has ended it, if somebody does
    /// @param end     hears, once at most, why the probe must end
    static Thread start(Duration timeout, Pace pace, Consumer<String> end) {
        var watchdog = new Watchdog(Pressure.ofMachine(), pace);
        return Thread.ofPlatform().daemon().name("watchdog").start(() -> {
            try {
                end.accept(watchdog.reasonToEnd(timeout));
            } catch (InterruptedException _) {
                // the probe has ended
            }
        });
    }

    private String reasonToEnd(Duration timeout) throws InterruptedException {
        long latest = System.nanoTime() + timeout.plus(GRACE).toNanos();
        while (System.nanoTime() < latest) {
            var reason = look();
            if (reason.isPresent()) {
                return reason.get();
            }
            Thread.sleep(LOOK_EVERY);
        }
        return "not finished after %d s".formatted(timeout.toSeconds());
    }

    /// Sets the pace by what the machine has left. Returns why the probe must end; empty where it may go on.
    Optional<String> look() {
        pace.slowDown(pressure.processor() > BUSY ? SLOWER_WHEN_BUSY : 1);
        double memory = pressure.memory();
        return memory > TOO_MUCH_FOR_MEMORY
                ? Optional.of("ended, as all processes of the machine waited for memory %.0f %% of the last 10 s"
                        .formatted(memory))
                : Optional.empty();
    }
}
