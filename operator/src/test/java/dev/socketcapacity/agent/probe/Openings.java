package dev.socketcapacity.agent.probe;

import dev.socketcapacity.plan.PortRange;
import java.time.Duration;
import java.util.Optional;

/// How the connections of probes were opened that did not run.
public final class Openings {

    public static final Opening UNTRACKED = opening(false, 7_816, Optional.empty());

    public static final Opening TRACKED = opening(true, 7_816, Optional.empty());

    /// Too few to weigh, and yet more than half of the ports.
    public static final Opening SLOW =
            opening(true, 0, Optional.of(new SlowDown(14_116, 94, new UsablePorts(new PortRange(32_768, 60_999), 0))));

    private Openings() {}

    private static Opening opening(boolean tracked, long bytesPerConnection, Optional<SlowDown> slowDown) {
        return new Opening(
                Duration.ofSeconds(2),
                Duration.ofNanos(14_200),
                Duration.ofNanos(20_000),
                Duration.ofNanos(31_400),
                Duration.ofMillis(3),
                tracked,
                bytesPerConnection,
                slowDown);
    }
}
