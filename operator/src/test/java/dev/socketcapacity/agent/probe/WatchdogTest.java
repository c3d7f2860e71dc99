package dev.socketcapacity.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchdogTest {

    private static final int PER_SECOND = 1_000;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            nullValues = "goes on",
            value = {
                "0.00, goes on",
                "10.00, goes on",
                "10.01, 'ended, as all processes of the machine waited for memory 10 % of the last 10 s'",
                "47.80, 'ended, as all processes of the machine waited for memory 48 % of the last 10 s'",
            })
    void endsAProbeWhereNothingGetsMemory(String full, String why) throws IOException {
        pressure("99.00", full);
        assertThat(watchdog(new Pace(PER_SECOND)).look().orElse(null)).isEqualTo(why);
    }

    @Test
    void slowsAProbeDownWhereOthersWaitForAProcessor() throws IOException {
        var pace = new Pace(PER_SECOND);
        pressure("50.01", "0.00");
        watchdog(pace).look();
        assertThat(timeOf(100, pace)).isGreaterThan(Duration.ofMillis(380));
    }

    @Test
    void letsItGoAtFullPaceAgain() throws IOException {
        var pace = new Pace(PER_SECOND);
        pressure("100.00", "0.00");
        watchdog(pace).look();
        pressure("50.00", "0.00");
        watchdog(pace).look();
        await().until(() -> timeOf(100, pace).compareTo(Duration.ofMillis(200)) < 0);
    }

    @Test
    void letsItGoOnWhereTheKernelDoesNotTell() {
        assertThat(watchdog(new Pace(PER_SECOND)).look()).isEmpty();
    }

    private Watchdog watchdog(Pace pace) {
        return new Watchdog(new Pressure(folder), pace);
    }

    private static Duration timeOf(int steps, Pace pace) {
        long begin = System.nanoTime();
        for (int left = steps; left > 0; ) {
            left -= pace.await(left);
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /// As the kernel writes it, with other figures in what does not count.
    private void pressure(String someProcessor, String fullMemory) throws IOException {
        Files.writeString(folder.resolve("cpu"), """
                some avg10=%s avg60=77.00 avg300=77.00 total=1
                full avg10=88.00 avg60=77.00 avg300=77.00 total=1
                """.formatted(someProcessor));
        Files.writeString(folder.resolve("memory"), """
                some avg10=88.00 avg60=77.00 avg300=77.00 total=1
                full avg10=%s avg60=77.00 avg300=77.00 total=1
                """.formatted(fullMemory));
    }
}
