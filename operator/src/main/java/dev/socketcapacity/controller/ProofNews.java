package dev.socketcapacity.controller;

import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.Reason;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What has become of each node's proof, and when that is news: once for each change of the outcome, not while a probe
/// runs, and not when a node is proved for the first time, which its wish tells. What was there when the operator
/// started is none.
final class ProofNews {

    private static final Set<Reason> OUTCOMES = EnumSet.of(
            Reason.ProbeHeld,
            Reason.ComputedOnly,
            Reason.ProbeFailed,
            Reason.ProbeRefused,
            Reason.ProbeInconclusive,
            Reason.ProbeSkipped,
            Reason.ProbeOutdated,
            Reason.NotCovered);

    private static final Set<Reason> PROVED = EnumSet.of(Reason.ProbeHeld, Reason.ComputedOnly);

    private final Map<String, Optional<Reason>> lastOutcomes = new ConcurrentHashMap<>();

    /// The outcome that is news.
    Optional<Condition> of(NodeSocketCapacity object) {
        var name = object.getMetadata().getName();
        var verified = Optional.ofNullable(object.getStatus())
                .flatMap(status -> Condition.find(status.conditions(), Condition.Type.Verified));
        var outcome = verified.flatMap(ProofNews::outcome);
        if (outcome.isEmpty()) {
            lastOutcomes.putIfAbsent(name, Optional.empty());
            return Optional.empty();
        }
        var before = lastOutcomes.put(name, outcome);
        var isNews =
                before != null && !before.equals(outcome) && (before.isPresent() || !PROVED.contains(outcome.get()));
        return isNews ? verified : Optional.empty();
    }

    private static Optional<Reason> outcome(Condition verified) {
        return OUTCOMES.stream()
                .filter(reason -> reason.name().equals(verified.reason()))
                .findFirst();
    }

    void forget(NodeSocketCapacity object) {
        lastOutcomes.remove(object.getMetadata().getName());
    }
}
