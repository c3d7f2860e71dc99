package dev.socketcapacity.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Writes what a wish takes.
@Command(
        name = "apply",
        header = "Writes what a wish takes here, and keeps what was there.",
        description =
                "%nRaises only. 'sockcap restore' puts back what was found. Needs root, and writes nothing while an"
                        + " agent is at work on this machine. Exits with 0 where the machine holds the wish now, with 1 where it"
                        + " still falls short.%n",
        footerHeading = "%nExamples:%n",
        footer = {"  sockcap apply --inbound 1000000", "  sockcap apply --set vm.max_map_count=262144"})
final class ApplyCommand implements Callable<Integer> {

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
            var applied = node.apply(target);
            output.print(
                    PlanReport.of(applied.before(), applied.holds(), applied.settings()),
                    () -> PlanText.applied(applied));
            return applied.holds() ? Sockcap.HOLDS : Sockcap.FALLS_SHORT;
        }
    }
}
