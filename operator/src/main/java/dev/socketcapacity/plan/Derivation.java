package dev.socketcapacity.plan;

import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.Target;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// From a target and what a node carried before it to the values it needs: a function of those two and nothing else.
///
/// @param requirements what each setting must be, in the order in which settings are raised
/// @param memory       bytes that the target will use
/// @param refusals     why the target can't be held whatever is written; empty where it can
public record Derivation(Map<Setting, Requirement> requirements, long memory, List<Refusal> refusals) {

    /// Why a target can't be held, as a sentence without its full stop.
    public record Refusal(Reason reason, String sentence) {}

    /// Room above what is asked for: a quarter.
    private static final double MARGIN = 1.25;

    /// Maps of a process besides its threads': heap, code, libraries.
    private static final long BASE_MAPS = 8_192;

    /// Descriptors of a server besides its connections: files, pipes, listeners.
    private static final long BASE_DESCRIPTORS = 1_024;

    /// kube-proxy's own ratio: chains of four entries on average when the table is full.
    public static final int TRACKED_PER_BUCKET = 4;

    /// The kernel rounds the hash up to whole pages: of 64 KiB on some machines, eight bytes a bucket.
    private static final long BUCKETS_PER_PAGE = 8_192;

    /// All connections come back within 16 seconds after an outage, and the server accepts none of them for one second.
    private static final long RECONNECT_SECONDS = 16;

    private static final long DEFAULT_BACKLOG = 4_096;
    private static final long MAX_BACKLOG = 65_535;

    private static final long BYTES_PER_LOCAL_PORT = 256;
    private static final long BYTES_PER_TRACKED = 384;
    private static final long BYTES_PER_BUCKET = 8;
    private static final long BYTES_PER_THREAD = 25_000;
    private static final PortRange WIDEST = new PortRange(1_024, PortRange.MAX_PORT);

    /// Whether nothing at all may be written: spending memory that the node lacks hurts everybody on it.
    public boolean isForbidden() {
        return refusals.stream().anyMatch(refusal -> refusal.reason() == Reason.NotEnoughMemory);
    }

    /// @param kept ports that the installation never lets become ephemeral: NodePorts, kubelet, control plane
    public static Derivation of(Target target, Baseline baseline, PortSet kept) {
        var needs = new ArrayList<Requirement>();
        var refusals = new ArrayList<Refusal>();
        if (target.connections() > 0) {
            needs.addAll(forConnections(target, baseline));
        }
        if (target.inbound() > 0) {
            needs.add(backlog(target.inbound()));
        }
        if (target.threadCount() > 0) {
            needs.addAll(forThreads(target.threadCount(), baseline));
        }
        for (var asked : target.settings()) {
            Setting.requestable(asked.name())
                    .ifPresentOrElse(
                            setting -> needs.add(asIs(setting, asked)),
                            () -> refusals.add(new Refusal(
                                    Reason.UnknownSetting,
                                    "this agent has no setting " + asked.name() + ", update it")));
        }
        forPorts(target, baseline, kept, needs, refusals);

        var requirements = new EnumMap<Setting, Requirement>(Setting.class);
        needs.forEach(need -> requirements.merge(need.setting(), need, Requirement::join));
        requirements.replaceAll((_, need) -> withinKernel(need, refusals));
        var hash = requirements.get(Setting.CONNTRACK_MAX);
        if (hash != null) {
            requirements.put(Setting.CONNTRACK_BUCKETS, bucketsFor(hash));
        }

        var memory = memoryOf(target) + hashMemory(requirements);
        if (memory > baseline.memory()) {
            refusals.add(new Refusal(
                    Reason.NotEnoughMemory,
                    "%d MiB of memory are needed and %d MiB may be used, %d MiB are missing"
                            .formatted(
                                    mebibytes(memory),
                                    mebibytes(baseline.memory()),
                                    mebibytes(memory - baseline.memory()))));
        }
        return new Derivation(requirements, memory, List.copyOf(refusals));
    }

    private static List<Requirement> forConnections(Target target, Baseline baseline) {
        var connections = target.connections();
        var probed = probedOnTop(target);
        var files = withMargin(baseline.files() + connections + 2 * probed);
        var tracked = withMargin(baseline.tracked() + connections + probed);
        // A multiple of 64: the kernel rounds the descriptors of a process up to whole words.
        var descriptors = (connections + BASE_DESCRIPTORS + 63) / 64 * 64;
        return List.of(
                new Requirement(
                        Setting.FILE_MAX,
                        new Amount(files),
                        "1.25 x (%d open files + %d connections + %d of the probe)"
                                .formatted(baseline.files(), connections, 2 * probed)),
                new Requirement(
                        Setting.NR_OPEN,
                        new Amount(descriptors),
                        "%d connections in one process + %d, in words of 64".formatted(connections, BASE_DESCRIPTORS)),
                new Requirement(
                        Setting.CONNTRACK_MAX,
                        new Amount(tracked),
                        "1.25 x (%d tracked + %d connections + %d of the probe)"
                                .formatted(baseline.tracked(), connections, probed)));
    }

    /// A probe of the default size makes do with what is free; one of a size that was asked for gets room of its own.
    private static long probedOnTop(Target target) {
        var terms = ProbeTerms.of(target);
        return terms.explicit() ? terms.connections() : 0;
    }

    private static Requirement bucketsFor(Requirement table) {
        var entries = ((Amount) table.value()).number();
        var pages = Math.ceilDiv(entries, TRACKED_PER_BUCKET * BUCKETS_PER_PAGE);
        return new Requirement(
                Setting.CONNTRACK_BUCKETS,
                new Amount(Math.min(pages, Setting.CONNTRACK_BUCKETS.max() / BUCKETS_PER_PAGE) * BUCKETS_PER_PAGE),
                "a quarter of %s %d, in pages of %d".formatted(Setting.CONNTRACK_MAX.key(), entries, BUCKETS_PER_PAGE));
    }

    private static Requirement backlog(long inbound) {
        var burst = (inbound + RECONNECT_SECONDS - 1) / RECONNECT_SECONDS;
        return new Requirement(
                Setting.SOMAXCONN,
                new Amount(Math.clamp(burst, DEFAULT_BACKLOG, MAX_BACKLOG)),
                "%d connections coming back within %d s, none accepted for one second; from %d to %d"
                        .formatted(inbound, RECONNECT_SECONDS, DEFAULT_BACKLOG, MAX_BACKLOG));
    }

    private static List<Requirement> forThreads(long threads, Baseline baseline) {
        var tasks = new Amount(withMargin(baseline.tasks() + threads));
        var why = "1.25 x (%d running + %d threads)".formatted(baseline.tasks(), threads);
        return List.of(
                new Requirement(
                        Setting.MAX_MAP_COUNT,
                        new Amount(2 * threads + BASE_MAPS),
                        "2 maps for each of %d threads + %d".formatted(threads, BASE_MAPS)),
                new Requirement(Setting.PID_MAX, tasks, why),
                new Requirement(Setting.THREADS_MAX, tasks, why));
    }

    /// What the kernel can't take is not written, it would answer EINVAL: as much as goes, and the rest is said.
    private static Requirement withinKernel(Requirement need, List<Refusal> refusals) {
        var max = need.setting().max();
        if (!(need.value() instanceof Amount(var number)) || number <= max) {
            return need;
        }
        refusals.add(new Refusal(
                Reason.NotSettable,
                "%s must be %d (%s), and the kernel takes at most %d"
                        .formatted(need.setting().key(), number, need.why(), max)));
        return new Requirement(need.setting(), new Amount(max), need.why());
    }

    private static Requirement asIs(Setting setting, SettingRequirement asked) {
        var value = asked.range() == null
                ? new Amount(asked.value())
                : new PortRange(
                        asked.range().first().intValue(), asked.range().last().intValue());
        return new Requirement(setting, value, "asked for by name");
    }

    /// The range and what is reserved in it, which depend on each other: what becomes ephemeral by our widening must
    /// not take a port that somebody needs.
    private static void forPorts(
            Target target, Baseline baseline, PortSet kept, List<Requirement> needs, List<Refusal> refusals) {
        var found = PortRange.parse(baseline.portRange());
        var asked = needs.stream()
                .filter(need -> need.setting() == Setting.PORT_RANGE)
                .map(Requirement::value)
                .reduce(found, Value::join);
        var reserve = PortSet.ofItems(target.reservedPorts());
        var needed = kept.plus(PortSet.ofItems(baseline.listening()));
        var unusable = PortSet.ofItems(baseline.reserved()).plus(reserve);

        var range = (PortRange) asked;
        if (target.outbound() > 0) {
            // Twice the connections: above half of the range connect() gets slower with every port that is taken.
            range = widened(range, 2 * target.outbound(), candidate -> usable(candidate, found, needed, unusable));
            var ports = usable(range, found, needed, unusable);
            if (ports < target.outbound()) {
                refusals.add(new Refusal(
                        Reason.NotSettable,
                        "%d outbound connections to one destination need as many local ports, and only %d can be used;"
                                        .formatted(target.outbound(), ports)
                                + " more take further source addresses or destinations"));
            }
            needs.add(new Requirement(
                    Setting.PORT_RANGE,
                    range,
                    "%d outbound connections, twice the ports where there are as many: %d usable"
                            .formatted(target.outbound(), ports)));
        }
        var protectedPorts =
                reserve.plus(PortSet.of(range).minus(PortSet.of(found)).within(needed));
        if (protectedPorts.size() > 0) {
            needs.add(new Requirement(
                    Setting.RESERVED_PORTS,
                    protectedPorts,
                    "asked for, or needed by somebody and ephemeral by our widening"));
        }
    }

    private interface PortCount {
        long of(PortRange range);
    }

    /// The narrowest wider range with that many usable ports: upwards first, where less listens, then downwards.
    private static PortRange widened(PortRange range, long ports, PortCount usable) {
        if (usable.of(range) >= ports) {
            return range;
        }
        var up = new PortRange(range.first(), WIDEST.last());
        if (usable.of(up) >= ports) {
            return new PortRange(
                    range.first(),
                    least(range.last(), up.last(), last -> usable.of(new PortRange(range.first(), last)) >= ports));
        }
        var below = range.first() - WIDEST.first();
        var steps =
                least(0, Math.max(0, below), step -> usable.of(new PortRange(up.first() - step, up.last())) >= ports);
        return new PortRange(up.first() - steps, up.last());
    }

    private interface Enough {
        boolean at(int number);
    }

    /// The least number from `low` to `high` that is enough, or `high`.
    private static int least(int low, int high, Enough enough) {
        while (low < high) {
            var middle = (low + high) >>> 1;
            if (enough.at(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private static long usable(PortRange range, PortRange found, PortSet needed, PortSet unusable) {
        var all = PortSet.of(range);
        var added = all.minus(PortSet.of(found));
        return all.minus(unusable.plus(added.within(needed))).size();
    }

    private static long memoryOf(Target target) {
        return target.connections() * (Baseline.BYTES_PER_SOCKET + BYTES_PER_TRACKED)
                + probedOnTop(target) * (2 * Baseline.BYTES_PER_SOCKET + BYTES_PER_TRACKED)
                + target.outbound() * BYTES_PER_LOCAL_PORT
                + target.threadCount() * BYTES_PER_THREAD;
    }

    private static long hashMemory(Map<Setting, Requirement> requirements) {
        var buckets = requirements.get(Setting.CONNTRACK_BUCKETS);
        return buckets == null ? 0 : BYTES_PER_BUCKET * ((Amount) buckets.value()).number();
    }

    private static long withMargin(long number) {
        return (long) Math.ceil(MARGIN * number);
    }

    private static long mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }
}
