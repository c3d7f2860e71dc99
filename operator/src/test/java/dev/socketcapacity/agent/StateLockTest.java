package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateLockTest {

    @TempDir
    private Path folder;

    @Test
    void whoComesSecondIsToldWhoHoldsIt() throws Exception {
        var other = holder();
        try {
            assertThatThrownBy(() -> StateLock.take(folder, "sockcap (pid 2)"))
                    .isInstanceOf(IOException.class)
                    .hasMessage("The agent of node n1 (pid 1) is at work on this node and holds %s: nothing was written"
                            .formatted(folder.resolve("lock")));
        } finally {
            other.destroyForcibly().waitFor();
        }
    }

    @Test
    void whoeverIsKilledGivesItBack() throws Exception {
        holder().destroyForcibly().waitFor();

        try (var _ = StateLock.take(folder, "sockcap (pid 2)")) {
            assertThat(folder.resolve("lock")).hasContent("sockcap (pid 2)");
        }
        try (var _ = StateLock.take(folder, "sockcap (pid 3)")) {
            assertThat(folder.resolve("lock")).hasContent("sockcap (pid 3)");
        }
    }

    /// Another process, which has the lock when this returns.
    private Process holder() throws IOException {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.inputReader().readLine()).isEqualTo("taken");
        return process;
    }

    static final class Holder {
        static void main(String[] arguments) throws IOException {
            StateLock.take(Path.of(arguments[0]), "The agent of node n1 (pid 1)");
            System.out.println("taken");
            System.in.read();
        }
    }
}
