package dev.socketcapacity.plan;

import dev.socketcapacity.api.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.ToLongFunction;

/// The range of ports that connect() picks from, and what is reserved in it, which depend on each other: what becomes
/// ephemeral by our widening must not take a port that somebody needs.
///
/// @param range  the range that is needed
/// @param asked  ports that are to be reserved because the target says so
/// @param spared ports that somebody listens on, or that the installation keeps, and that the wider range takes in
/// @param usable ports of the range that connect() may pick
record EphemeralPorts(PortRange range, PortSet asked, PortSet spared, long usable) {

    /// The kernel takes no range that begins below `net.ipv4.ip_unprivileged_port_start`, which is 1024 by default.
    private static final PortRange WIDEST = new PortRange(1_024, PortRange.MAX_PORT);

    /// @param start the range that is there, with what is asked for by name
    /// @param kept  ports that the installation never lets become ephemeral
    static EphemeralPorts of(Target target, Baseline baseline, PortRange start, PortSet kept) {
        var found = PortSet.of(PortRange.parse(baseline.portRange()));
        var asked = PortSet.ofItems(target.reservedPorts());
        var needed = kept.plus(PortSet.ofItems(baseline.listening())).minus(found);
        var unusable = PortSet.ofItems(baseline.reserved()).plus(asked).plus(needed);
        ToLongFunction<PortRange> usable =
                range -> PortSet.of(range).minus(unusable).size();

        var range = widened(start, Outbound.PORTS_PER_CONNECTION * target.outbound(), usable);
        return new EphemeralPorts(range, asked, PortSet.of(range).within(needed), usable.applyAsLong(range));
    }

    /// What the target's outbound connections come to; empty where it has none.
    Optional<Outbound> outbound(Target target) {
        return Optional.of(new Outbound(target.outbound(), usable)).filter(outbound -> outbound.connections() > 0);
    }

    List<Requirement> requirements(Target target) {
        var requirements = new ArrayList<Requirement>();
        var reserved = asked.plus(spared);
        if (reserved.size() > 0) {
            requirements.add(new Requirement(
                    Setting.RESERVED_PORTS,
                    reserved,
                    "%d ports asked for; %d that somebody listens on or keeps, and that a wider range takes in"
                            .formatted(asked.size(), spared.size())));
        }
        if (target.outbound() > 0) {
            requirements.add(new Requirement(Setting.PORT_RANGE, range, why(new Outbound(target.outbound(), usable))));
        }
        return requirements;
    }

    private String why(Outbound outbound) {
        var wanted = outbound.isFast()
                ? "2 ports for each of %d outbound connections, so that connect() finds a free one at once"
                : "all ports that there are, for %d outbound connections";
        return (wanted + "; %d of these %d can be used").formatted(outbound.connections(), usable, range.size());
    }

    /// The narrowest wider range with that many usable ports, or the widest: upwards first, where less listens, then
    /// downwards.
    private static PortRange widened(PortRange start, long ports, ToLongFunction<PortRange> usable) {
        if (usable.applyAsLong(start) >= ports) {
            return start;
        }
        var up = new PortRange(start.first(), WIDEST.last());
        if (usable.applyAsLong(up) >= ports) {
            var last = least(
                    start.last(), up.last(), end -> usable.applyAsLong(new PortRange(start.first(), end)) >= ports);
            return new PortRange(start.first(), last);
        }
        var below = Math.max(0, start.first() - WIDEST.first());
        var steps = least(0, below, step -> usable.applyAsLong(new PortRange(up.first() - step, up.last())) >= ports);
        return new PortRange(up.first() - steps, up.last());
    }

    /// The least number from `low` to `high` that is enough, or `high`.
    private static int least(int low, int high, IntPredicate enough) {
        while (low < high) {
            var middle = (low + high) >>> 1;
            if (enough.test(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
