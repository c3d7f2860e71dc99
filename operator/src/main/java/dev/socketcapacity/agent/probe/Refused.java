package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import java.time.Duration;

/// The first connection that was refused.
///
/// @param call  the system call: `socket`, `connect`, `accept4`, or `poll` for a connection that was lost while it was
///              held
/// @param errno its name, such as `EADDRNOTAVAIL`; `ETIMEDOUT` where nothing answered
/// @param after how long it took
record Refused(String call, String errno, Duration after) {

    /// A neighbour is asked three times, a second apart, before it counts as absent. A route that is not there is known
    /// at once.
    private static final Duration LATE = Duration.ofSeconds(1);

    static Refused of(ErrnoException refusal, Duration after) {
        return new Refused(refusal.call(), refusal.errno(), after);
    }

    boolean isLate() {
        return after.compareTo(LATE) >= 0;
    }

    /// `connect: ETIMEDOUT`.
    String text() {
        return call + ": " + errno;
    }
}
