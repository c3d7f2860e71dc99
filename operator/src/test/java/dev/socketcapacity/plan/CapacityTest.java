package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// How many connections a node can hold in all.
class CapacityTest {

    private static final long GIB = 1L << 30;
    private static final Target MILLION = inbound(1_000_000, null);

    /// 3000 files open, 200 connections tracked, 500 tasks besides the wish.
    private static final Baseline BASELINE =
            new Baseline(3_000, 200, 500, 64 * GIB, "32768 60999", List.of(), List.of());

    @Test
    void isWhatTheTightestLimitLeavesBesideWhatTheNodeCarriedBefore() {
        var roomy = Map.<Setting, Value>of(
                Setting.FILE_MAX, new Amount(9_000_000),
                Setting.NR_OPEN, new Amount(9_000_000),
                Setting.EPOLL_WATCHES, new Amount(9_000_000),
                Setting.CONNTRACK_MAX, new Amount(9_000_000));

        assertThat(capacity(MILLION, with(roomy, Setting.FILE_MAX, 1_600_000)))
                .contains(new Capacity(Limit.FILE_MAX, 1_597_000));
        assertThat(capacity(MILLION, with(roomy, Setting.NR_OPEN, 1_048_576)))
                .as("of one process, which has other files too")
                .contains(new Capacity(Limit.NR_OPEN, 1_047_552));
        assertThat(capacity(MILLION, with(roomy, Setting.EPOLL_WATCHES, 1_300_000)))
                .contains(new Capacity(Limit.EPOLL_WATCHES, 1_300_000));
        assertThat(capacity(MILLION, with(roomy, Setting.CONNTRACK_MAX, 1_250_000)))
                .contains(new Capacity(Limit.CONNTRACK_MAX, 1_249_800));
    }

    @Test
    void isLessThanTheWishWhereALimitIs() {
        assertThat(capacity(MILLION, Map.of(Setting.FILE_MAX, new Amount(503_000))))
                .contains(new Capacity(Limit.FILE_MAX, 500_000));
        assertThat(capacity(MILLION, Map.of(Setting.FILE_MAX, new Amount(2_000))))
                .as("others have it all")
                .contains(new Capacity(Limit.FILE_MAX, 0));
    }

    @Test
    void whatTheProbeNeedsOfItsOwnIsNotForTheWish() {
        var probed = inbound(1_000_000, 50_000L);

        assertThat(capacity(probed, Map.of(Setting.FILE_MAX, new Amount(1_600_000))))
                .contains(new Capacity(Limit.FILE_MAX, 1_497_000));
        assertThat(capacity(probed, Map.of(Setting.CONNTRACK_MAX, new Amount(1_600_000))))
                .contains(new Capacity(Limit.CONNTRACK_MAX, 1_549_800));
    }

    @Test
    void localPortsBoundTheOutboundPartAndSoTheWholeInItsProportions() {
        var outbound = new Target(null, 20_000L, null, List.of(), List.of(), null);
        var mixed = new Target(60_000L, 20_000L, null, List.of(), List.of(), null);
        var ports = Map.<Setting, Value>of(Setting.PORT_RANGE, new PortRange(32_768, 60_999));
        var reserved = Map.<Setting, Value>of(
                Setting.PORT_RANGE,
                new PortRange(32_768, 60_999),
                Setting.RESERVED_PORTS,
                PortSet.parse("33000-42999"));

        assertThat(capacity(outbound, ports)).contains(new Capacity(Limit.PORT_RANGE, 28_232));
        assertThat(capacity(mixed, ports)).contains(new Capacity(Limit.PORT_RANGE, 4 * 28_232));
        assertThat(capacity(outbound, reserved))
                .as("others have reserved some")
                .contains(new Capacity(Limit.PORT_RANGE, 18_232));
    }

    @Test
    void memoryIsSharedOutAfterWhatThreadsAndTheHashTake() {
        var baseline = new Baseline(0, 0, 0, 2 * GIB, "32768 60999", List.of(), List.of());
        var withThreads = new Target(100_000L, null, 20_000L, List.of(), List.of(), null);
        var hash = 32_768 * 8; // of 125,000 entries, four to a bucket
        var expected = (2 * GIB - 20_000 * 25_000L - hash) / (3_830 + 220 + 384);

        var derivation = Derivation.of(withThreads, baseline, PortSet.EMPTY);
        assertThat(Capacity.of(withThreads, derivation, node(Map.of()))).contains(new Capacity(Limit.MEMORY, expected));
    }

    @Test
    void anOutboundConnectionTakesTheMemoryOfItsLocalPortToo() {
        var baseline = new Baseline(0, 0, 0, GIB, "32768 60999", List.of(), List.of());
        var outbound = new Target(null, 10_000L, null, List.of(), List.of(), null);
        var hash = 8_192 * 8;

        assertThat(Capacity.of(outbound, Derivation.of(outbound, baseline, PortSet.EMPTY), node(Map.of())))
                .contains(new Capacity(Limit.MEMORY, (GIB - hash) / (3_830 + 220 + 384 + 256)));
    }

    @Test
    void unlimitedIsNoNumberThatOverflows() {
        var largest = inbound(16_777_216, null);
        var unlimited = Map.<Setting, Value>of(
                Setting.FILE_MAX, new Amount(Long.MAX_VALUE),
                Setting.CONNTRACK_MAX, new Amount(Long.MAX_VALUE),
                Setting.NR_OPEN, new Amount(2_147_483_584));
        var endless = new Baseline(0, 0, 0, Long.MAX_VALUE / 2, "32768 60999", List.of(), List.of());

        assertThat(Capacity.of(largest, Derivation.of(largest, endless, PortSet.EMPTY), node(unlimited)))
                .contains(new Capacity(Limit.NR_OPEN, 2_147_483_584 - 1_024));
    }

    @Test
    void aWishWithoutConnectionsHasNone() {
        var threads = new Target(null, null, 20_000L, List.of(), List.of(), null);

        assertThat(capacity(threads, Map.of(Setting.PID_MAX, new Amount(32_768))))
                .isEmpty();
    }

    private static Optional<Capacity> capacity(Target target, Map<Setting, Value> values) {
        return Capacity.of(target, Derivation.of(target, BASELINE, PortSet.EMPTY), node(values));
    }

    private static Map<Setting, Value> with(Map<Setting, Value> values, Setting setting, long number) {
        var changed = new HashMap<>(values);
        changed.put(setting, new Amount(number));
        return changed;
    }

    private static Target inbound(long connections, Long probed) {
        var verification = new Verification(null, probed, null, null, null, null);
        return new Target(connections, null, null, List.of(), List.of(), verification);
    }

    private static Observation node(Map<Setting, Value> values) {
        var usage = new Usage(700_000, 300_000, 500, 0, 64 * GIB, 8 * GIB);
        return new Observation(values, usage, false, Optional.empty());
    }
}
