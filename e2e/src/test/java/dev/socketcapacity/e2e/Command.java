package dev.socketcapacity.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A command of the repository, run as a user would, from its top folder.
final class Command {

    static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

    private Command() {}

    record Result(int status, String output) {}

    /// What a command prints. Its error stream goes to ours, so that progress is seen.
    ///
    /// @throws AssertionError where it fails
    static String output(String... command) {
        return output(Map.of(), command);
    }

    static String output(Map<String, String> environment, String... command) {
        var result = run(environment, command);
        if (result.status() != 0) {
            throw new AssertionError("%s ended with status %d:%n%s"
                    .formatted(String.join(" ", command), result.status(), result.output()));
        }
        return result.output().strip();
    }

    static Result run(Map<String, String> environment, String... command) {
        var builder = new ProcessBuilder(List.of(command))
                .directory(REPOSITORY.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        try {
            var process = builder.start();
            var output = new String(process.getInputStream().readAllBytes(), UTF_8);
            return new Result(process.waitFor(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted in " + String.join(" ", command), e);
        }
    }
}
