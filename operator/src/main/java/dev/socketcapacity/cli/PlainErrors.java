package dev.socketcapacity.cli;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// Whatever goes wrong is told in one line, for all of `sockcap`'s commands alike.
///
/// @param traced whether a fault of our own shows its stack trace as well
record PlainErrors(boolean traced) implements IParameterExceptionHandler, IExecutionExceptionHandler {

    /// The environment's name for [#traced].
    static final String TRACE = "SOCKCAP_TRACE";

    /// Runs what the arguments name. Errors end here too: Java's own exit code for them would say "falls short".
    int execute(CommandLine sockcap, String... arguments) {
        try {
            return sockcap.setParameterExceptionHandler(this)
                    .setExecutionExceptionHandler(this)
                    .execute(arguments);
        } catch (Error fault) {
            return tellFault(fault, sockcap);
        }
    }

    @Override
    public int handleParseException(ParameterException wrong, String[] arguments) {
        var command = wrong.getCommandLine();
        var help = command.getCommandSpec().qualifiedName() + " --help";
        tell("%s (try '%s')".formatted(wrong.getMessage(), help), command);
        return Sockcap.WRONG_USAGE;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        return switch (failure) {
            case UncheckedIOException wrapper -> tellFailure(wrapper.getCause(), command);
            case IOException io -> tellFailure(io, command);
            default -> tellFault(failure, command);
        };
    }

    private static int tellFailure(IOException failure, CommandLine command) {
        tell(
                switch (failure) {
                    case NoSuchFileException missing -> missing.getFile() + ": no such file";
                    case AccessDeniedException denied -> denied.getFile() + ": permission denied";
                    default -> failure.getMessage() == null ? failure.toString() : failure.getMessage();
                },
                command);
        return Sockcap.COULD_NOT_LOOK;
    }

    private int tellFault(Throwable fault, CommandLine command) {
        tell("internal error: %s%s".formatted(fault, traced ? "" : " (%s=1 shows where)".formatted(TRACE)), command);
        if (traced) {
            fault.printStackTrace(command.getErr());
        }
        return Sockcap.COULD_NOT_LOOK;
    }

    private static void tell(String message, CommandLine command) {
        command.getErr()
                .println("%s: %s"
                        .formatted(
                                command.getCommandSpec().root().name(),
                                message.lines().collect(joining(" "))));
    }
}
