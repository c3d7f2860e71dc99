package dev.socketcapacity.cli;

import dev.socketcapacity.agent.LocalNode.Preview;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/// What a wish comes to on this machine, and nothing is written: its commands differ in what they show people.
abstract sealed class PreviewCommand implements Callable<Integer> permits ExplainCommand, PlanCommand {

    @Mixin
    private WishOptions wish;

    @Mixin
    private NodeOptions options;

    @Mixin
    private Output output;

    /// @param elsewhere why it is another network than the machine's
    abstract String text(Preview preview, Optional<String> elsewhere);

    @Override
    public Integer call() throws IOException {
        var target = wish.target();
        try (var node = options.open()) {
            var preview = node.preview(target);
            output.print(PlanReport.of(preview), () -> text(preview, node.elsewhere()));
            return preview.holds() ? Sockcap.HOLDS : Sockcap.FALLS_SHORT;
        }
    }
}
