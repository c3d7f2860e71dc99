package dev.socketcapacity.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// How the number of connections grew, in few points: as time goes on, every second one is forgotten.
final class Samples {

    private static final int MAX = 60;
    private static final Duration FIRST_INTERVAL = Duration.ofMillis(10);

    private final List<Sample> samples = new ArrayList<>(List.of(new Sample(0, 0)));
    private Duration interval = FIRST_INTERVAL;
    private int latest;

    /// @param seconds from the start
    record Sample(double seconds, int connections) {}

    /// Takes a point, unless the last one is too near.
    void add(Duration elapsed, int connections) {
        latest = connections;
        if (elapsed.toMillis() >= 1_000 * samples.getLast().seconds + interval.toMillis()) {
            end(elapsed, connections);
        }
    }

    /// Takes a point in any case.
    void end(Duration elapsed, int connections) {
        if (samples.size() == MAX) {
            thin();
        }
        samples.add(new Sample(elapsed.toMillis() / 1_000.0, connections));
    }

    /// How many there were at last.
    int latest() {
        return latest;
    }

    private void thin() {
        for (int i = MAX - 1; i > 0; i -= 2) {
            samples.remove(i);
        }
        interval = interval.multipliedBy(2);
    }

    /// At most 60, the earliest first.
    List<Sample> list() {
        return List.copyOf(samples);
    }
}
