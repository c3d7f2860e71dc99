package dev.socketcapacity.agent;

import dev.socketcapacity.api.NodeSocketCapacityStatus.Bottleneck;
import dev.socketcapacity.plan.Derivation.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What one pass found, before it is put into words.
sealed interface Situation {

    /// A target is being held.
    ///
    /// @param refusals   why it can't be held whatever is written
    /// @param settings   what became of each setting
    /// @param shortFor   for how long something has been missing; empty where nothing is
    /// @param verdict    where the proof stands; empty where something is missing
    /// @param bottleneck the limit that is hit first
    record Enacting(
            List<Refusal> refusals,
            List<SettingOutcome> settings,
            Optional<Duration> shortFor,
            Optional<Verdict> verdict,
            Optional<Bottleneck> bottleneck)
            implements Situation {

        /// Whether somebody else keeps writing one of them.
        boolean isContested() {
            return settings.stream().anyMatch(outcome -> outcome.state() == SettingState.Contested);
        }
    }

    /// Nothing may be touched for now.
    ///
    /// @param refusals why the target can't be held whatever is written; empty where there is no target
    /// @param settings what the target needs, and what is still ours, as they are
    record OnHold(List<Refusal> refusals, List<SettingOutcome> settings) implements Situation {}

    /// Nobody wishes for anything here any more.
    ///
    /// @param done whether nothing of ours is left
    record Releasing(List<SettingOutcome> settings, boolean done) implements Situation {}

    /// The agent can't do its work.
    record Failing(String why) implements Situation {}
}
