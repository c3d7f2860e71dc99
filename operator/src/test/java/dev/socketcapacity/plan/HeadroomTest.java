package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.NodeSocketCapacityStatus.Bottleneck;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Which limit is in the way, of a wish and of a probe.
class HeadroomTest {

    private static final long GIB = 1L << 30;
    private static final Target MILLION = new Target(1_000_000L, null, null, List.of(), List.of(), null);
    private static final Target OUTBOUND = new Target(null, 20_000L, null, List.of(), List.of(), null);
    private static final Target THREADS = new Target(null, null, 20_000L, List.of(), List.of(), null);

    @Test
    void namesTheTightestLimitAndTheOneBehindIt() {
        var node = node(Map.of(
                Setting.FILE_MAX, new Amount(4_000_000),
                Setting.NR_OPEN, new Amount(1_500_000),
                Setting.CONNTRACK_MAX, new Amount(1_250_000)));

        assertThat(bottleneck(MILLION, node))
                .contains(new Bottleneck("net.netfilter.nf_conntrack_max", 200L, 1_250_000L, "fs.nr_open"));
    }

    @Test
    void aLimitThatTheKernelLacksIsInNobodysWay() {
        var node =
                node(Map.of(Setting.FILE_MAX, new Amount(4_000_000), Setting.NR_OPEN, new Amount(Integer.MAX_VALUE)));

        assertThat(bottleneck(MILLION, node)).contains(new Bottleneck("memory", null, 8 * GIB, "fs.file-max"));
    }

    @Test
    void reservedPortsAreNoRoom() {
        var range = Setting.PORT_RANGE;
        var values = Map.<Setting, Value>of(
                range, new PortRange(32_768, 60_999), Setting.RESERVED_PORTS, PortSet.parse("22,33000-42999"));

        assertThat(bottleneck(OUTBOUND, node(values)))
                .hasValueSatisfying(tightest -> assertThat(tightest)
                        .extracting(Bottleneck::limit, Bottleneck::max)
                        .containsExactly("net.ipv4.ip_local_port_range", 18_232L));
    }

    @Test
    void anAncestorsLimitOnTasksCountsWhateverPidMaxSays() {
        var values = Map.<Setting, Value>of(
                Setting.PID_MAX, new Amount(4_194_304), Setting.THREADS_MAX, new Amount(190_000));
        var container = new Observation(values, usage(), true, Optional.of(32_768L));

        assertThat(bottleneck(THREADS, container))
                .contains(new Bottleneck("kernel.pid_max", 500L, 32_768L, "kernel.threads-max"));
    }

    @Test
    void nothingIsInTheWayOfNothing() {
        assertThat(bottleneck(new Target(null, null, null, List.of(), List.of(), null), node(Map.of())))
                .isEmpty();
    }

    @Test
    void aGuestOwnsItsNamespacesAndNothingOfTheKernel() {
        var guest = new Observation(Map.of(), usage(), true, Optional.empty());
        for (var setting : Setting.values()) {
            assertThat(guest.owns(setting)).as(setting.key()).isEqualTo(setting.scope() != Setting.Scope.KERNEL);
            assertThat(node(Map.of()).owns(setting)).as(setting.key()).isTrue();
        }
        assertThat(guest.owns(Setting.PORT_RANGE)).isTrue();
        assertThat(guest.owns(Setting.CONNTRACK_MAX)).isFalse();
    }

    @Test
    void aProbeOfTheDefaultSizeUsesHalfOfWhatIsFreeAndOneThatWasAskedForNineTenths() {
        var node = wellSetUp(100_000, 100_000);

        assertThat(bound(node, null, "fs.file-max"))
                .isEqualTo(new ProbeBounds.Bound("fs.file-max", 97_000, "files", 24_250));
        assertThat(bound(node, 10L, "fs.file-max"))
                .isEqualTo(new ProbeBounds.Bound("fs.file-max", 97_000, "files", 43_650));
        assertThat(bound(node, null, "net.netfilter.nf_conntrack_max").connections())
                .isEqualTo(49_900);
        assertThat(bound(node, null, "net.ipv4.ip_local_port_range"))
                .isEqualTo(new ProbeBounds.Bound("net.ipv4.ip_local_port_range", 28_232, "ports", 4 * 14_116));
    }

    @Test
    void theTightestBoundForbidsAProbeThatIsLarger() {
        var bounds = bounds(wellSetUp(1_000_000, 10_200), null);

        assertThat(bounds.tightest().limit()).isEqualTo("net.netfilter.nf_conntrack_max");
        assertThat(bounds.against(5_000)).isEmpty();
        assertThat(bounds.against(5_001)).contains(bounds.tightest());
    }

    @Test
    void aTableThatIsOverFullForbidsEveryProbe() {
        assertThat(bounds(wellSetUp(2_000, 100_000), null).against(1)).isPresent();
    }

    @Test
    void aProbeUsesNoMoreThanItsShareOfTheNodesMemory() {
        var node = wellSetUp(9_000_000, 9_000_000);

        assertThat(bound(node, null, "maxMemoryPercent"))
                .as("a tenth of 16 GiB, two sockets a connection")
                .isEqualTo(new ProbeBounds.Bound("maxMemoryPercent", 1_638, "MiB", 224_280));
        assertThat(bound(node, 10L, "maxMemoryPercent")).isEqualTo(bound(node, null, "maxMemoryPercent"));
        assertThat(bound(node, null, "memory"))
                .as("half of 8 GiB")
                .isEqualTo(new ProbeBounds.Bound("memory", 8_192, "MiB", 560_700));
    }

    @Test
    void theContainerOfAProbeMustHoldItsProcessToo() {
        var node = wellSetUp(9_000_000, 9_000_000);
        var terms = ProbeTerms.of(MILLION);
        var small = ProbeBounds.of(node, terms, 4, 64L << 20);
        var larger = ProbeBounds.of(node, terms, 4, 80L << 20);

        assertThat(small.tightest().text()).isEqualTo("memory of the agent's container has room for 0 (0 MiB free)");
        assertThat(larger.tightest().text())
                .isEqualTo("memory of the agent's container has room for 1095 (16 MiB free)");
    }

    @Test
    void aKernelWithoutConntrackIsNotBoundByIt() {
        var values = Map.<Setting, Value>of(
                Setting.FILE_MAX, new Amount(1_000_000), Setting.PORT_RANGE, new PortRange(32_768, 60_999));

        assertThat(bounds(node(values), null).against(10_000)).isEmpty();
    }

    private static Optional<Bottleneck> bottleneck(Target target, Observation node) {
        var baseline = new Baseline(0, 0, 500, 8 * GIB, "32768 60999", List.of(), List.of());
        return Headroom.bottleneck(Derivation.of(target, baseline, PortSet.EMPTY), node);
    }

    private static ProbeBounds bounds(Observation node, Long asked) {
        var verification = new Verification(null, asked, null, null, null, null);
        var target = new Target(1_000_000L, null, null, List.of(), List.of(), verification);
        return ProbeBounds.of(node, ProbeTerms.of(target), 4, GIB);
    }

    private static ProbeBounds.Bound bound(Observation node, Long asked, String limit) {
        return bounds(node, asked).bounds().stream()
                .filter(bound -> bound.limit().equals(limit))
                .findFirst()
                .orElseThrow();
    }

    private static Observation wellSetUp(long fileMax, long conntrackMax) {
        var values = new EnumMap<Setting, Value>(Setting.class);
        values.put(Setting.FILE_MAX, new Amount(fileMax));
        values.put(Setting.CONNTRACK_MAX, new Amount(conntrackMax));
        values.put(Setting.PORT_RANGE, new PortRange(32_768, 60_999));
        return node(values);
    }

    private static Observation node(Map<Setting, Value> values) {
        return new Observation(values, usage(), false, Optional.empty());
    }

    private static Usage usage() {
        return new Usage(3_000, 200, 500, 0, 16 * GIB, 8 * GIB);
    }
}
