package dev.socketcapacity.it;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class KernelLockTest {

    /// Another test program that takes it once.
    static final class Taker {
        private Taker() {}

        public static void main(String[] arguments) throws IOException {
            System.out.println("started");
            try (var _ = KernelLock.take()) {
                System.out.println("taken");
            }
        }
    }

    @Test
    void anotherProgramWaitsUntilTheLastHolderIsDone() throws Exception {
        var first = KernelLock.take();
        var second = KernelLock.take();
        var other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Taker.class.getName())
                .redirectError(Redirect.INHERIT)
                .start();
        try (var lines = other.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("started");
            first.close();
            assertThat(other.waitFor(500, MILLISECONDS))
                    .as("ended while it is held")
                    .isFalse();
            assertThat(lines.ready()).isFalse();
            second.close();
            assertThat(lines.readLine()).isEqualTo("taken");
        } finally {
            other.destroyForcibly().waitFor();
        }
    }
}
