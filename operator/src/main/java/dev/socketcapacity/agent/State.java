package dev.socketcapacity.agent;

import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.plan.Baseline;
import java.util.Map;
import java.util.TreeMap;

/// What must outlive the agent: what it found, its last wish, its proof. One file on the node.
///
/// @param found      the settings that we have written, by name, and what they were before
/// @param generation of the wish's object
/// @param wish       the last wish, enacted at start before the API server answers; null where there is none
/// @param load       what the node carried when the wish's target was first enacted; null before that
/// @param proof      null where the target is not proved
record State(Map<String, Found> found, long generation, NodeSocketCapacitySpec wish, Load load, ProofOnDisk proof) {

    static final State EMPTY = new State(Map.of(), 0, null, null, null);

    State {
        found = found == null ? Map.of() : Map.copyOf(found);
    }

    /// @param target the hash of the target that this baseline was read for
    record Load(String target, String bootId, Baseline baseline) {}

    /// A proof holds for one boot, one start of the node, and one target.
    record ProofOnDisk(String bootId, long startTime, NodeSocketCapacityStatus.Proof proof) {}

    State withWish(NodeSocketCapacitySpec newWish, long newGeneration) {
        return new State(found, newGeneration, newWish, load, proof);
    }

    State withLoad(Load newLoad) {
        return new State(found, generation, wish, newLoad, proof);
    }

    State withProof(ProofOnDisk newProof) {
        return new State(found, generation, wish, load, newProof);
    }

    State withFound(String setting, Found setFound) {
        var all = new TreeMap<>(found);
        all.put(setting, setFound);
        return new State(all, generation, wish, load, proof);
    }

    State withoutFound(String setting) {
        var all = new TreeMap<>(found);
        all.remove(setting);
        return new State(all, generation, wish, load, proof);
    }
}
