package dev.socketcapacity.plan;

import dev.socketcapacity.api.SocketCapacitySpec;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import java.time.Duration;

/// How a target is proved, with what was left out filled in.
///
/// @param connections      how many the probe holds; 0 where nothing is to be probed
/// @param explicit         whether that very number was asked for, and so is never cut
/// @param timeout          of the probe in all
/// @param period           after which it is proved again, give or take a fifth: long enough for a probe that takes its
///                         timeout to be done before the proof is outdated
/// @param maxMemoryPercent of the node's memory for the probe's own sockets
public record ProbeTerms(
        long connections, boolean explicit, Duration hold, Duration timeout, Duration period, long maxMemoryPercent) {

    private static final long DEFAULT_CONNECTIONS = 5_000;
    private static final long DEFAULT_HOLD_SECONDS = 5;
    private static final long DEFAULT_PERIOD_SECONDS = 3_600;
    private static final long DEFAULT_MEMORY_PERCENT = 10;

    public static ProbeTerms of(Target target) {
        return of(target.connections(), target.verification());
    }

    public static ProbeTerms of(SocketCapacitySpec spec) {
        var inbound = spec.inboundConnections() == null ? 0 : spec.inboundConnections();
        var outbound = spec.outboundConnections() == null ? 0 : spec.outboundConnections();
        return of(inbound + outbound, spec.verification());
    }

    private static ProbeTerms of(long wished, Verification asked) {
        var given = asked == null ? Verification.UNSAID : asked;
        var explicit = given.connections() != null;
        var connections = Verification.COMPUTE.equals(given.method())
                ? 0
                : explicit ? given.connections() : Math.min(wished, DEFAULT_CONNECTIONS);
        var hold = orElse(given.holdSeconds(), DEFAULT_HOLD_SECONDS);
        var least = 60 + hold + connections / 1_000;
        var timeout = Math.max(least, orElse(given.timeoutSeconds(), least));
        var period = Math.max(2 * timeout, orElse(given.periodSeconds(), DEFAULT_PERIOD_SECONDS));
        return new ProbeTerms(
                connections,
                explicit,
                Duration.ofSeconds(hold),
                Duration.ofSeconds(timeout),
                Duration.ofSeconds(period),
                orElse(given.maxMemoryPercent(), DEFAULT_MEMORY_PERCENT));
    }

    private static long orElse(Long given, long otherwise) {
        return given == null ? otherwise : given;
    }

    /// Whether there is anything to probe: else the proof is computed.
    public boolean probes() {
        return connections > 0;
    }

    /// Connections that need room of their own: a probe of the default size makes do with what is free.
    long ownConnections() {
        return explicit ? connections : 0;
    }

    /// As the API has it, every field given.
    public Verification effective() {
        return probes()
                ? new Verification(
                        Verification.PROBE,
                        connections,
                        hold.toSeconds(),
                        timeout.toSeconds(),
                        period.toSeconds(),
                        maxMemoryPercent)
                : new Verification(Verification.COMPUTE, null, null, null, period.toSeconds(), null);
    }
}
