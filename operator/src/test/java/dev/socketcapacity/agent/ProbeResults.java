package dev.socketcapacity.agent;

import dev.socketcapacity.agent.probe.Cause;
import dev.socketcapacity.agent.probe.Obstacle;
import dev.socketcapacity.agent.probe.Opening;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import java.time.Duration;
import java.util.Optional;

/// Results of probes that did not run.
final class ProbeResults {

    static final Cause NO_PORTS =
            new Cause(Obstacle.PORTS, "no local ports left (net.ipv4.ip_local_port_range is 32768 60999)");

    private static final Opening OPENING = new Opening(
            Duration.ofSeconds(1),
            Duration.ofNanos(12_000),
            Duration.ofNanos(15_000),
            Duration.ofNanos(20_000),
            Duration.ofNanos(30_000),
            true,
            7_816);

    private ProbeResults() {}

    static Held held(int connections) {
        return new Held(connections, Duration.ofSeconds(5), OPENING);
    }

    static FellShort fellShort(int held, int wanted) {
        return new FellShort(held, wanted, NO_PORTS, Optional.of(OPENING));
    }
}
