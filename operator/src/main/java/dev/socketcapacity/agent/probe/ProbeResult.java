package dev.socketcapacity.agent.probe;

import java.time.Duration;

/// What a probe found out.
public sealed interface ProbeResult {

    /// Every connection was established and accepted at one moment, and still was after the hold.
    ///
    /// @param opening from the first connection to the last
    /// @param held    from the last connection until all were found alive
    record Held(int connections, Duration opening, Duration held) implements ProbeResult {}

    /// The node ran out of something.
    ///
    /// @param held  connections that both sides had when the first was refused, or that were left after the hold
    /// @param errno the first refusal's name, such as `EADDRNOTAVAIL`; `ETIMEDOUT` where nothing answered
    /// @param call  the system call that was refused: `socket`, `connect`, `accept4`, or `poll` for a connection
    ///              that was lost while it was held
    record FellShort(int held, int wanted, String errno, String call) implements ProbeResult {}

    /// The probe itself could not run or was ended, so it says nothing about the node.
    ///
    /// @param cause one sentence without a full stop
    record Inconclusive(String cause) implements ProbeResult {}
}
