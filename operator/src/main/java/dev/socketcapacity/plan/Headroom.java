package dev.socketcapacity.plan;

import static java.util.Comparator.comparing;

import dev.socketcapacity.api.NodeSocketCapacityStatus.Bottleneck;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// One limit, seen from a target: how often the target would fit.
///
/// @param limit       its row in the table
/// @param used        what is in use of it now; null where the kernel does not count it
/// @param max         what it allows
/// @param need        what is in use of it once the target is held, with what was in use before
/// @param connections what of `need` is for the target's connections; 0 where the limit does not count them
/// @param least       what the limit's own rule asks it to be for that: `need`, or more where there should be some room
public record Headroom(Limit limit, Long used, long max, long need, long connections, long least) {

    /// What falls short comes first, then what fills first as the load grows in the target's proportions. A queue fills
    /// only in bursts: where it is long enough, it is behind what fills for good.
    private static final Comparator<Headroom> TIGHTEST =
            comparing(Headroom::holds).thenComparing(Headroom::isQueue).thenComparingDouble(Headroom::times);

    /// Whether the target fits, by the limit's own rule.
    public boolean holds() {
        return max >= least;
    }

    /// What is left of it; null where the kernel does not count it.
    public Long left() {
        return used == null ? null : (Long) Math.max(0, max - used);
    }

    /// Whether nothing is left of it now.
    public boolean isHit() {
        return used != null && left() == 0;
    }

    /// How many connections fit, of both kinds in the target's proportions; empty where the limit does not count them.
    ///
    /// @param wished the target's connections of both kinds
    OptionalLong fits(long wished) {
        if (connections == 0) {
            return OptionalLong.empty();
        }
        var room = BigInteger.valueOf(Math.max(0, max - (need - connections)));
        return OptionalLong.of(room.multiply(BigInteger.valueOf(wished))
                .divide(BigInteger.valueOf(connections))
                .longValueExact());
    }

    private boolean isQueue() {
        return limit == Limit.SOMAXCONN;
    }

    private double times() {
        return (double) max / Math.max(1, need);
    }

    /// The limit that is hit first when the load grows in the target's proportions, and the one behind it.
    public static Optional<Bottleneck> bottleneck(Derivation derivation, Observation node) {
        var chain = of(derivation, node);
        return chain.stream()
                .findFirst()
                .map(first -> new Bottleneck(
                        first.limit.key(),
                        first.used,
                        first.max,
                        chain.size() > 1 ? chain.get(1).limit.key() : null));
    }

    /// All limits of the node that bound what the target asks for, the tightest first. Those of a process or a cgroup
    /// are theirs: nobody knows yet which will hold the load.
    public static List<Headroom> of(Derivation derivation, Observation node) {
        var chain = new ArrayList<Headroom>();
        for (var demand : derivation.demands()) {
            node.effective(demand.setting())
                    .map(value -> ((Amount) value).number())
                    .ifPresent(max -> chain.add(new Headroom(
                            demand.setting().limit(),
                            used(demand.setting(), node.usage()),
                            max,
                            demand.need(),
                            demand.connections(),
                            demand.least())));
        }
        derivation.outbound().flatMap(outbound -> ports(outbound, node)).ifPresent(chain::add);
        var memory = derivation.memory();
        if (memory.bytes() > 0) {
            chain.add(new Headroom(
                    Limit.MEMORY, null, memory.available(), memory.bytes(), memory.connections(), memory.bytes()));
        }
        return chain.stream().sorted(TIGHTEST).toList();
    }

    private static Long used(Setting setting, Usage usage) {
        return switch (setting) {
            case FILE_MAX -> usage.files();
            case CONNTRACK_MAX -> usage.tracked();
            case PID_MAX, THREADS_MAX -> usage.tasks();
            case NR_OPEN,
                    EPOLL_WATCHES,
                    RESERVED_PORTS,
                    PORT_RANGE,
                    CONNTRACK_BUCKETS,
                    SOMAXCONN,
                    SYN_BACKLOG,
                    MAX_MAP_COUNT,
                    NEIGHBOURS,
                    NEIGHBOURS_IPV6 -> null;
        };
    }

    private static Optional<Headroom> ports(Outbound outbound, Observation node) {
        var reserved =
                node.effective(Setting.RESERVED_PORTS).map(PortSet.class::cast).orElse(PortSet.EMPTY);
        return node.effective(Setting.PORT_RANGE)
                .map(range -> PortSet.of((PortRange) range).minus(reserved).size())
                .map(ports -> new Headroom(
                        Limit.PORT_RANGE,
                        null,
                        ports,
                        outbound.connections(),
                        outbound.connections(),
                        outbound.connections()));
    }
}
