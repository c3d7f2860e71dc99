package dev.socketcapacity.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// What `apply` would write.
@Command(
        name = "plan",
        header = "What would be written here for a wish, as a diff.",
        description =
                "%nChanges nothing. Exits with 0 where nothing is to be written and the wish holds, else with 1.%n",
        footer = {"", "Example:", "  sockcap plan --inbound 1000000 --outbound 30000 --keep-ports 30000-32767"})
final class PlanCommand implements Callable<Integer> {

    @Mixin
    private WishOptions wish;

    @Mixin
    private NodeOptions options;

    @Mixin
    private Output output;

    @Override
    public Integer call() throws IOException {
        var target = wish.target();
        try (var node = options.open()) {
            var preview = node.preview(target);
            output.print(PlanReport.of(preview), () -> PlanText.diff(preview, node.elsewhere()));
            return preview.holds() ? Sockcap.HOLDS : Sockcap.FALLS_SHORT;
        }
    }
}
