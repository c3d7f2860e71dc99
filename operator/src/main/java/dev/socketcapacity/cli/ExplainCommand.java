package dev.socketcapacity.cli;

import dev.socketcapacity.agent.LocalNode.Preview;
import java.util.Optional;
import picocli.CommandLine.Command;

/// What a wish takes on this machine, and which limit would be in its way.
@Command(
        name = "explain",
        header = "What a wish takes here, why, and which limit would be in its way.",
        description = "%nChanges nothing. Exits with 0 where the machine holds the wish as it is, with 1 where it falls"
                + " short.%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sockcap explain --inbound 1000000",
            "  sockcap explain --outbound 100000         # how many source addresses does that take?",
            "  sockcap explain --threads 40000 -o json"
        })
final class ExplainCommand extends PreviewCommand {

    @Override
    String text(Preview preview, Optional<String> elsewhere) {
        return PlanText.explain(preview, elsewhere);
    }
}
