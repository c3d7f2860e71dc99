package dev.socketcapacity.plan;

import static java.lang.Math.ceilDiv;

import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.Target;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// From a target and what a node carried before it to the values it needs: a function of those two and nothing else.
///
/// @param requirements what each setting must be, in the order in which settings are raised
/// @param demands      what the target takes of each limit that adds up
/// @param outbound     its outbound connections and the ports for them; empty where it has none
/// @param memory       what it costs
/// @param remarks      what holds and is worth knowing all the same, as sentences without their full stops
/// @param refusals     why the target can't be held whatever is written; empty where it can
public record Derivation(
        Map<Setting, Requirement> requirements,
        List<Demand> demands,
        Optional<Outbound> outbound,
        MemoryPrice memory,
        List<String> remarks,
        List<Refusal> refusals) {

    /// Why a target can't be held, as a sentence without its full stop.
    public record Refusal(Reason reason, String sentence) {}

    /// kube-proxy's own ratio: chains of four entries on average when the table is full.
    public static final int TRACKED_PER_BUCKET = 4;

    /// The kernel rounds the hash up to whole pages: of 64 KiB on some machines, eight bytes a bucket.
    private static final long BUCKETS_PER_PAGE = 8_192;

    private static final long MAX_BUCKETS = Setting.CONNTRACK_BUCKETS.max() / BUCKETS_PER_PAGE * BUCKETS_PER_PAGE;

    /// Whether nothing at all may be written: spending memory that the node lacks hurts everybody on it.
    public boolean isForbidden() {
        return refusals.stream().anyMatch(refusal -> refusal.reason() == Reason.NotEnoughMemory);
    }

    /// @param kept ports that the installation never lets become ephemeral: NodePorts, kubelet, control plane
    public static Derivation of(Target target, Baseline baseline, PortSet kept) {
        var refusals = new ArrayList<Refusal>();
        var demands = Demand.of(target, baseline);
        var needs = new ArrayList<Requirement>();
        demands.forEach(demand -> needs.add(required(demand)));
        needs.addAll(byName(target, refusals));
        var ports = EphemeralPorts.of(target, baseline, start(baseline, needs), kept);
        needs.addAll(ports.requirements(target));
        var requirements = joined(needs, refusals);

        var outbound = ports.outbound(target);
        outbound.flatMap(Outbound::shortage)
                .map(sentence -> new Refusal(Reason.NotSettable, sentence))
                .ifPresent(refusals::add);
        var memory = MemoryPrice.of(target, buckets(requirements), baseline.memory());
        memory.shortage()
                .map(sentence -> new Refusal(Reason.NotEnoughMemory, sentence))
                .ifPresent(refusals::add);
        var remarks = outbound.flatMap(Outbound::slowness).stream().toList();
        return new Derivation(requirements, demands, outbound, memory, remarks, List.copyOf(refusals));
    }

    /// One for each setting, within what the kernel takes, and the hash with its table.
    private static Map<Setting, Requirement> joined(List<Requirement> needs, List<Refusal> refusals) {
        var requirements = new EnumMap<Setting, Requirement>(Setting.class);
        needs.forEach(need -> requirements.merge(need.setting(), need, Requirement::join));
        requirements.replaceAll((_, need) -> withinKernel(need, refusals));
        var table = requirements.get(Setting.CONNTRACK_MAX);
        if (table != null) {
            requirements.put(Setting.CONNTRACK_BUCKETS, bucketsFor(number(table)));
        }
        return requirements;
    }

    private static long buckets(Map<Setting, Requirement> requirements) {
        var hash = requirements.get(Setting.CONNTRACK_BUCKETS);
        return hash == null ? 0 : number(hash);
    }

    private static Requirement required(Demand demand) {
        return new Requirement(demand.setting(), new Amount(demand.least()), demand.why());
    }

    private static long number(Requirement need) {
        return ((Amount) need.value()).number();
    }

    private static List<Requirement> byName(Target target, List<Refusal> refusals) {
        var needs = new ArrayList<Requirement>();
        for (var asked : target.settings()) {
            Setting.requestable(asked.name())
                    .ifPresentOrElse(
                            setting -> needs.add(asIs(setting, asked)),
                            () -> refusals.add(new Refusal(
                                    Reason.UnknownSetting,
                                    "this agent has no setting " + asked.name() + ", update it")));
        }
        return needs;
    }

    private static Requirement asIs(Setting setting, SettingRequirement asked) {
        var value = asked.range() == null
                ? new Amount(asked.value())
                : new PortRange(
                        asked.range().first().intValue(), asked.range().last().intValue());
        return new Requirement(setting, value, "asked for by name");
    }

    /// The range as it was found, with what is asked for by name.
    private static PortRange start(Baseline baseline, List<Requirement> needs) {
        return needs.stream()
                .filter(need -> need.setting() == Setting.PORT_RANGE)
                .map(need -> (PortRange) need.value())
                .reduce(PortRange.parse(baseline.portRange()), PortRange::join);
    }

    /// What the kernel can't take is not written, it would answer EINVAL: as much as goes, and the rest is said.
    private static Requirement withinKernel(Requirement need, List<Refusal> refusals) {
        if (!(need.value() instanceof Amount(var number))) {
            return need;
        }
        var limit = need.setting().limit();
        if (number > limit.max()) {
            refusals.add(new Refusal(
                    Reason.NotSettable,
                    "%s must be %d (%s), and the kernel takes at most %d"
                            .formatted(limit.key(), number, need.why(), limit.max())));
        }
        return new Requirement(need.setting(), new Amount(Math.clamp(number, limit.min(), limit.max())), need.why());
    }

    private static Requirement bucketsFor(long entries) {
        var pages = ceilDiv(entries, TRACKED_PER_BUCKET * BUCKETS_PER_PAGE);
        return new Requirement(
                Setting.CONNTRACK_BUCKETS,
                new Amount(Math.min(pages * BUCKETS_PER_PAGE, MAX_BUCKETS)),
                "%d entries of %s, %d to a bucket, in pages of %d buckets; at most %d"
                        .formatted(
                                entries,
                                Setting.CONNTRACK_MAX.key(),
                                TRACKED_PER_BUCKET,
                                BUCKETS_PER_PAGE,
                                MAX_BUCKETS));
    }
}
