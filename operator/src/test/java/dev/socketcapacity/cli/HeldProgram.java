package dev.socketcapacity.cli;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A program that has come as far as it could, and now holds all of it.
///
/// @param reached how many of what it takes it has
/// @param errno   why it has no more: `EMFILE`, or `none` where it has as many as it was asked to take
record HeldProgram(Process process, long reached, String errno) implements AutoCloseable {

    private static final Pattern HOLDS = Pattern.compile("reached (?<reached>\\d+) errno (?<errno>\\w+)|listening");

    static HeldProgram start(List<String> command) throws IOException {
        var process =
                new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        try {
            var said = CompletableFuture.supplyAsync(() -> firstWord(process))
                    .orTimeout(60, SECONDS)
                    .join();
            var count = said.group("reached");
            return new HeldProgram(process, count == null ? 0 : Long.parseLong(count), said.group("errno"));
        } catch (RuntimeException e) {
            end(process);
            throw new AssertionError(command + " has not come so far", e);
        }
    }

    private static MatchResult firstWord(Process process) {
        return process.inputReader()
                .lines()
                .map(HOLDS::matcher)
                .filter(Matcher::matches)
                .findFirst()
                .orElseThrow();
    }

    /// The process that holds it: where another one had to start it, the child of that one.
    long pid() {
        return process.descendants().findFirst().orElse(process.toHandle()).pid();
    }

    @Override
    public void close() {
        end(process);
    }

    /// What it has started goes after it: unshare(1) complains about a child that is killed.
    private static void end(Process process) {
        var all = Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(handle -> handle.onExit().join());
    }
}
