package dev.socketcapacity.cli;

import dev.socketcapacity.agent.SettingOutcome;
import dev.socketcapacity.agent.SettingState;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Puts back what was found.
@Command(
        name = "restore",
        header = "Puts back what was found before 'apply', or before an agent that is gone.",
        description =
                "%nLeaves what somebody else has changed since. What is in use now, or refused, stays for another"
                        + " time: it exits with 1 then. Needs root, and writes nothing while an agent is at work on this machine.%n",
        footerHeading = "%nExample:%n",
        footer = {"  sockcap restore"})
final class RestoreCommand implements Callable<Integer> {

    @Mixin
    private NodeOptions options;

    @Mixin
    private Output output;

    @Override
    public Integer call() throws IOException {
        try (var node = options.open()) {
            var outcomes = node.restore();
            var done = outcomes.stream().noneMatch(RestoreCommand::isLeft);
            output.print(PlanReport.of(outcomes, done), () -> PlanText.restored(outcomes, done));
            return done ? Sockcap.HOLDS : Sockcap.FALLS_SHORT;
        }
    }

    private static boolean isLeft(SettingOutcome outcome) {
        return outcome.state() == SettingState.LeftInUse || outcome.state() == SettingState.NotSettable;
    }
}
