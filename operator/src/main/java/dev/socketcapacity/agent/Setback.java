package dev.socketcapacity.agent;

import dev.socketcapacity.agent.probe.Obstacle;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.plan.ProbeBounds.Bound;
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

    /// Where not a single connection comes through and no limit is in the way, there is no path to probe: that is no
    /// word on what the node holds.
    static Setback of(FellShort fell) {
        var why = fell.cause().evidence();
        if (fell.held() == 0 && fell.cause().obstacle().limit().isEmpty()) {
            return of(new Inconclusive(why));
        }
        var message = "The probe held %d of %d connections: %s%s."
                .formatted(
                        fell.held(),
                        fell.wanted(),
                        why,
                        fix(fell.cause().obstacle()).map("; "::concat).orElse(""));
        return new Setback(Reason.ProbeFailed, why, message);
    }

    /// What to change, in the words of a wish or of the chart; empty where it is neither's.
    private static Optional<String> fix(Obstacle obstacle) {
        return switch (obstacle) {
            case NR_OPEN, FILE_MAX, CONNTRACK, NEIGHBOURS, NEIGHBOURS_IPV6 -> Optional.of("raise it by spec.settings");
            case PORTS -> Optional.of("raise spec.outboundConnections");
            case CGROUP_MEMORY -> Optional.of("raise the chart's agent.resources");
            case FIREWALL, REJECTED, NO_ROUTE, NO_NEIGHBOUR, NOBODY_LISTENS ->
                Optional.of("let the node through to the agent's pod");
            case DESCRIPTORS, ACCEPT_QUEUE, SYN_QUEUE, NOT_ACCEPTED, CLOSED -> Optional.empty();
        };
    }
}
