package dev.socketcapacity.agent.probe;

import static dev.socketcapacity.agent.probe.NodeAndPod.POD_IPV4;
import static dev.socketcapacity.agent.probe.NodeAndPod.POD_IPV6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What can stop a probe, provoked on the real kernel in two network namespaces, and what the probe says of it.
///
/// The kernel counts the connections that the pod has accepted, and the probe closes none before it has fallen
/// short: so the count is how many it held.
@Timeout(120)
class CausesIT {

    private static final int DESCRIPTORS = 19_000;

    /// Slow enough that what is done in the midst of it is done in time.
    private static final int PER_SECOND = 1_000;

    private static final int MANY = 5_000;
    private static final int MIDST = 500;

    private static final ProbeRequest MANY_TO_ONE = new ProbeRequest(MANY, 1, Duration.ZERO, Duration.ofMinutes(1));

    @RegisterExtension
    private final NodeAndPod machine = NodeAndPod.forEachTest();

    @Test
    void namesTheDescriptorsOfTheProcess() throws InterruptedException {
        var oneTable =
                new ChildProbe(route(POD_IPV4), ChildProbe.UNPACED, 1, machine.inPod(5_000, ChildProbe.javaCommand()));
        var fell = fellShort(oneTable.run(MANY_TO_ONE));
        assertThat(fell.cause())
                .isEqualTo(
                        new Cause(Obstacle.DESCRIPTORS, "the process has no descriptors left (RLIMIT_NOFILE is 5000)"));
        assertThat(fell.held()).isCloseTo(2_500, withinPercentage(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.231.7.2", "fd00:231:7::2"})
    void namesThePortsTowardsOneDestination(String pod) throws InterruptedException {
        machine.onNode("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 41499");
        machine.onNode("sysctl", "-qw", "net.ipv4.ip_local_reserved_ports=40100-40299,50000");
        assertNames(
                Obstacle.PORTS,
                "no local ports left (net.ipv4.ip_local_port_range is 40000 41499,"
                        + " of which net.ipv4.ip_local_reserved_ports takes away 200)",
                1_300,
                unpaced(InetAddress.ofLiteral(pod)).run(MANY_TO_ONE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.231.7.2", "fd00:231:7::2"})
    void namesTheHalfOfThePortsPastWhichEachTakesLonger(String pod) throws InterruptedException {
        machine.onNode("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 46199");
        machine.onNode("sysctl", "-qw", "net.ipv4.ip_local_reserved_ports=40100-40299,50000");
        assertThat(slowDown(pod, 2_900)).isEmpty();
        assertThat(slowDown(pod, MANY)).hasValueSatisfying(slowDown -> {
            assertThat(slowDown.connections()).isCloseTo(3_000, withinPercentage(1));
            assertThat(slowDown.times()).isGreaterThan(3);
            assertThat(slowDown.text())
                    .matches("connect\\(2\\) takes \\d+ times as long once \\d+ of the 6000 local ports towards one"
                            + " destination are taken \\(net.ipv4.ip_local_port_range is 40000 46199,"
                            + " of which net.ipv4.ip_local_reserved_ports takes away 200\\)");
        });
        assertNothingIsLeft();
    }

    private Optional<SlowDown> slowDown(String pod, int connections) throws InterruptedException {
        var request = new ProbeRequest(connections, 1, Duration.ZERO, Duration.ofMinutes(1));
        var result = unpaced(InetAddress.ofLiteral(pod)).run(request);
        assertThat(result).isInstanceOf(Held.class);
        return ((Held) result).opening().slowDown();
    }

    @Test
    void namesAnAcceptQueueThatIsTooShort() throws InterruptedException {
        machine.inPod("sysctl", "-qw", "net.core.somaxconn=1");
        assertNames(
                Obstacle.ACCEPT_QUEUE,
                "the queue of those that wait to be accepted is full (net.core.somaxconn is 1)",
                unpaced(POD_IPV4).run(MANY_TO_ONE));
    }

    @Test
    void namesAQueueOfHalfOpenConnectionsThatOthersHaveFilled() throws InterruptedException, IOException {
        machine.inPod("sysctl", "-qw", "net.ipv4.tcp_syncookies=0", "net.ipv4.tcp_max_syn_backlog=128");
        var others = new ArrayList<SocketChannel>();
        try {
            var result = paced(POD_IPV4).run(MANY_TO_ONE, inTheMidst(() -> others.addAll(halfOpen(120))));
            assertNames(Obstacle.SYN_QUEUE, null, result);
        } finally {
            for (var other : others) {
                other.close();
            }
        }
    }

    /// From an address of the node that hears of no answer.
    private List<SocketChannel> halfOpen(int count) {
        machine.onNode("ip", "address", "add", "10.231.7.5/24", "dev", "veth0");
        machine.filterOnNode("input", "ip daddr 10.231.7.5 drop");
        var destination =
                new InetSocketAddress(POD_IPV4, machine.listeningInPod().getFirst());
        try (var node = NetworkNamespace.enter(machine.nodePath())) {
            return node.call(() -> {
                var opened = new ArrayList<SocketChannel>();
                for (int i = 0; i < count; i++) {
                    var socket = SocketChannel.open();
                    socket.configureBlocking(false);
                    socket.bind(new InetSocketAddress("10.231.7.5", 0));
                    socket.connect(destination);
                    opened.add(socket);
                }
                return opened;
            });
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void namesAFirewallThatDropsWhatLeaves() throws InterruptedException {
        assertNames(
                Obstacle.FIREWALL,
                "a firewall on this machine drops what it sends",
                paced(POD_IPV4)
                        .run(
                                MANY_TO_ONE,
                                inTheMidst(() -> machine.filterOnNode("output", "tcp flags syn / syn,ack drop"))));
    }

    @ParameterizedTest
    @CsvSource({
        "10.231.7.2, reject",
        "10.231.7.2, reject with icmp admin-prohibited",
        "10.231.7.2, reject with icmp host-unreachable",
        "fd00:231:7::2, reject",
        "fd00:231:7::2, reject with icmpv6 admin-prohibited",
    })
    void namesARejection(String pod, String verdict) throws InterruptedException {
        assertNames(
                Obstacle.REJECTED,
                "a firewall or router on the way rejects connections",
                paced(InetAddress.ofLiteral(pod))
                        .run(MANY_TO_ONE, inTheMidst(() -> machine.filterInPod("input", "tcp flags syn " + verdict))));
    }

    @Test
    void namesAFirewallThatResets() throws InterruptedException {
        assertNames(
                Obstacle.NOBODY_LISTENS,
                "nobody listens at the address, or a firewall resets connections",
                paced(POD_IPV4)
                        .run(
                                MANY_TO_ONE,
                                inTheMidst(() -> machine.filterInPod("input", "tcp flags syn reject with tcp reset"))));
    }

    @Test
    void namesARouteThatIsGone() throws InterruptedException {
        assertNames(
                Obstacle.NO_ROUTE,
                "there is no route to the address",
                paced(POD_IPV4).run(MANY_TO_ONE, inTheMidst(() -> machine.onNode("ip", "link", "delete", "veth0"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unreachable", "prohibit", "blackhole"})
    void namesARouteThatLeadsNowhere(String kind) throws InterruptedException {
        assertNames(
                Obstacle.NO_ROUTE,
                "there is no route to the address",
                paced(POD_IPV4)
                        .run(
                                MANY_TO_ONE,
                                inTheMidst(() -> machine.onNode("ip", "route", "add", kind, "10.231.7.2/32"))));
    }

    @Test
    void namesAPodThatHasNoAddressToBeReachedFrom() throws InterruptedException {
        machine.onNode("ip", "link", "set", "lo", "down");
        machine.onNode("ip", "-6", "address", "flush", "dev", "veth0");
        machine.onNode("ip", "-6", "route", "add", "fd00:231:7::/64", "dev", "veth0");
        assertNames(
                Obstacle.NO_ROUTE,
                "this side has no address to reach the other from",
                paced(POD_IPV6).run(MANY_TO_ONE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.231.7.2", "fd00:231:7::2"})
    void namesANeighbourThatIsDead(String pod) throws InterruptedException {
        assertNames(
                Obstacle.NO_NEIGHBOUR,
                "nobody on the link answers at the address",
                paced(InetAddress.ofLiteral(pod)).run(MANY_TO_ONE, inTheMidst(() -> {
                    machine.stopNeighbourDiscovery();
                })));
    }

    /// The kernel gives up on it sooner then: here, as it is told to.
    @Test
    void namesANeighbourThatIsDeadAndThatOthersHaveAskedFor() throws InterruptedException {
        assertNames(
                Obstacle.NO_NEIGHBOUR,
                "nobody on the link answers at the address",
                paced(POD_IPV4).run(MANY_TO_ONE, inTheMidst(() -> {
                    machine.stopNeighbourDiscovery();
                    await().until(() -> machine.onNode("ip neighbour show nud incomplete nud failed".split(" "))
                            .contains(POD_IPV4.getHostAddress()));
                    machine.onNode("ip", "neighbour", "flush", "dev", "veth0");
                })));
    }

    @Test
    void namesAnAddressThatIsAnothers() throws InterruptedException {
        assertNames(
                Obstacle.NOBODY_LISTENS,
                "nobody listens at the address, or a firewall resets connections",
                paced(POD_IPV4)
                        .run(
                                MANY_TO_ONE,
                                inTheMidst(() ->
                                        machine.onNode("ip", "address", "add", "10.231.7.2/32", "dev", "veth0"))));
    }

    @Test
    void doesNotGuessWhereTheOtherSideDropsWhatArrives() throws InterruptedException {
        assertSaysNothing(
                "connection tracking dropped 0 packets, 0 could not leave, 0 destinations were called unreachable,"
                        + " 0 connections are half-open, a datagram left",
                paced(POD_IPV4).run(MANY_TO_ONE, inTheMidst(() -> machine.filterInPod("input", "tcp flags syn drop"))));
    }

    /// The errno of a datagram is that of a full table of neighbours.
    @Test
    void doesNotGuessWhereTheDeviceDropsWhatLeaves() throws InterruptedException {
        assertSaysNothing(
                " 0 connections are half-open, a datagram got ENOBUFS",
                paced(POD_IPV4)
                        .run(
                                MANY_TO_ONE,
                                inTheMidst(() -> machine.onNode(
                                        "tc", "qdisc", "add", "dev", "veth0", "root", "bfifo", "limit", "1"))));
    }

    /// Its own half-open connections fill the queue then, and are no cause.
    @Test
    void doesNotGuessWhereAnswersAreLost() throws InterruptedException {
        machine.inPod("sysctl", "-qw", "net.ipv4.tcp_syncookies=0", "net.ipv4.tcp_max_syn_backlog=128");
        machine.filterOnNode("input", "tcp flags syn,ack / syn,ack drop");
        assertSaysNothing(
                " 97 connections are half-open, a datagram left",
                unpaced(POD_IPV4).run(MANY_TO_ONE));
    }

    @Test
    void saysNothingAgainstAQueueThatWasFullForAMoment() throws InterruptedException {
        machine.inPod("sysctl", "-qw", "net.core.somaxconn=100");
        assertSaysNothing(
                "a datagram left",
                unpaced(POD_IPV4)
                        .run(MANY_TO_ONE, inTheMidst(() -> machine.filterInPod("input", "tcp flags syn drop"))));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "nothing",
            value = {
                "10.231.7.2, nothing, false",
                "fd00:231:7::2, nothing, false",
                "10.231.7.2, tcp dport 1-65535 accept, false",
                "fd00:231:7::2, tcp dport 1-65535 accept, false",
                "10.231.7.2, ct state new accept, true",
                "fd00:231:7::2, ct state new accept, true",
            })
    void tellsWhetherItsConnectionsAreTracked(String pod, String rule, boolean tracked) throws InterruptedException {
        if (rule != null) {
            machine.filterOnNode("output", rule);
        }
        assertThat(isTracked(InetAddress.ofLiteral(pod))).isEqualTo(tracked);
    }

    @Test
    void tellsThatWhatIsExemptIsNotTracked() throws InterruptedException {
        machine.filterOnNode("input", "ct state new accept");
        machine.onNode(
                "nft",
                "add table t; add chain t raw { type filter hook output priority raw; };"
                        + " add rule t raw oif veth0 notrack");
        assertThat(isTracked(POD_IPV4)).isFalse();
        assertThat(isTracked(POD_IPV6)).isTrue();
    }

    @Test
    void tellsThatNothingIsTrackedAnyMore() throws InterruptedException {
        machine.filterOnNode("output", "ct state new accept");
        assertThat(isTracked(POD_IPV4)).isTrue();
        machine.onNode("nft", "flush ruleset");
        assertThat(isTracked(POD_IPV4)).isFalse();
    }

    private boolean isTracked(InetAddress pod) throws InterruptedException {
        var result = unpaced(pod).run(new ProbeRequest(10, 1, Duration.ZERO, Duration.ofMinutes(1)));
        assertThat(result).isInstanceOf(Held.class);
        return ((Held) result).opening().tracked();
    }

    private void assertNames(Obstacle obstacle, String evidence, ProbeResult result) {
        assertNames(obstacle, evidence, machine.everAccepted(), result);
    }

    private void assertNames(Obstacle obstacle, String evidence, long held, ProbeResult result) {
        var fell = fellShort(result);
        assertThat(fell.cause().obstacle()).as("%s", fell).isEqualTo(obstacle);
        if (evidence != null) {
            assertThat(fell.cause().evidence()).isEqualTo(evidence);
        }
        assertThat((long) fell.held()).isCloseTo(held, withinPercentage(1)).isEqualTo(machine.everAccepted());
        assertNothingIsLeft();
    }

    private void assertSaysNothing(String words, ProbeResult result) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        Inconclusive.class,
                        inconclusive -> assertThat(inconclusive.cause())
                                .startsWith("held %d of 5000 connections, and nothing tells why no more: "
                                        .formatted(machine.everAccepted()))
                                .endsWith(words));
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() {
        await().untilAsserted(() -> assertThat(machine.socketsInPod()).isZero());
        assertThat(machine.timeWaits()).isZero();
    }

    private static FellShort fellShort(ProbeResult result) {
        assertThat(result).isInstanceOf(FellShort.class);
        return (FellShort) result;
    }

    private Route route(InetAddress pod) {
        return new Route.HostToPod(machine.nodePath(), pod);
    }

    private ChildProbe unpaced(InetAddress pod) {
        return new ChildProbe(
                route(pod),
                ChildProbe.UNPACED,
                ChildProbe.ENOUGH_TABLES,
                machine.inPod(DESCRIPTORS, ChildProbe.javaCommand()));
    }

    private ChildProbe paced(InetAddress pod) {
        return new ChildProbe(
                route(pod), PER_SECOND, ChildProbe.ENOUGH_TABLES, machine.inPod(DESCRIPTORS, ChildProbe.javaCommand()));
    }

    private static IntConsumer inTheMidst(Runnable action) {
        var done = new AtomicBoolean();
        return open -> {
            if (open >= MIDST && done.compareAndSet(false, true)) {
                action.run();
            }
        };
    }
}
