package dev.socketcapacity.agent.probe;

import java.time.Duration;
import java.util.Optional;

/// What a probe found out.
public sealed interface ProbeResult {

    /// Every connection was established and accepted at one moment, and still was after the hold.
    ///
    /// @param held from the last connection until all were found alive
    record Held(int connections, Duration held, Opening opening) implements ProbeResult {}

    /// Something was in the way, and it is known what.
    ///
    /// @param held    connections that both sides had at one moment: when the first was refused, or after the hold
    /// @param opening empty where the probe's process did not live to tell
    record FellShort(int held, int wanted, Cause cause, Optional<Opening> opening) implements ProbeResult {}

    /// It says nothing about the node: the probe itself could not run or was ended, or nothing tells what was in the
    /// way.
    ///
    /// @param cause one sentence without a full stop
    record Inconclusive(String cause) implements ProbeResult {}
}
