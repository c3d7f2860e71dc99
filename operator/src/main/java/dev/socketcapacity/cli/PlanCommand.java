package dev.socketcapacity.cli;

import dev.socketcapacity.agent.LocalNode.Preview;
import java.util.Optional;
import picocli.CommandLine.Command;

/// What `apply` would write.
@Command(
        name = "plan",
        header = "What would be written here for a wish, as a diff.",
        description =
                "%nChanges nothing. Exits with 0 where nothing is to be written and the wish holds, else with 1.%n",
        footerHeading = "%nExample:%n",
        footer = {"  sockcap plan --inbound 1000000 --outbound 30000 --keep-ports 30000-32767"})
final class PlanCommand extends PreviewCommand {

    @Override
    String text(Preview preview, Optional<String> elsewhere) {
        return PlanText.diff(preview, elsewhere);
    }
}
