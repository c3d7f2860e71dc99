package dev.socketcapacity.plan;

import static java.util.Comparator.comparingDouble;

import dev.socketcapacity.api.NodeSocketCapacityStatus.Bottleneck;
import dev.socketcapacity.api.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One limit, seen from a target: how often the target would fit.
///
/// @param used what is in use of it now; null where the kernel does not count it
/// @param max  what it allows
/// @param need what the target needs of it
public record Headroom(String limit, Long used, long max, long need) {

    private double times() {
        return (double) max / Math.max(1, need);
    }

    /// The limit that is hit first when the load grows in the target's proportions, and the one behind it.
    public static Optional<Bottleneck> bottleneck(
            Target target, Derivation derivation, Observation node, Baseline baseline) {
        var chain = of(target, derivation, node, baseline);
        return chain.isEmpty()
                ? Optional.empty()
                : Optional.of(new Bottleneck(
                        chain.getFirst().limit(),
                        chain.getFirst().used(),
                        chain.getFirst().max(),
                        chain.size() > 1 ? chain.get(1).limit() : null));
    }

    /// All limits that bound what the target asks for, the tightest first.
    static List<Headroom> of(Target target, Derivation derivation, Observation node, Baseline baseline) {
        var chain = new ArrayList<Headroom>();
        var usage = node.usage();
        if (target.connections() > 0) {
            add(chain, node, Setting.FILE_MAX, usage.files(), baseline.files() + target.connections());
            add(chain, node, Setting.NR_OPEN, null, target.connections());
            add(chain, node, Setting.CONNTRACK_MAX, usage.tracked(), baseline.tracked() + target.connections());
        }
        if (target.outbound() > 0) {
            node.effective(Setting.PORT_RANGE)
                    .map(range -> PortSet.of((PortRange) range))
                    .ifPresent(range -> {
                        var reserved = node.effective(Setting.RESERVED_PORTS)
                                .map(PortSet.class::cast)
                                .orElse(PortSet.EMPTY);
                        chain.add(new Headroom(
                                Setting.PORT_RANGE.key(),
                                null,
                                range.minus(reserved).size(),
                                target.outbound()));
                    });
        }
        if (target.threadCount() > 0) {
            var tasks = baseline.tasks() + target.threadCount();
            add(chain, node, Setting.MAX_MAP_COUNT, null, 2 * target.threadCount());
            add(chain, node, Setting.PID_MAX, usage.tasks(), tasks);
            add(chain, node, Setting.THREADS_MAX, usage.tasks(), tasks);
        }
        if (derivation.memory() > 0) {
            chain.add(new Headroom(
                    "memory", usage.memoryTotal() - usage.memoryFree(), baseline.memory(), derivation.memory()));
        }
        chain.sort(comparingDouble(Headroom::times));
        return chain;
    }

    private static void add(List<Headroom> chain, Observation node, Setting setting, Long used, long need) {
        node.effective(setting)
                .ifPresent(value -> chain.add(new Headroom(setting.key(), used, ((Amount) value).number(), need)));
    }
}
