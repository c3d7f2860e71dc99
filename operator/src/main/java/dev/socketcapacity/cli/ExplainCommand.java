package dev.socketcapacity.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// What a wish takes on this machine, and which limit would be in its way.
@Command(
        name = "explain",
        header = "What a wish takes here, why, and which limit would be in its way.",
        description = "%nChanges nothing. Exits with 0 where the machine holds the wish as it is, with 1 where it falls"
                + " short.%n",
        footer = {
            "",
            "Examples:",
            "  sockcap explain --inbound 1000000",
            "  sockcap explain --outbound 100000         # how many source addresses does that take?",
            "  sockcap explain --threads 40000 -o json"
        })
final class ExplainCommand implements Callable<Integer> {

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
            output.print(PlanReport.of(preview), () -> PlanText.explain(preview, node.elsewhere()));
            return preview.holds() ? Sockcap.HOLDS : Sockcap.FALLS_SHORT;
        }
    }
}
