package dev.socketcapacity.plan;

import static java.util.stream.Collectors.toSet;

import dev.socketcapacity.api.ApiGroup;
import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSelector;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.api.Ports;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.SocketCapacity;
import dev.socketcapacity.api.SocketCapacitySpec;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import dev.socketcapacity.plan.Move.Memory;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// What holds of every wish on every node. Each run has a seed of its own, which it prints; a failure prints that of
/// its own case: `-Dplan.seed=` with it begins with that very case.
class PlanPropertiesTest {

    private static final int CASES = 20_000;
    private static final long SEED = Long.getLong("plan.seed", new Random().nextLong());
    private static final PortSet KEPT = PortSet.parse("2379-2380,6443,10248-10259,30000-32767");
    private static final List<Setting> BY_NAME = Arrays.stream(Setting.values())
            .filter(Setting::isRequestable)
            .filter(setting -> setting.shape() == Value.Shape.AMOUNT)
            .toList();

    private interface Property {
        void check(Random random);
    }

    private static long checked;

    private static void always(Property property) {
        for (var seed = SEED; seed < SEED + CASES; seed++) {
            checked++;
            try {
                property.check(new Random(seed));
            } catch (AssertionError | RuntimeException failure) {
                throw new AssertionError("-Dplan.seed=" + seed + ": " + failure.getMessage(), failure);
            }
        }
    }

    @AfterAll
    static void tellsTheSeed() {
        System.out.printf("%d cases, -Dplan.seed=%d%n", checked, SEED);
    }

    @Test
    void everyDerivedValueIsOneThatTheKernelTakes() {
        always(random -> {
            var node = new Machine(random);
            node.derive(target(random, true)).requirements().forEach((setting, need) -> {
                var limit = setting.limit();
                switch (need.value()) {
                    case Amount(var number) -> expect(limit.min() <= number && number <= limit.max(), need);
                    case PortRange range ->
                        expect(
                                range.first()
                                        >= Math.min(1_024, node.foundRange().first()),
                                need);
                    case PortSet ports -> expect(ports.size() > 0, need);
                }
            });
        });
    }

    @Test
    void aNodeNeverGoesBelowWhatWasFoundHoldsItsWishAndHasItsOwnBackInTheEnd() {
        always(random -> {
            var node = new Machine(random);
            var found = Map.copyOf(node.values);
            for (var wishes = 1 + random.nextInt(3); wishes > 0; wishes--) {
                var needs = node.derive(target(random, true)).requirements();
                node.hold(needs);
                found.forEach(
                        (setting, value) -> expect(node.values.get(setting).covers(value), setting));
                needs.forEach((setting, need) -> expect(node.values.get(setting).covers(need.value()), need));

                var held = Map.copyOf(node.values);
                node.hold(needs);
                expect(node.values.equals(held), "the second time nothing is left to do");
            }
            node.release();
            expect(node.values.equals(found), "what was found is back");
        });
    }

    @Test
    void everyDerivedValueIsEnoughAndOneLessIsNot() {
        always(random -> {
            var node = new Machine(random);
            var target = target(random, true);
            var derived = node.derive(target);
            var rule = new Rule(target, node.baseline(target), derived);
            derived.requirements().forEach((setting, need) -> {
                if (need.value() instanceof Amount(var number)) {
                    var outOfReach = number == setting.max() && isRefused(derived, Reason.NotSettable);
                    expect(rule.isEnough(setting, number) || outOfReach, "too little: " + need);
                    var least = number == setting.limit().min();
                    expect(least || !rule.isEnough(setting, number - 1), "more than enough: " + need);
                }
            });
        });
    }

    @Test
    void theRangeHasTwoPortsForAConnectionOrIsTheWidestAndTakesNoneThatIsNeeded() {
        always(random -> {
            var node = new Machine(random);
            var target = target(random, true);
            var derived = node.derive(target);
            if (target.outbound() == 0) {
                return;
            }
            var ports = new LocalPorts(node, target, derived);
            var usable = ports.usable(ports.range);
            var enough = 2 * target.outbound();
            expect(usable >= enough || ports.isWidest(), ports.range + " is too narrow");
            expect(ports.isAsItWas() || ports.usable(ports.narrowed()) < enough, ports.range + " is too wide");
            expect(ports.ours.equals(ports.toBeReserved()), ports.ours + " and not " + ports.toBeReserved());
            expect(derived.outbound().equals(Optional.of(new Outbound(target.outbound(), usable))), derived.outbound());
        });
    }

    @Test
    void soManySourcesAreEnoughAndOneLessIsNot() {
        always(random -> {
            var outbound = new Outbound(within(random, 1, 10_000_000), within(random, 1, 64_512));
            var needed = outbound.sourcesNeeded().getAsLong();
            var fast = outbound.sourcesFast().getAsLong();
            var all = outbound.connections();
            expect(needed * outbound.ports() >= all && (needed - 1) * outbound.ports() < all, outbound);
            expect(fast * outbound.ports() >= 2 * all && (fast - 1) * outbound.ports() < 2 * all, outbound);
            expect(outbound.fits() == (needed == 1) && outbound.isFast() == (fast == 1), outbound);
        });
    }

    @Test
    void aWishIsRefusedForWantOfMemoryOrPortsExactlyWhereTheyAreMissing() {
        always(random -> {
            var node = new Machine(random);
            var target = target(random, true);
            var derived = node.derive(target);
            var rule = new Rule(target, node.baseline(target), derived);
            expect(derived.isForbidden() == rule.price() > node.baseline(target).memory(), derived.memory());
            expect(!node.derive(target, rule.price()).isForbidden(), "just enough memory");
            expect(rule.price() == 0 || node.derive(target, rule.price() - 1).isForbidden(), "a byte is missing");
            derived.outbound().ifPresent(outbound -> {
                var tooFew = outbound.ports() < outbound.connections();
                expect(!tooFew || isRefused(derived, Reason.NotSettable), outbound);
                var slow = !tooFew && outbound.ports() < 2 * outbound.connections();
                expect(derived.remarks().isEmpty() != slow, outbound);
            });
        });
    }

    @Test
    void aLimitFallsShortExactlyWhereItIsRaisedAndHoldsOnceItIs() {
        always(random -> {
            var node = new Machine(random);
            var target = withoutSettings(target(random, false));
            var derived = node.derive(target);
            if (!derived.refusals().isEmpty()) {
                return;
            }
            var before = Map.copyOf(node.values);
            var tight = Headroom.of(derived, node.observation()).stream()
                    .filter(row -> !row.holds())
                    .map(Headroom::limit)
                    .collect(toSet());
            node.hold(derived.requirements());
            derived.demands().forEach(demand -> {
                var raised = !node.values.get(demand.setting()).equals(before.get(demand.setting()));
                expect(raised == tight.contains(demand.setting().limit()), demand);
            });
            expect(Headroom.of(derived, node.observation()).stream().allMatch(Headroom::holds), "all hold");
        });
    }

    @Test
    void aNodeThatHoldsItsValuesHasRoomForTheWholeWish() {
        always(random -> {
            var node = new Machine(random);
            var target = target(random, true);
            var derived = node.derive(target);
            if (derived.refusals().isEmpty()) {
                node.hold(derived.requirements());
                var capacity = Capacity.of(target, derived, node.observation());
                expect(capacity.isPresent() == target.connections() > 0, capacity);
                expect(capacity.stream().allMatch(room -> room.connections() >= target.connections()), capacity);
            }
        });
    }

    @Test
    void aLargerWishNeedsAsMuchOrMoreOfEverythingAndIsRefusedWhereTheSmallerOneIs() {
        always(random -> {
            var node = new Machine(random);
            var wish = target(random, false);
            var larger = new Target(
                    wish.inbound() + random.nextInt(100_000),
                    wish.outbound() + random.nextInt(1_000),
                    wish.threadCount() + random.nextInt(10_000),
                    wish.settings(),
                    PortSet.ofItems(wish.reservedPorts()).plus(ports(random, 2)).items(),
                    wish.verification());
            expectCovers(node.derive(larger), node.derive(wish));
        });
    }

    @Test
    void whatHoldsTheMergeHoldsEachWishInIt() {
        always(random -> {
            var node = new Machine(random);
            var wishes = List.of(wish("a", random, false), wish("b", random, false));
            var merged = node.derive(Merge.of(wishes).target());
            wishes.forEach(wish ->
                    expectCovers(merged, node.derive(Merge.of(List.of(wish)).target())));
        });
    }

    @Test
    void theOrderOfWishesIsOfNoImportance() {
        always(random -> {
            var a = wish("a", random, true);
            var b = wish("b", random, true);
            var c = wish("c", random, true);
            var all = Merge.of(List.of(a, b, c)).target();
            expect(Merge.of(List.of(c, a, b)).target().equals(all), "commutative");
            expect(merged(merged(a, b), c).equals(all), "associative, left first");
            expect(merged(a, wish("b", merged(b, c))).equals(all), "associative, right first");
            expect(merged(a, a).equals(merged(a)), "idempotent");
        });
    }

    @Test
    void aFleetComesToRestWithAnObjectForEachNodeThatIsWishedForOrMayNotBeReleasedAndForNoOther() {
        always(random -> {
            var wishes = List.of(fleetWish("a", null, random), fleetWish("b", "edge", random))
                    .subList(random.nextInt(3), 2);
            var nodes = IntStream.range(0, 5)
                    .filter(_ -> random.nextInt(4) > 0)
                    .mapToObj(i -> node("n" + i, random))
                    .toList();
            var objects = new HashMap<String, NodeSocketCapacity>();
            IntStream.range(0, 5)
                    .filter(_ -> random.nextBoolean())
                    .mapToObj(i -> object("n" + i, random.nextInt(4) > 0 ? "u-n" + i : "old", random))
                    .forEach(object -> objects.put(object.getMetadata().getName(), object));
            var started = Map.copyOf(objects);

            for (var round = 0; round < 2; round++) {
                for (var step : FleetPlan.of(new Fleet(wishes, nodes, objects), Set.of())
                        .steps()) {
                    apply(step, objects);
                }
            }

            var atRest = new HashMap<String, AtRest>();
            for (var node : nodes) {
                var wished = wishes.stream()
                        .filter(wish -> Fleet.selects(wish, node))
                        .toList();
                var before = started.get(node.name());
                var goesOn = before != null && before.getSpec().nodeUID().equals(node.uid());
                var action = node.handsOff() ? NodeSocketCapacitySpec.HOLD : NodeSocketCapacitySpec.ENACT;
                if (!wished.isEmpty() && (goesOn || node.ready() && !node.cordoned())) {
                    atRest.put(node.name(), new AtRest(action, Merge.of(wished).target()));
                } else if (wished.isEmpty() && goesOn && node.handsOff() && !FleetPlan.hasReleased(before)) {
                    atRest.put(node.name(), new AtRest(NodeSocketCapacitySpec.HOLD, null));
                }
            }
            expect(objects.keySet().equals(atRest.keySet()), objects.keySet() + " and not " + atRest.keySet());
            objects.forEach((name, object) -> expect(
                    atRest.get(name)
                            .equals(new AtRest(
                                    object.getSpec().action(), object.getSpec().target())),
                    object));
        });
    }

    private record AtRest(String action, Target target) {}

    /// With agents that release at once, and hold something of ours wherever they are put on hold.
    private static void apply(FleetPlan.Step step, Map<String, NodeSocketCapacity> objects) {
        switch (step) {
            case FleetPlan.Step.Enact(var node, var merge) ->
                objects.put(
                        node.name(),
                        object(node.name(), node.uid(), NodeSocketCapacitySpec.ENACT, merge.target(), Reason.Pending));
            case FleetPlan.Step.Hold(var node, var merge) -> {
                var target = merge.included().isEmpty() ? null : merge.target();
                objects.put(
                        node.name(),
                        object(node.name(), node.uid(), NodeSocketCapacitySpec.HOLD, target, Reason.OnHold));
            }
            case FleetPlan.Step.Release(var object) -> {
                var name = object.getMetadata().getName();
                var uid = object.getSpec().nodeUID();
                objects.put(name, object(name, uid, NodeSocketCapacitySpec.RELEASE, null, Reason.Released));
            }
            case FleetPlan.Step.Delete(var object) ->
                objects.remove(object.getMetadata().getName());
        }
    }

    private static SocketCapacity fleetWish(String name, String pool, Random random) {
        var selector = new NodeSelector(pool == null ? null : Map.of("pool", pool), null);
        return wish(name, new SocketCapacitySpec(selector, within(random, 1, 99), null, null, null, null, null));
    }

    private static NodeView node(String name, Random random) {
        return new NodeView(
                name,
                "u-" + name,
                labels(random),
                random.nextInt(5) > 0,
                random.nextInt(5) > 0,
                random.nextInt(5) == 0,
                "boot");
    }

    private static Map<String, String> labels(Random random) {
        var labels = new HashMap<String, String>();
        if (random.nextBoolean()) {
            labels.put("pool", "edge");
        }
        if (random.nextInt(3) == 0) {
            labels.put(ApiGroup.HANDS_OFF_LABEL, random.nextInt(4) > 0 ? "true" : "false");
        }
        return labels;
    }

    private static NodeSocketCapacity object(String name, String uid, Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> object(name, uid, NodeSocketCapacitySpec.ENACT, target(random, true), Reason.AllValuesHeld);
            case 1 -> object(name, uid, NodeSocketCapacitySpec.HOLD, target(random, true), Reason.OnHold);
            default ->
                object(
                        name,
                        uid,
                        NodeSocketCapacitySpec.RELEASE,
                        null,
                        random.nextBoolean() ? Reason.Releasing : Reason.Released);
        };
    }

    private static NodeSocketCapacity object(String name, String uid, String action, Target target, Reason enacted) {
        var object = new NodeSocketCapacity();
        object.setMetadata(
                new ObjectMetaBuilder().withName(name).withGeneration(3L).build());
        object.setSpec(new NodeSocketCapacitySpec(uid, action, target, null, null, null, null));
        var condition = Condition.of(
                Condition.Type.Enacted, Condition.Status.False, enacted, "Because.", 3, Instant.EPOCH, List.of());
        object.setStatus(
                new NodeSocketCapacityStatus(3L, "boot", null, null, null, null, null, null, null, List.of(condition)));
        return object;
    }

    private static void expectCovers(Derivation larger, Derivation smaller) {
        smaller.requirements().forEach((setting, need) -> {
            var more = larger.requirements().get(setting);
            expect(more != null && more.value().covers(need.value()), need + " is not covered by " + more);
        });
        expect(larger.memory().bytes() >= smaller.memory().bytes(), "memory");
        smaller.refusals().forEach(refusal -> expect(isRefused(larger, refusal.reason()), refusal));
    }

    private static boolean isRefused(Derivation derivation, Reason reason) {
        return derivation.refusals().stream().anyMatch(refusal -> refusal.reason() == reason);
    }

    private static void expect(boolean holds, Object what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    private static Target merged(SocketCapacity... wishes) {
        return Merge.of(List.of(wishes)).target();
    }

    private static Target merged(Target target, SocketCapacity wish) {
        return merged(wish("ab", target), wish);
    }

    /// A merge as a wish, to be merged further.
    private static SocketCapacity wish(String name, Target target) {
        return wish(
                name,
                new SocketCapacitySpec(
                        new NodeSelector(null, null),
                        target.inboundConnections(),
                        target.outboundConnections(),
                        target.threads(),
                        target.settings(),
                        new Ports(target.reservedPorts()),
                        target.verification()));
    }

    private static SocketCapacity wish(String name, SocketCapacitySpec spec) {
        var wish = new SocketCapacity();
        wish.setMetadata(
                new ObjectMetaBuilder().withName(name).withUid("u-" + name).build());
        wish.setSpec(spec);
        return wish;
    }

    private static Target withoutSettings(Target target) {
        return new Target(
                target.inboundConnections(),
                target.outboundConnections(),
                target.threads(),
                List.of(),
                target.reservedPorts(),
                target.verification());
    }

    private static Target target(Random random, boolean byName) {
        return merged(wish("any", random, byName));
    }

    /// @param byName whether also a range by name, which moves the start from which a range is widened
    private static SocketCapacity wish(String name, Random random, boolean byName) {
        var settings = new ArrayList<SettingRequirement>();
        if (random.nextInt(3) == 0) {
            var setting = BY_NAME.get(random.nextInt(BY_NAME.size()));
            settings.add(new SettingRequirement(setting.key(), within(random, setting.min(), setting.max()), null));
        }
        if (byName && random.nextInt(4) == 0) {
            var first = 1_024 + random.nextInt(64_000);
            var last = first + 1 + random.nextInt(PortRange.MAX_PORT - first);
            settings.add(new SettingRequirement(
                    Setting.PORT_RANGE.key(), null, new SettingRequirement.Range((long) first, (long) last)));
        }
        return wish(
                name,
                new SocketCapacitySpec(
                        new NodeSelector(null, null),
                        sometimes(random, beyond(random, 16_777_216)),
                        sometimes(random, beyond(random, 64_512)),
                        sometimes(random, beyond(random, 4_194_304)),
                        settings,
                        random.nextBoolean() ? new Ports(ports(random, 6).items()) : null,
                        verification(random)));
    }

    private static Verification verification(Random random) {
        return random.nextInt(3) > 0
                ? null
                : new Verification(
                        random.nextBoolean() ? null : random.nextBoolean() ? Verification.COMPUTE : Verification.PROBE,
                        sometimes(random, 1_000_000),
                        sometimes(random, 3_600),
                        sometimes(random, 7_200),
                        sometimes(random, 604_800),
                        sometimes(random, 90));
    }

    /// The command line takes more than the API does.
    private static long beyond(Random random, long bound) {
        return random.nextInt(8) == 0 ? 1_000 * bound : bound;
    }

    private static Long sometimes(Random random, long max) {
        return random.nextBoolean() ? null : (Long) within(random, 1, max);
    }

    /// As many small numbers as large ones.
    private static long within(Random random, long min, long max) {
        return Math.clamp(
                (long) Math.exp(Math.log(min) + random.nextDouble() * Math.log((double) max / min)), min, max);
    }

    private static PortSet ports(Random random, int most) {
        return new PortSet(IntStream.range(0, random.nextInt(most + 1))
                .mapToObj(_ -> {
                    var first = random.nextInt(PortRange.MAX_PORT);
                    return new PortRange(first, Math.min(PortRange.MAX_PORT, first + random.nextInt(300)));
                })
                .toList());
    }

    /// A kernel, and what we remember of it.
    private static final class Machine {

        private final Map<Setting, Value> values = new EnumMap<>(Setting.class);
        private final Map<Setting, Memory> memories = new EnumMap<>(Setting.class);
        private final PortRange foundRange;
        private final PortSet foundReserved;
        private final Usage usage;
        private final PortSet listening;
        private final long bucketsPerPage;

        Machine(Random random) {
            // 4, 16 or 64 KiB
            bucketsPerPage = 512L << 2 * random.nextInt(3);
            for (var setting : Setting.values()) {
                values.put(
                        setting,
                        switch (setting.shape()) {
                            case AMOUNT -> taken(setting, new Amount(within(random, setting.min(), setting.max())));
                            case RANGE -> {
                                var first = 1_000 + random.nextInt(60_000);
                                yield new PortRange(first, first + random.nextInt(PortRange.MAX_PORT - first));
                            }
                            case PORTS -> ports(random, 4);
                        });
            }
            foundRange = (PortRange) values.get(Setting.PORT_RANGE);
            foundReserved = (PortSet) values.get(Setting.RESERVED_PORTS);
            usage = new Usage(
                    within(random, 1, 2_000_000),
                    within(random, 1, 2_000_000),
                    within(random, 1, 100_000),
                    within(random, 1, 2_000_000),
                    1L << 40,
                    within(random, 1L << 20, 1L << 40));
            listening = ports(random, 20);
        }

        /// As it was found; later readings would make the values follow the load.
        Baseline baseline(Target target) {
            return Baseline.of(target, usage, listening, foundRange, foundReserved);
        }

        Observation observation() {
            return new Observation(values, usage, false, Optional.empty());
        }

        PortRange foundRange() {
            return foundRange;
        }

        Derivation derive(Target target) {
            return Derivation.of(target, baseline(target), KEPT);
        }

        /// As if the node had this much memory for it.
        Derivation derive(Target target, long memory) {
            var found = baseline(target);
            return Derivation.of(
                    target,
                    new Baseline(
                            found.files(),
                            found.tracked(),
                            found.tasks(),
                            memory,
                            found.portRange(),
                            found.reserved(),
                            found.listening()),
                    KEPT);
        }

        /// Keeps to no order: what each value comes to does not depend on it.
        void hold(Map<Setting, Requirement> needs) {
            for (var setting : Setting.values()) {
                var actual = values.get(setting);
                var memory = Optional.ofNullable(memories.get(setting));
                if (needs.containsKey(setting)) {
                    write(setting, Move.towards(needs.get(setting).value(), actual, memory));
                } else {
                    memory.ifPresent(known -> putBack(setting, known));
                }
            }
        }

        void release() {
            hold(Map.of());
        }

        private void putBack(Setting setting, Memory memory) {
            write(setting, Move.back(values.get(setting), memory));
            memories.remove(setting);
        }

        private void write(Setting setting, Move move) {
            var before = values.get(setting);
            switch (move) {
                case Move.Keep _ -> {}
                case Move.Raise(var to) -> values.put(setting, taken(setting, to));
                case Move.Lower(var to) -> values.put(setting, taken(setting, to));
            }
            if (!(move instanceof Move.Keep)) {
                var original =
                        memories.containsKey(setting) ? memories.get(setting).original() : before;
                memories.put(setting, new Memory(original, original, List.of(values.get(setting))));
            }
        }

        /// As the kernel takes it: whole pages of hash.
        private Value taken(Setting setting, Value value) {
            return setting == Setting.CONNTRACK_BUCKETS
                    ? new Amount(Math.ceilDiv(((Amount) value).number(), bucketsPerPage) * bucketsPerPage)
                    : value;
        }
    }

    /// The table's formulas, written down a second time: in whole numbers, and by whether a value is enough.
    private record Rule(Target target, Baseline baseline, Derivation derived) {

        boolean isEnough(Setting setting, long value) {
            return value >= named(setting) && covers(setting, value);
        }

        private boolean covers(Setting setting, long value) {
            var connections = target.inbound() + target.outbound();
            return switch (setting) {
                case FILE_MAX ->
                    connections == 0 || 4 * quarter(value) >= 5 * (baseline.files() + connections + 2 * probed());
                case NR_OPEN -> connections == 0 || value / 64 * 64 >= connections + 1_024;
                case EPOLL_WATCHES -> connections == 0 || 4 * quarter(value) >= 5 * connections;
                case CONNTRACK_MAX ->
                    connections == 0 || 4 * value >= 5 * (baseline.tracked() + connections + probed());
                case CONNTRACK_BUCKETS ->
                    value / 8_192 * 8_192 * 4 >= amount(Setting.CONNTRACK_MAX) || value == 268_427_264;
                case SOMAXCONN ->
                    target.inbound() == 0 || value >= 4_096 && 16 * value >= target.inbound() || value >= 65_535;
                case MAX_MAP_COUNT -> target.threadCount() == 0 || value >= 2 * target.threadCount() + 8_192;
                case PID_MAX, THREADS_MAX ->
                    target.threadCount() == 0 || 4 * value >= 5 * (baseline.tasks() + target.threadCount());
                case SYN_BACKLOG, NEIGHBOURS, NEIGHBOURS_IPV6 -> true;
                case RESERVED_PORTS, PORT_RANGE -> throw new IllegalArgumentException(setting + " is no number");
            };
        }

        /// Four times the largest number is no number any more.
        private static long quarter(long value) {
            return Math.min(value, Long.MAX_VALUE / 4);
        }

        private long named(Setting setting) {
            return target.settings().stream()
                    .filter(asked -> asked.name().equals(setting.key()))
                    .mapToLong(SettingRequirement::value)
                    .findFirst()
                    .orElse(0);
        }

        /// Only what is asked for in so many words gets room of its own.
        private long probed() {
            var asked = target.verification();
            return asked == null || asked.connections() == null || Verification.COMPUTE.equals(asked.method())
                    ? 0
                    : asked.connections();
        }

        private long amount(Setting setting) {
            return ((Amount) derived.requirements().get(setting).value()).number();
        }

        long price() {
            var connections = target.inbound() + target.outbound();
            var buckets = derived.requirements().containsKey(Setting.CONNTRACK_BUCKETS)
                    ? amount(Setting.CONNTRACK_BUCKETS)
                    : 0;
            return 3_830 * (connections + 2 * probed())
                    + 384 * (connections + probed())
                    + 220 * connections
                    + 256 * target.outbound()
                    + 8 * buckets
                    + 25_000 * target.threadCount();
        }
    }

    /// Which ports the kernel hands out, port by port.
    private static final class LocalPorts {

        private final PortSet found;
        private final PortSet asked;
        private final PortSet needed;
        private final PortSet ours;
        private final BitSet reserved;
        private final PortRange start;
        private final PortRange range;

        LocalPorts(Machine node, Target target, Derivation derived) {
            found = PortSet.of(node.foundRange);
            asked = PortSet.ofItems(target.reservedPorts());
            needed = KEPT.plus(node.listening);
            ours = Optional.ofNullable(derived.requirements().get(Setting.RESERVED_PORTS))
                    .map(need -> (PortSet) need.value())
                    .orElse(PortSet.EMPTY);
            reserved = bits(node.foundReserved.plus(ours));
            start = target.settings().stream()
                    .map(SettingRequirement::range)
                    .filter(Objects::nonNull)
                    .map(asked ->
                            new PortRange(asked.first().intValue(), asked.last().intValue()))
                    .reduce(node.foundRange, PortRange::join);
            range = (PortRange) derived.requirements().get(Setting.PORT_RANGE).value();
        }

        long usable(PortRange candidate) {
            var ports = bits(PortSet.of(candidate));
            ports.andNot(reserved);
            return ports.cardinality();
        }

        boolean isWidest() {
            return range.first() == Math.min(1_024, start.first()) && range.last() == PortRange.MAX_PORT;
        }

        boolean isAsItWas() {
            return range.equals(start);
        }

        /// By one port, at the end that was moved last: upwards first, then downwards.
        PortRange narrowed() {
            return range.first() == start.first()
                    ? new PortRange(range.first(), range.last() - 1)
                    : new PortRange(range.first() + 1, range.last());
        }

        /// What is asked for, and what becomes ephemeral by our widening though somebody needs it: no port more or
        /// less.
        PortSet toBeReserved() {
            var widened = PortSet.of(range).minus(found);
            return asked.plus(widened.within(needed));
        }

        private static BitSet bits(PortSet ports) {
            var bits = new BitSet();
            ports.ranges().forEach(range -> bits.set(range.first(), range.last() + 1));
            return bits;
        }
    }
}
