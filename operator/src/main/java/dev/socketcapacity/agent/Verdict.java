package dev.socketcapacity.agent;

import dev.socketcapacity.api.NodeSocketCapacityStatus.Proof;
import dev.socketcapacity.api.Reason;
import java.time.Instant;
import java.util.Optional;

/// Where the proof of a target stands.
sealed interface Verdict {

    /// It is proved.
    ///
    /// @param news what a new probe has come to meanwhile, as a sentence
    record Proved(Proof proof, Optional<String> news) implements Verdict {}

    /// It is proved, and the last probe could not run or said nothing, which changes nothing.
    ///
    /// @param why as a clause
    record Skipped(Proof proof, String why) implements Verdict {}

    /// It was proved, too long ago.
    record Outdated(Proof proof, String message) implements Verdict {}

    /// The first probe runs, or is about to.
    record Pending(String message) implements Verdict {}

    /// It is not proved, or no longer. It will be tried again.
    ///
    /// @param since when it first failed for this target
    /// @param proof the last one; empty where it was never proved
    record Failed(Reason reason, String message, Instant since, Optional<Proof> proof) implements Verdict {}

    /// The last proof, whatever it is still worth.
    default Optional<Proof> lastProof() {
        return switch (this) {
            case Proved(var proof, var _) -> Optional.of(proof);
            case Skipped(var proof, var _) -> Optional.of(proof);
            case Outdated(var proof, var _) -> Optional.of(proof);
            case Pending _ -> Optional.empty();
            case Failed failed -> failed.proof();
        };
    }
}
