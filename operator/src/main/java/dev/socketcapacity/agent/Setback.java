package dev.socketcapacity.agent;

import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.plan.Observation;
import dev.socketcapacity.plan.ProbeBounds.Bound;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import java.util.Optional;

/// What has come of a try to prove a target that did not hold its connections.
///
/// @param why     as a clause
/// @param message as a sentence
record Setback(Reason reason, String why, String message) {

    /// Whether it met a limit: else it says nothing of the node.
    boolean isFound() {
        return reason == Reason.ProbeFailed;
    }

    /// It was not started.
    static Setback of(Reason reason, long connections, Bound bound) {
        var message = "The probe may not open %d connections: %s.".formatted(connections, bound.text());
        return new Setback(reason, bound.text(), message);
    }

    static Setback of(Inconclusive result) {
        return new Setback(
                Reason.ProbeInconclusive, result.cause(), "The probe could not run: %s.".formatted(result.cause()));
    }

    /// @param node as it was found afterwards
    static Setback of(FellShort fell, Observation node) {
        var held = "%d of %d connections".formatted(fell.held(), fell.wanted());
        return cause(fell, node)
                .map(cause -> new Setback(Reason.ProbeFailed, cause, "The probe held %s: %s.".formatted(held, cause)))
                .orElseGet(() -> {
                    var unclear = "held %s, and it is unclear why: %s by %s".formatted(held, fell.errno(), fell.call());
                    return new Setback(Reason.ProbeInconclusive, unclear, "The probe " + unclear + ".");
                });
    }

    /// The limit in the way, with its numbers; empty where it is unclear.
    private static Optional<String> cause(FellShort fell, Observation node) {
        return switch (fell.errno()) {
            case "EADDRNOTAVAIL" -> Optional.of("no local ports left (%s)".formatted(says(node, Setting.PORT_RANGE)));
            case "ENFILE" -> Optional.of("no open files left (%s)".formatted(says(node, Setting.FILE_MAX)));
            default -> Optional.empty();
        };
    }

    private static String says(Observation node, Setting setting) {
        return node.effective(setting)
                .map(Value::text)
                .map(text -> setting.key() + " is " + text)
                .orElse(setting.key());
    }
}
