package dev.socketcapacity.agent.probe;

import java.time.Duration;

/// What to hold: `connections` at one moment for `hold`, all of it within `timeout`.
///
/// @param connections  established and accepted TCP connections; at least 1
/// @param destinations how many listening ports they are spread over evenly, 1 to `connections`: 1 proves outbound
///                     connections to one destination, as each takes a local port of its own; more stay clear of the
///                     port range
/// @param hold         how long the connections are left alone before they must still be there; may be zero
/// @param timeout      from the start of the probe's process to its end; longer than `hold`
public record ProbeRequest(int connections, int destinations, Duration hold, Duration timeout) {

    public ProbeRequest {
        require(connections >= 1, "connections must be at least 1, was " + connections);
        require(
                destinations >= 1 && destinations <= connections,
                "destinations must be 1 to %d, was %d".formatted(connections, destinations));
        require(!hold.isNegative(), "hold must not be negative, was " + hold);
        require(timeout.compareTo(hold) > 0, "timeout must be longer than hold (%s), was %s".formatted(hold, timeout));
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
