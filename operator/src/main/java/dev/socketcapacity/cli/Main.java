package dev.socketcapacity.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/// `socket-capacity operator` and `socket-capacity agent`.
@Command(
        name = "socket-capacity",
        description = "Nodes that hold the number of sockets their owner asks for, keep it so, and prove it.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        sortOptions = false,
        versionProvider = Version.class)
public final class Main {

    private static final String LOG_LINE = "%1$tFT%1$tT.%1$tLZ %4$s %3$s: %5$s%6$s%n";

    private static final List<Class<?>> COMMANDS = List.of(OperatorCommand.class, AgentCommand.class);

    private Main() {}

    public static void main(String[] arguments) {
        if (System.getProperty("java.util.logging.SimpleFormatter.format") == null) {
            System.setProperty("java.util.logging.SimpleFormatter.format", LOG_LINE);
        }
        System.exit(commandLine(arguments).execute(arguments));
    }

    /// @param arguments what it is to run; none for all that it has
    public static CommandLine commandLine(String... arguments) {
        var socketCapacity = new CommandLine(new Main());
        Commands.addTo(socketCapacity, COMMANDS, arguments);
        return socketCapacity;
    }
}
