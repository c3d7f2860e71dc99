package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.SettingRequirement.Range;
import dev.socketcapacity.api.SocketCapacity;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MergeTest {

    @Test
    void whatNobodyAsksForIsNotAskedFor() {
        var target = merge("inboundConnections: 5", "inboundConnections: 7");

        assertThat(target.inboundConnections()).isEqualTo(7);
        assertThat(target.outboundConnections()).isNull();
        assertThat(target.threads()).isNull();
        assertThat(target.settings()).isEmpty();
        assertThat(target.reservedPorts()).isEmpty();
        assertThat(target.verification()).isNull();
    }

    @Test
    void eachNumberIsTheLargerOneWhoeverAsksForIt() {
        var target = merge("inboundConnections: 1000, threads: 2", "inboundConnections: 10, outboundConnections: 70");

        assertThat(target.inbound()).isEqualTo(1_000);
        assertThat(target.outbound()).isEqualTo(70);
        assertThat(target.threadCount()).isEqualTo(2);
    }

    @Test
    void settingsAreUnitedAndOfTheSameNameTheLargerIsTaken() {
        var target = merge(
                "settings: [{name: net.core.somaxconn, value: 9000}, {name: fs.file-max, value: 70000}]",
                "settings: [{name: net.core.somaxconn, value: 8000}, {name: kernel.pid_max, value: 90000}]");

        assertThat(target.settings())
                .containsExactly(
                        new SettingRequirement("fs.file-max", 70_000L, null),
                        new SettingRequirement("kernel.pid_max", 90_000L, null),
                        new SettingRequirement("net.core.somaxconn", 9_000L, null));
    }

    @Test
    void rangesOfPortsAreWidenedUntilTheyHoldBoth() {
        var name = "settings: [{name: net.ipv4.ip_local_port_range, range: {first: %d, last: %d}}]";

        assertThat(merge(name.formatted(2_000, 3_000), name.formatted(5_000, 6_000))
                        .settings())
                .containsExactly(
                        new SettingRequirement("net.ipv4.ip_local_port_range", null, new Range(2_000L, 6_000L)));
    }

    @Test
    void reservedPortsAreUnited() {
        assertThat(merge(
                                "threads: 1, ports: {reserve: [\"8081-8090\", \"22\"]}",
                                "threads: 1, ports: {reserve: [\"8080\", \"8085-8100\"]}")
                        .reservedPorts())
                .containsExactly("22", "8080-8100");
    }

    @Test
    void theProofIsThatOfTheStrictest() {
        assertThat(merge(
                                "threads: 1, verification: {connections: 9, holdSeconds: 70, periodSeconds: 9000, maxMemoryPercent: 5}",
                                "threads: 1, verification: {connections: 4000, timeoutSeconds: 600, periodSeconds: 8000,"
                                        + " maxMemoryPercent: 50}")
                        .verification())
                .isEqualTo(new Verification(null, 4_000L, 70L, 600L, 8_000L, 5L));
    }

    @Test
    void computingIsEnoughOnlyWhereItIsEnoughForEverybody() {
        var compute = "threads: 1, verification: {method: Compute}";

        assertThat(merge(compute, compute).verification().method()).isEqualTo(Verification.COMPUTE);
        assertThat(merge(compute, "threads: 1").verification()).isNull();
        assertThat(merge(compute, "threads: 1, verification: {method: Probe}").verification())
                .isNull();
        assertThat(merge(compute, "threads: 1, verification: {holdSeconds: 9}").verification())
                .isEqualTo(new Verification(null, null, 9L, null, null, null));
    }

    @Test
    void aWishThatIsLeftOutForItsPortsIsLeftOutAsAWhole() {
        var many = reserving(64);
        var more = "inboundConnections: 999999, ports: {reserve: [\"60000\"]}";
        var other = "inboundConnections: 3";

        for (var order : List.of(List.of(0, 1, 2), List.of(2, 1, 0), List.of(1, 0, 2))) {
            var wishes = List.of(wish("a", many), wish("b", more), wish("c", other));
            var merge = Merge.of(order.stream().map(wishes::get).toList());

            assertThat(merge.leftOut()).extracting(MergeTest::name).containsExactly("b");
            assertThat(merge.included()).extracting(MergeTest::name).containsExactly("a", "c");
            assertThat(merge.target().inbound()).isEqualTo(3);
        }
    }

    @Test
    void portsWithinTheRangesOfOthersAddNoRange() {
        var merge = Merge.of(List.of(
                wish("a", reserving(64)), wish("b", "inboundConnections: 1, ports: {reserve: [\"2000\", \"2002\"]}")));

        assertThat(merge.leftOut()).isEmpty();
        assertThat(merge.target().reservedPorts()).hasSize(64);
    }

    private static String reserving(int ranges) {
        var ports = new StringBuilder();
        for (var i = 0; i < ranges; i++) {
            ports.append(i == 0 ? "" : ", ").append('"').append(2_000 + 2 * i).append('"');
        }
        return "inboundConnections: 1, ports: {reserve: [%s]}".formatted(ports);
    }

    private static Target merge(String... specs) {
        var wishes = Arrays.stream(specs).map(spec -> wish("w" + spec.hashCode(), spec));
        return Merge.of(wishes.toList()).target();
    }

    private static String name(SocketCapacity wish) {
        return wish.getMetadata().getName();
    }

    private static SocketCapacity wish(String name, String spec) {
        return Serialization.unmarshal("""
                apiVersion: socketcapacity.dev/v1beta1
                kind: SocketCapacity
                metadata: {name: %1$s, uid: u-%1$s}
                spec: {nodeSelector: {}, %2$s}
                """.formatted(name, spec), SocketCapacity.class);
    }
}
