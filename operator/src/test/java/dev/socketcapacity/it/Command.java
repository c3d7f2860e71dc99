package dev.socketcapacity.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.util.List;

/// Another program, run to its end.
public final class Command {

    private Command() {}

    /// @param output of both streams, as a user sees it
    public record Result(List<String> command, int status, String output) {

        /// What it said.
        public String succeeds() {
            assertThat(status).as("%s said: %s", command, output).isZero();
            return output;
        }

        /// What it said.
        public String fails() {
            assertThat(status).as("%s said: %s", command, output).isNotZero();
            return output;
        }
    }

    public static Result run(String... command) {
        return run(List.of(command), false);
    }

    /// Shows on this process's own error stream what the program says there: for what takes its time.
    public static Result runAloud(String... command) {
        return run(List.of(command), true);
    }

    private static Result run(List<String> command, boolean aloud) {
        try {
            // Through a file: a pipe would have to be emptied in time.
            var output = Files.createTempFile("output", ".txt");
            try {
                var builder = new ProcessBuilder(command).redirectOutput(output.toFile());
                var process =
                        (aloud ? builder.redirectError(Redirect.INHERIT) : builder.redirectErrorStream(true)).start();
                process.getOutputStream().close();
                return new Result(command, process.waitFor(), Files.readString(output, UTF_8));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
