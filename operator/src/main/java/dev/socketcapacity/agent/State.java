package dev.socketcapacity.agent;

import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.plan.Baseline;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What must outlive the agent: what it found, its last wish, its proof. One file on the node.
///
/// @param found      the settings that we have written, by name, and what they were before
/// @param generation of the wish's object
/// @param wish       the last wish, enacted at start before the API server answers; null where there is none
/// @param load       what the node carried when the wish's target was first enacted; null before that
/// @param proof      null where the target is not proved
/// @param applied    what the command line has applied, without a cluster; null where it has not, and once an agent has
///                   a wish
record State(
        Map<String, Found> found,
        long generation,
        NodeSocketCapacitySpec wish,
        Load load,
        ProofOnDisk proof,
        Target applied) {

    static final State EMPTY = new State(Map.of(), 0, null, null, null, null);

    State {
        found = found == null ? Map.of() : Map.copyOf(found);
    }

    /// @param target the hash of the target that this baseline was read for; the target itself, in words, where the
    ///               command line applied it
    record Load(String target, String bootId, Baseline baseline) {}

    /// A proof holds for one boot, one start of the node, and one target.
    ///
    /// @param lastRun  what the last attempt to prove it came to
    /// @param answered the last call for a probe that was met; null where there was none
    record ProofOnDisk(
            String bootId, long startTime, NodeSocketCapacityStatus.Proof proof, LastRun lastRun, String answered) {

        ProofOnDisk {
            // An agent of an earlier version proved a target once and for all.
            lastRun = lastRun == null ? new LastRun(proof.time(), LastRun.Outcome.HELD, null) : lastRun;
        }
    }

    /// @param time when it ended, as the clock says it
    /// @param why  it did not hold, in words; null where it did
    record LastRun(String time, Outcome outcome, String why) {

        enum Outcome {
            HELD,
            /// It could not run, or said nothing: the proof stands.
            SKIPPED,
            /// It met a limit: the proof does not stand any more.
            FAILED
        }

        Instant at() {
            return Instant.parse(time);
        }
    }

    State withWish(NodeSocketCapacitySpec newWish, long newGeneration) {
        return new State(found, newGeneration, newWish, load, proof, newWish == null ? applied : null);
    }

    State withLoad(Load newLoad) {
        return new State(found, generation, wish, newLoad, proof, applied);
    }

    State withProof(ProofOnDisk newProof) {
        return new State(found, generation, wish, load, newProof, applied);
    }

    State withApplied(Target newApplied) {
        return new State(found, generation, wish, load, proof, newApplied);
    }

    State withFound(Map<String, Found> more) {
        var all = new TreeMap<>(found);
        all.putAll(more);
        return new State(all, generation, wish, load, proof, applied);
    }

    State withoutFound(Set<String> settings) {
        var all = new TreeMap<>(found);
        all.keySet().removeAll(settings);
        return new State(all, generation, wish, load, proof, applied);
    }
}
