package dev.socketcapacity.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine;

/// What a command line answered.
record Ran(int exit, String out, String err) {

    /// @param commandLine for the arguments
    /// @param execution   runs what the arguments name, for its exit code
    static Ran of(
            Function<String[], CommandLine> commandLine,
            BiFunction<CommandLine, String[], Integer> execution,
            String arguments) {
        var words = Stream.of(arguments.split(" "))
                .filter(argument -> !argument.isEmpty())
                .toArray(String[]::new);
        var out = new StringWriter();
        var err = new StringWriter();
        var made = commandLine.apply(words).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        var exit = execution.apply(made, words);
        return new Ran(exit, out.toString(), err.toString());
    }
}
