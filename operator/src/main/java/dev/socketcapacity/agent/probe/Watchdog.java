package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.nio.file.Path;
import java.time.Duration;

/// Ends the probe's process when it takes too long, or takes from a machine that has no memory left; and slows it down
/// where others wait for a processor.
final class Watchdog {

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final Duration GRACE = Duration.ofSeconds(5);

    /// Percent of the time in which all processes of the machine waited for memory.
    private static final double TOO_MUCH_FOR_MEMORY = 10;

    /// Percent of the time in which some process waited for a processor.
    private static final double BUSY = 50;

    private static final int SLOWER_WHEN_BUSY = 4;

    private Watchdog() {}

    /// @param timeout after which the parent has ended us, if it is there
    static void start(Duration timeout, Pace pace) {
        var pressure = new Pressure(Path.of("/proc/pressure"));
        long latest = System.nanoTime() + timeout.plus(GRACE).toNanos();
        Thread.ofPlatform().daemon().name("watchdog").start(() -> {
            while (System.nanoTime() < latest) {
                double memory = pressure.memory();
                if (memory > TOO_MUCH_FOR_MEMORY) {
                    end("ended, as all processes of the machine waited for memory %.0f %% of the last 10 s"
                            .formatted(memory));
                }
                pace.slowDown(pressure.processor() > BUSY ? SLOWER_WHEN_BUSY : 1);
                sleep();
            }
            end("not finished after %d s".formatted(timeout.toSeconds()));
        });
    }

    private static void sleep() {
        try {
            Thread.sleep(LOOK_EVERY);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // nobody does
        }
    }

    private static void end(String why) {
        System.out.println(ProbeEvent.line(new Inconclusive(why)));
        System.out.flush();
        Runtime.getRuntime().halt(1);
    }
}
