package dev.socketcapacity.agent.probe;

import java.time.Duration;

/// The first connection that was refused.
///
/// @param call  the system call: `socket`, `connect`, `accept4`, or `poll` for a connection that was lost while it was
///              held
/// @param errno its name, such as `EADDRNOTAVAIL`; `ETIMEDOUT` where nothing answered
/// @param after how long it took
/// @param unanswered how many of those that were opened with it were not accepted
/// @param listenerDrops how many the kernel has dropped at the listener meanwhile
record Refused(String call, String errno, Duration after, int unanswered, long listenerDrops) {

    /// A neighbour is asked three times, a second apart, before it counts as absent. What somebody answers comes at
    /// once, or to the second or third try.
    private static final Duration LATE = Duration.ofMillis(2_800);

    boolean isLoss() {
        return call.equals("poll");
    }

    /// Whether it was established, and what was missing is the other side's greeting.
    boolean isGreeting() {
        return call.equals("read");
    }

    boolean isLate() {
        return after.compareTo(LATE) >= 0;
    }

    /// Whether as many as `events` may be what kept all of these from being answered: each has been tried at least
    /// three times before it was given up, and one try may have gone another way.
    boolean isExplainedBy(long events) {
        return unanswered > 0 && events >= 2L * unanswered;
    }

    /// `connect: ETIMEDOUT, 126 unanswered, of which the listener dropped 0`.
    String text() {
        return unanswered == 0
                ? call + ": " + errno
                : "%s: %s, %d unanswered, %d dropped by the listener".formatted(call, errno, unanswered, listenerDrops);
    }
}
