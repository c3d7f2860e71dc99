package dev.socketcapacity.agent.probe;

/// What comes before all local ports are taken: once half of them are towards one destination, connect(2) looks through
/// that half each time before it finds one in the other (`__inet_hash_connect`).
///
/// @param connections to that destination that found a port at once
/// @param times       how many times as long as those the others took
/// @param ports       of the connecting side
public record SlowDown(int connections, int times, UsablePorts ports) {

    /// A sentence without its full stop.
    public String text() {
        return "connect(2) takes %d times as long once %d of the %d local ports towards one destination are taken (%s)"
                .formatted(times, connections, ports.count(), ports.text());
    }
}
