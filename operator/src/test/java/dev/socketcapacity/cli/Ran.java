package dev.socketcapacity.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import picocli.CommandLine;

/// What a command line answered.
record Ran(int exit, String out, String err) {

    /// @param execution runs what the arguments name, for its exit code
    static Ran of(CommandLine commandLine, ToIntFunction<String[]> execution, String arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        var exit = execution.applyAsInt(Stream.of(arguments.split(" "))
                .filter(argument -> !argument.isEmpty())
                .toArray(String[]::new));
        return new Ran(exit, out.toString(), err.toString());
    }
}
