package dev.socketcapacity.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Teaches a shell the words of this command line.
@Command(
        name = "completion",
        description = "Prints the script that lets a shell complete commands and options.",
        footerHeading = "%nFor this shell, and for every one from now on:%n",
        footer = {
            "  source <(sockcap completion bash)   also in ~/.bashrc",
            "  source <(sockcap completion zsh)    also in ~/.zshrc"
        })
final class CompletionCommand implements Runnable {

    enum Shell {
        bash,
        zsh
    }

    @Parameters(paramLabel = "<shell>", description = "One of: ${COMPLETION-CANDIDATES}.")
    private Shell shell;

    @Spec
    private CommandSpec command;

    @Override
    public void run() {
        var name = command.root().name();
        var forBash = AutoComplete.bash(name, Sockcap.commandLine());
        var out = command.commandLine().getOut();
        out.print(
                switch (shell) {
                    case bash -> forBash;
                    case zsh -> forZsh(name, forBash);
                });
        out.flush();
    }

    /// zsh runs bash's scripts. As a file `_sockcap` on its path it is read at the first word to be completed, and has
    /// to complete that one as well. The options of bash's files have no meaning there.
    private static String forZsh(String name, String forBash) {
        return """
                #compdef %1$s
                compopt() { :; }
                %2$s
                [[ ${funcstack[1]} != _%1$s ]] || _bash_complete -o default -F _complete_%1$s
                """.formatted(name, forBash);
    }
}
