package dev.socketcapacity.agent;

import dev.socketcapacity.agent.probe.Cause;
import dev.socketcapacity.agent.probe.Obstacle;
import dev.socketcapacity.agent.probe.Openings;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import java.time.Duration;
import java.util.Optional;

/// Results of probes that did not run.
final class ProbeResults {

    static final Cause NO_PORTS =
            new Cause(Obstacle.PORTS, "no local ports left (net.ipv4.ip_local_port_range is 32768 60999)");

    private ProbeResults() {}

    static Held held(int connections) {
        return new Held(connections, Duration.ofSeconds(5), Openings.TRACKED);
    }

    static Held heldSlowly(int connections) {
        return new Held(connections, Duration.ofSeconds(5), Openings.SLOW);
    }

    static FellShort fellShort(int held, int wanted) {
        return new FellShort(held, wanted, NO_PORTS, Optional.of(Openings.TRACKED));
    }
}
