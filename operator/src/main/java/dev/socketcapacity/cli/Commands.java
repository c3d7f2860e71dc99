package dev.socketcapacity.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The commands below a command line. To read from its annotations what one of them takes is a good part of a start, so
/// it is done only for those that the answer needs.
final class Commands {

    private Commands() {}

    /// Adds the command that the arguments begin with; all of them where they begin with something else, which
    /// is answered with what there is.
    ///
    /// @param types with the names that their annotations give
    static void addTo(CommandLine commandLine, List<Class<?>> types, String... arguments) {
        var first = arguments.length == 0 ? "" : arguments[0];
        var named = types.stream().filter(type -> name(type).equals(first)).toList();
        (named.isEmpty() ? types : named).forEach(commandLine::addSubcommand);
    }

    private static String name(Class<?> type) {
        return type.getAnnotation(Command.class).name();
    }
}
