package dev.socketcapacity.agent.probe;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;

/// How long each connect(2) of a lane took. On one machine the whole handshake is part of the call.
final class ConnectTimes {

    private final int[] nanos;
    private int size;

    ConnectTimes(int capacity) {
        this.nanos = new int[capacity];
    }

    void add(long time) {
        if (size < nanos.length) {
            nanos[size++] = (int) Math.min(time, Integer.MAX_VALUE);
        }
    }

    /// All of several lanes together, the shortest first.
    static int[] sorted(Collection<ConnectTimes> lanes) {
        var all = new int[lanes.stream().mapToInt(lane -> lane.size).sum()];
        int filled = 0;
        for (var lane : lanes) {
            System.arraycopy(lane.nanos, 0, all, filled, lane.size);
            filled += lane.size;
        }
        Arrays.sort(all);
        return all;
    }

    /// What that share of them, 0 to 1, did not exceed; zero where there are none.
    static Duration quantile(int[] sorted, double share) {
        int rank = (int) Math.ceil(share * sorted.length);
        return rank == 0 ? Duration.ZERO : Duration.ofNanos(sorted[rank - 1]);
    }
}
