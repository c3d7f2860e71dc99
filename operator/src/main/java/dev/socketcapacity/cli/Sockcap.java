package dev.socketcapacity.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/// `sockcap`: for any Linux machine, no cluster needed. Nothing that it reaches may know a Kubernetes client: it must
/// answer in a fraction of a second, and its image has none.
@Command(
        name = "sockcap",
        description = "Tells which limit keeps a machine, or a process, from more sockets, and what to change.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        sortOptions = false,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            Sockcap.HOLDS + ":what was asked for holds",
            Sockcap.FALLS_SHORT + ":it falls short",
            Sockcap.WRONG_USAGE + ":wrong usage",
            Sockcap.COULD_NOT_LOOK + ":could not look",
            Sockcap.INTERRUPTED + ":interrupted"
        },
        footerHeading = "%nEnvironment:%n",
        footer = "  " + PlainErrors.TRACE + "=1   shows where in sockcap an internal error comes from")
public final class Sockcap {

    static final int HOLDS = 0;
    static final int FALLS_SHORT = 1;
    static final int WRONG_USAGE = 2;
    static final int COULD_NOT_LOOK = 3;
    static final int INTERRUPTED = 130;

    private static final List<Class<?>> COMMANDS = List.of(
            DoctorCommand.class,
            ExplainCommand.class,
            PlanCommand.class,
            ApplyCommand.class,
            RestoreCommand.class,
            ProbeCommand.class,
            CompletionCommand.class);

    private Sockcap() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        return new PlainErrors(System.getenv(PlainErrors.TRACE) != null).execute(commandLine(arguments), arguments);
    }

    /// @param arguments what it is to run; none for all that it has
    static CommandLine commandLine(String... arguments) {
        var sockcap = new CommandLine(new Sockcap());
        Commands.addTo(sockcap, COMMANDS, arguments);
        return sockcap.setCaseInsensitiveEnumValuesAllowed(true);
    }
}
