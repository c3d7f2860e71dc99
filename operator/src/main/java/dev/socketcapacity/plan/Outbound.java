package dev.socketcapacity.plan;

import static java.lang.Math.ceilDiv;

import java.util.Optional;
import java.util.OptionalLong;

/// Connections to one destination, an address and a port, from one source address: each takes a local port of its own.
/// Every further source address, or destination, has all ports anew.
///
/// @param connections how many are wished for
/// @param ports       local ports that can be used
public record Outbound(long connections, long ports) {

    /// connect() searches every second port first: once more than half are taken, it tries one after the other.
    static final long PORTS_PER_CONNECTION = 2;

    /// Source addresses, or destinations, with which each connection has a port; empty where there is no port at all.
    public OptionalLong sourcesNeeded() {
        return sources(connections);
    }

    /// Source addresses, or destinations, with which connect() also finds it at once.
    public OptionalLong sourcesFast() {
        return sources(PORTS_PER_CONNECTION * connections);
    }

    /// Whether one source address and one destination are enough.
    public boolean fits() {
        return connections <= ports;
    }

    /// Whether connect() stays fast with them.
    public boolean isFast() {
        return PORTS_PER_CONNECTION * connections <= ports;
    }

    /// Why one source address and one destination are not enough, as a sentence without its full stop.
    Optional<String> shortage() {
        return fits()
                ? Optional.empty()
                : Optional.of("%d outbound connections to one destination need as many local ports, and %s"
                        .formatted(connections, ports == 0 ? "each one is reserved" : sources()));
    }

    private String sources() {
        return "only %d can be used; it takes %d source addresses or destinations, and %d for connect() to stay fast"
                .formatted(ports, sourcesNeeded().getAsLong(), sourcesFast().getAsLong());
    }

    /// What is to be expected where all fit and connect() gets slow, as a sentence without its full stop.
    Optional<String> slowness() {
        return !fits() || isFast()
                ? Optional.empty()
                : Optional.of(("%d outbound connections take more than half of the %d local ports that can be used, so"
                                + " connect() gets slow; %d source addresses or destinations keep it fast")
                        .formatted(connections, ports, sourcesFast().getAsLong()));
    }

    private OptionalLong sources(long wanted) {
        return ports == 0 ? OptionalLong.empty() : OptionalLong.of(ceilDiv(wanted, ports));
    }
}
