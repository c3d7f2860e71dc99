package dev.socketcapacity.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `sockcap` as it is built for users, run to its end.
final class SockcapCommand {

    static final Path IMAGE = Path.of("target/sockcap").toAbsolutePath();

    private static final String PROGRAM = IMAGE.resolve("bin/sockcap").toString();

    private SockcapCommand() {}

    record Result(List<String> command, int status, String out, String err) {

        JsonNode json() {
            try {
                return new ObjectMapper().readTree(out);
            } catch (IOException e) {
                throw new AssertionError(this + " is not JSON", e);
            }
        }

        /// What it said in the one line that it had to say.
        String refusal(int expected) {
            assertThat(err.lines()).as("%s", this).hasSize(1);
            assertThat(err).as("%s", this).doesNotContain("Exception", "\tat ");
            assertThat(out).as("%s", this).isEmpty();
            assertThat(status).as("%s", this).isEqualTo(expected);
            return err;
        }
    }

    static Result sockcap(String... arguments) {
        return sockcap(List.of(), PROGRAM, arguments);
    }

    /// @param by      what runs the program it is given
    /// @param program where `by` finds it
    static Result sockcap(List<String> by, String program, String... arguments) {
        var command = new ArrayList<>(by);
        command.add(program);
        command.addAll(List.of(arguments));
        try {
            // Through files: pipes would have to be emptied in time.
            var out = Files.createTempFile("sockcap", ".out");
            var err = Files.createTempFile("sockcap", ".err");
            try {
                var process = new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
                process.getOutputStream().close();
                var status = process.waitFor();
                return new Result(command, status, Files.readString(out, UTF_8), Files.readString(err, UTF_8));
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
