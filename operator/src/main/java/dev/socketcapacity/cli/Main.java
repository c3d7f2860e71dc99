package dev.socketcapacity.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/// `socket-capacity operator` and `socket-capacity agent`.
@Command(
        name = "socket-capacity",
        description = "Nodes that hold the number of sockets their owner asks for, keep it so, and prove it.",
        subcommands = {OperatorCommand.class, AgentCommand.class},
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        sortOptions = false,
        versionProvider = Version.class)
public final class Main {

    private static final String LOG_LINE = "%1$tFT%1$tT.%1$tLZ %4$s %3$s: %5$s%6$s%n";

    private Main() {}

    public static void main(String[] arguments) {
        if (System.getProperty("java.util.logging.SimpleFormatter.format") == null) {
            System.setProperty("java.util.logging.SimpleFormatter.format", LOG_LINE);
        }
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main());
    }
}
