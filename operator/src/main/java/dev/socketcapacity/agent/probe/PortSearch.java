package dev.socketcapacity.agent.probe;

import java.util.Optional;

/// How long connect(2) takes to one destination, call after call: whether it comes to search for local ports.
final class PortSearch {

    /// A search takes at least so many times as long as the shortest call. So does a call that waited for a processor,
    /// but then not each one that follows.
    private static final int LONG = 8;

    /// Calls in a row.
    private static final int ENOUGH = 50;

    /// Of all ports: some of the range may be others', and lanes that share a destination add their calls in batches.
    private static final double TOLERANCE = 0.01;

    private long shortest = Long.MAX_VALUE;
    private int calls;
    private long nanos;

    /// Up to the last one that was not long.
    private int quickCalls;

    private long quickNanos;

    /// Adds what the first `count` calls of a batch took, in nanoseconds; on any thread.
    synchronized void add(long[] took, int count) {
        for (int i = 0; i < count; i++) {
            calls++;
            nanos += took[i];
            shortest = Math.min(shortest, took[i]);
            if (took[i] < LONG * shortest) {
                quickCalls = calls;
                quickNanos = nanos;
            }
        }
    }

    /// Whether calls have become long.
    synchronized boolean isLong() {
        return longCalls() >= ENOUGH;
    }

    private int longCalls() {
        return calls - quickCalls;
    }

    /// Empty where calls have not become long, or not when half of the ports were taken: then it is not known why.
    ///
    /// @param ports of the connecting side
    synchronized Optional<SlowDown> slowDown(UsablePorts ports) {
        boolean fromHalfOn = Math.abs(2 * quickCalls - ports.count()) <= TOLERANCE * ports.count();
        if (!isLong() || !fromHalfOn) {
            return Optional.empty();
        }
        double quick = (double) quickNanos / quickCalls;
        double searching = (double) (nanos - quickNanos) / longCalls();
        return Optional.of(new SlowDown(quickCalls, (int) Math.round(searching / quick), ports));
    }
}
