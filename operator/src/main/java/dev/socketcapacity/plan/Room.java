package dev.socketcapacity.plan;

import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingLong;

import java.util.Comparator;
import java.util.Optional;

/// How much a limit leaves.
///
/// @param more how many more sockets, or threads, fit under it
public record Room(Reading reading, long more) {

    /// For one process: what stops it first. What only comes in bursts is rather a consequence than a cause.
    static final Comparator<Room> TIGHTEST = comparingLong(Room::more)
            .thenComparingInt(room -> room.reading.limit().counts() == Limit.Counts.BURST ? 1 : 0);

    /// For a machine: what is used up most. Its limits are of very different sizes.
    static final Comparator<Room> FULLEST = comparingDouble(Room::fill).reversed();

    /// Maps come and go while threads start and end; some numbers of processes are never given again.
    private static final double NEARLY = 0.99;

    /// Every processor counts up to 32 files on its own before it tells the others.
    private static final long FILES_UNTOLD = 128;

    /// What a reading leaves for sockets or threads; empty where it binds nobody, or is not counted.
    static Optional<Room> of(Reading reading, Limit.Counts counted) {
        var counts = reading.limit().counts();
        var isCounted = counts == counted || counts == Limit.Counts.BOTH && counted != Limit.Counts.BURST;
        if (!isCounted || reading.exempt().isPresent() || reading.headroom().isEmpty()) {
            return Optional.empty();
        }
        var room = new Room(reading, fits(reading, counted));
        return counts != Limit.Counts.BURST || room.isFull() ? Optional.of(room) : Optional.empty();
    }

    private static long fits(Reading reading, Limit.Counts counted) {
        var left = reading.headroom().getAsLong();
        return switch (reading.limit()) {
            case MAX_MAP_COUNT -> left / 2; // a stack and its guard
            case MEMORY, CGROUP_MEMORY ->
                left / (counted == Limit.Counts.THREADS ? MemoryPrice.BYTES_PER_THREAD : Baseline.BYTES_PER_SOCKET);
            default -> left;
        };
    }

    /// Whether the limit is hit now.
    boolean isFull() {
        var used = reading.used().getAsLong();
        var max = reading.max().getAsLong();
        return switch (reading.limit()) {
            case MAX_MAP_COUNT, PID_MAX -> used >= NEARLY * max;
            case FILE_MAX -> used >= max - FILES_UNTOLD;
            // What files occupy is given back when somebody needs it; who gets none at all is killed.
            case MEMORY, CGROUP_MEMORY -> false;
            default -> more == 0;
        };
    }

    private double fill() {
        var max = reading.max().getAsLong();
        return max == 0 ? 1 : (double) reading.used().getAsLong() / max;
    }
}
