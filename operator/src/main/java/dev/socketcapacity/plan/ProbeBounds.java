package dev.socketcapacity.plan;

import static java.util.Comparator.comparingLong;

import java.util.List;
import java.util.Optional;

/// How many connections a probe may open on a node as it is now: it must not spend what others need.
public record ProbeBounds(List<Bound> bounds) {

    /// One thing that is used up by a probe, and how many connections it allows.
    ///
    /// @param free what is left of it, in its unit
    /// @param unit as a plural
    public record Bound(String limit, long free, String unit, long connections) {

        /// What it allows, as a clause.
        public String text() {
            return "%s has room for %d (%d %s free)".formatted(limit, connections, free, unit);
        }
    }

    /// What of each headroom a probe of the default size may use, and one of a size that was asked for.
    private static final double DEFAULT_SHARE = 0.5;

    private static final double EXPLICIT_SHARE = 0.9;

    /// Both ends are on this node.
    private static final long BYTES_PER_CONNECTION = 2 * Baseline.BYTES_PER_SOCKET;

    /// What the probe's own process takes in the agent's container.
    private static final long PROCESS_BYTES = 64L << 20;

    /// @param destinations  over how many listeners the connections are spread: each gives the whole port range anew
    /// @param containerFree bytes that the agent's own container may still use
    public static ProbeBounds of(Observation node, ProbeTerms terms, int destinations, long containerFree) {
        var share = terms.explicit() ? EXPLICIT_SHARE : DEFAULT_SHARE;
        var usage = node.usage();
        var files = amount(node, Setting.FILE_MAX) - usage.files();
        var tracked = amount(node, Setting.CONNTRACK_MAX) - usage.tracked();
        return new ProbeBounds(List.of(
                new Bound(Setting.FILE_MAX.key(), files, "files", (long) (share * files / 2)),
                new Bound(Setting.CONNTRACK_MAX.key(), tracked, "entries", (long) (share * tracked)),
                new Bound(Setting.PORT_RANGE.key(), ports(node), "ports", (long) (share * ports(node)) * destinations),
                memory("memory", usage.memoryFree(), share),
                memory("memory of the agent's container", Math.max(0, containerFree - PROCESS_BYTES), share),
                memory("maxMemoryPercent", terms.maxMemoryPercent() * usage.memoryTotal() / 100, 1)));
    }

    private static Bound memory(String limit, long bytes, double share) {
        return new Bound(limit, bytes >> 20, "MiB", (long) (share * bytes / BYTES_PER_CONNECTION));
    }

    private static long amount(Observation node, Setting setting) {
        return node.effective(setting).map(value -> ((Amount) value).number()).orElse(Long.MAX_VALUE / 4);
    }

    private static long ports(Observation node) {
        var range = node.effective(Setting.PORT_RANGE).map(PortRange.class::cast);
        var reserved =
                node.effective(Setting.RESERVED_PORTS).map(PortSet.class::cast).orElse(PortSet.EMPTY);
        return range.map(ports -> PortSet.of(ports).minus(reserved).size()).orElse(0);
    }

    /// The tightest bound.
    public Bound tightest() {
        return bounds.stream().min(comparingLong(Bound::connections)).orElseThrow();
    }

    /// The bound that forbids this number, if one does.
    public Optional<Bound> against(long connections) {
        return Optional.of(tightest()).filter(bound -> bound.connections() < connections);
    }
}
