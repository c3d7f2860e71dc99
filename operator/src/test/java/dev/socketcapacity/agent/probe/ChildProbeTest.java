package dev.socketcapacity.agent.probe;

import static dev.socketcapacity.agent.probe.NodeAndPod.POD_IPV4;
import static dev.socketcapacity.agent.probe.NodeAndPod.POD_IPV6;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// On the real kernel, between two network namespaces.
@Timeout(60)
class ChildProbeTest {

    private static final int DESCRIPTORS = 5_000;
    private static final Duration HOLD = Duration.ofMillis(100);
    private static final Duration LONG_HOLD = Duration.ofMinutes(5);
    private static final Duration TIMEOUT = Duration.ofMinutes(10);
    private static final Duration PROMPTLY = Duration.ofSeconds(10);

    @RegisterExtension
    private final NodeAndPod machine = NodeAndPod.forEachTest();

    @Test
    void holdsEveryConnectionAtOneMoment() {
        var sockets =
                whileHeld(probe(POD_IPV4), 3_000, 1, () -> List.of(machine.socketsOnNode(), machine.socketsInPod()));
        assertThat(sockets).containsExactly(3_000, 3_000 + 1);
    }

    @Test
    void holdsThemOverIpv6() {
        assertThat(whileHeld(probe(POD_IPV6), 500, 1, machine::socketsOnNode)).isEqualTo(500);
    }

    @Test
    void spreadsEvenlyOverItsDestinations() {
        var destinations = whileHeld(probe(POD_IPV4, 200), 900, 3, machine::destinations);
        assertThat(destinations.stream().collect(groupingBy(identity(), counting())))
                .hasSize(3)
                .allSatisfy((_, connections) -> assertThat(connections).isEqualTo(300));
    }

    @Test
    void findsThemAliveAfterTheHold() throws InterruptedException {
        assertThat(probe(POD_IPV4).run(request(2_000, 1, HOLD))).isInstanceOfSatisfying(Held.class, held -> {
            assertThat(held.connections()).isEqualTo(2_000);
            assertThat(held.held()).isGreaterThanOrEqualTo(HOLD);
        });
    }

    @Test
    void holdsMoreThanOneDescriptorTableTakes() throws InterruptedException {
        assertThat(probe(POD_IPV4, 200).run(request(1_000, 1, HOLD))).isInstanceOf(Held.class);
    }

    @Test
    void fallsShortOfDescriptorsInOneTable() throws InterruptedException {
        var probe = new ChildProbe(route(POD_IPV4), ChildProbe.UNPACED, 1, java(DESCRIPTORS));
        assertThat(probe.run(request(DESCRIPTORS, 1, HOLD))).isInstanceOfSatisfying(FellShort.class, fell -> {
            assertThat(fell.cause().obstacle()).isEqualTo(Obstacle.DESCRIPTORS);
            assertThat(fell.held()).isCloseTo(DESCRIPTORS / 2, withinPercentage(1));
        });
    }

    @Test
    void fallsShortWhereNobodyListens() throws InterruptedException {
        var nobody = new Route.ToServers(List.of(new InetSocketAddress(POD_IPV4, 7_475)));
        var probe = new ChildProbe(
                nobody,
                ChildProbe.UNPACED,
                ChildProbe.ENOUGH_TABLES,
                machine.onNode(DESCRIPTORS, ChildProbe.javaCommand()));
        assertThat(probe.run(request(10, 1, HOLD)))
                .satisfies(fellShort(
                        0, Obstacle.NOBODY_LISTENS, "nobody listens at the address, or a firewall resets connections"));
    }

    @Test
    void leavesNothingBehind() throws InterruptedException {
        assertThat(probe(POD_IPV4).run(request(2_000, 4, Duration.ZERO))).isInstanceOf(Held.class);
        assertThat(machine.socketsOnNode()).isZero();
        assertThat(machine.socketsInPod()).isZero();
        assertThat(machine.timeWaits()).isZero();
    }

    @Test
    void fallsShortOfPortsTowardsOneDestination() throws InterruptedException {
        machine.onNode("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40099");
        assertThat(probe(POD_IPV4).run(request(150, 1, HOLD)))
                .satisfies(fellShort(
                        100, Obstacle.PORTS, "no local ports left (net.ipv4.ip_local_port_range is 40000 40099)"));
        assertThat(machine.socketsOnNode()).isZero();
        assertThat(machine.timeWaits()).isZero();
    }

    @Test
    void staysClearOfThePortRangeWithMoreDestinations() throws InterruptedException {
        machine.onNode("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40099");
        assertThat(probe(POD_IPV4).run(request(150, 2, HOLD))).isInstanceOf(Held.class);
    }

    @Test
    void saysNothingWhereNothingAnswersAndNothingTellsWhy() throws InterruptedException {
        machine.inPod("ip", "route", "add", "blackhole", "10.231.7.1/32");
        assertThat(probe(POD_IPV4).run(request(100, 1, HOLD)))
                .isInstanceOfSatisfying(
                        Inconclusive.class,
                        inconclusive -> assertThat(inconclusive.cause())
                                .startsWith("held 0 of 100 connections, and nothing tells why no more: ")
                                .contains("connect: ETIMEDOUT, 100 unanswered, ")
                                .contains(" 0 could not leave, ")
                                .endsWith(", a datagram left"));
    }

    @Test
    void noticesConnectionsThatAreLostWhileTheyAreHeld() throws InterruptedException {
        var result = probe(POD_IPV4).run(request(100, 1, Duration.ofSeconds(3)), whenOpen(100, () -> {
            machine.inPod("ss", "-HtnK", "dport", "=", machine.sources().getFirst());
            assumeTrue(machine.socketsOnNode() == 99, "this kernel destroys no sockets (CONFIG_INET_DIAG_DESTROY)");
        }));
        assertThat(result)
                .isEqualTo(new Inconclusive(
                        "held 99 of 100 connections, and nothing tells why no more: poll: ECONNRESET"));
    }

    @Test
    void keepsItsPace() throws InterruptedException {
        var probe = new ChildProbe(route(POD_IPV4), 1_000, ChildProbe.ENOUGH_TABLES, java(DESCRIPTORS));
        assertThat(probe.run(request(500, 1, HOLD)))
                .isInstanceOfSatisfying(
                        Held.class, held -> assertThat(held.opening().took()).isGreaterThan(Duration.ofMillis(450)));
    }

    /// By the 41st field of its stat, which is 5 for SCHED_IDLE (proc(5), sched(7)).
    @Test
    void takesWhatNobodyElseWantsFromTheFirstMomentOn() throws InterruptedException {
        var tellsPolicy = List.of("sh", "-c", "echo inconclusive policy $(cut -d' ' -f41 /proc/$$/stat)");
        var paced = new ChildProbe(route(POD_IPV4), 1_000, ChildProbe.ENOUGH_TABLES, tellsPolicy);
        assertThat(paced.run(request(1, 1, HOLD))).isEqualTo(new Inconclusive("policy 5"));
        var unpaced = new ChildProbe(route(POD_IPV4), ChildProbe.UNPACED, ChildProbe.ENOUGH_TABLES, tellsPolicy);
        assertThat(unpaced.run(request(1, 1, HOLD))).isEqualTo(new Inconclusive("policy 0"));
    }

    @Test
    void saysNothingWithoutTheNodesNamespace() throws InterruptedException {
        var probe = new ChildProbe(
                new Route.HostToPod(Path.of("/run/netns/absent"), POD_IPV4),
                1_000,
                ChildProbe.ENOUGH_TABLES,
                java(DESCRIPTORS));
        assertThat(probe.run(request(1, 1, HOLD)))
                .isEqualTo(new Inconclusive("cannot enter network namespace /run/netns/absent: "
                        + "open: ENOENT (No such file or directory)"));
    }

    @Test
    void saysNothingWithoutThePodsAddress() throws InterruptedException {
        assertThat(probe(InetAddress.ofLiteral("10.231.7.9")).run(request(1, 1, HOLD)))
                .isEqualTo(new Inconclusive(
                        "cannot listen on the pod's address: bind: EADDRNOTAVAIL (Cannot assign requested address)"));
    }

    @Test
    void fallsShortWithoutAWayToThePod() throws InterruptedException {
        machine.onNode("ip", "route", "add", "unreachable", "10.231.7.2/32");
        assertThat(probe(POD_IPV4).run(request(1, 1, HOLD)))
                .satisfies(fellShort(0, Obstacle.NO_ROUTE, "there is no route to the address"));
    }

    @Test
    void saysNothingWithoutDescriptors() throws InterruptedException {
        assertThat(probe(POD_IPV4, 30).run(request(1, 1, HOLD)))
                .isEqualTo(new Inconclusive("RLIMIT_NOFILE of 30 leaves no descriptors for connections"));
    }

    @Test
    void saysNothingWithoutJava() throws InterruptedException {
        var probe = new ChildProbe(route(POD_IPV4), 1_000, ChildProbe.ENOUGH_TABLES, List.of("/absent/java"));
        assertThat(probe.run(request(1, 1, HOLD)))
                .isInstanceOfSatisfying(
                        Inconclusive.class,
                        inconclusive -> assertThat(inconclusive.cause())
                                .startsWith("cannot start the probe's process: ")
                                .contains("/absent/java"));
    }

    @Test
    void repeatsTheLastWordsOfAProcessThatCannotStart() throws InterruptedException {
        var java = new ArrayList<>(java(DESCRIPTORS));
        java.add("-XX:+NoSuchOption");
        var probe = new ChildProbe(route(POD_IPV4), 1_000, ChildProbe.ENOUGH_TABLES, java);
        assertThat(probe.run(request(1, 1, HOLD)))
                .isInstanceOfSatisfying(
                        Inconclusive.class,
                        inconclusive -> assertThat(inconclusive.cause())
                                .contains("status 1")
                                .contains("NoSuchOption"));
    }

    @Test
    void saysNothingWhenItsProcessIsKilled() throws InterruptedException {
        var result = probe(POD_IPV4).run(request(1_000, 1, LONG_HOLD), whenOpen(1_000, ChildProbeTest::killChild));
        assertThat(result)
                .isInstanceOfSatisfying(
                        Inconclusive.class,
                        inconclusive -> assertThat(inconclusive.cause()).contains("status 137"));
        awaitNoSockets();
        assertThat(machine.timeWaits()).isZero();
    }

    @Test
    void saysNothingWhenItIsNotDoneInTime() throws InterruptedException {
        var slow = new ChildProbe(route(POD_IPV4), 10, ChildProbe.ENOUGH_TABLES, java(DESCRIPTORS));
        assertThat(slow.run(new ProbeRequest(5_000, 1, Duration.ZERO, Duration.ofSeconds(1))))
                .isInstanceOfSatisfying(
                        Inconclusive.class,
                        inconclusive -> assertThat(inconclusive.cause())
                                .matches("not finished after 1 s, with \\d+ of 5000 connections open"
                                        + "(: others waited for a processor too, \\d+ % of the last 10 s)?"));
        awaitNoSockets();
    }

    @Test
    void endsPromptlyWhenInterrupted() {
        assertThatThrownBy(() -> probe(POD_IPV4)
                        .run(request(1_000, 1, LONG_HOLD), whenOpen(1_000, Thread.currentThread()::interrupt)))
                .isInstanceOf(InterruptedException.class);
        awaitNoSockets();
        assertThat(machine.timeWaits()).isZero();
    }

    @Test
    void endsWithItsParent() throws IOException {
        var command = ProbeProcess.command(machine, 1_000, ChildProbe.UNPACED, LONG_HOLD);
        var process = new ProcessBuilder(machine.inPod(DESCRIPTORS, command)).start();
        try {
            await().atMost(PROMPTLY).until(() -> machine.socketsOnNode() == 1_000);
        } finally {
            process.destroyForcibly();
        }
        awaitNoSockets();
        assertThat(machine.timeWaits()).isZero();
    }

    private static Consumer<ProbeResult> fellShort(int held, Obstacle obstacle, String evidence) {
        return result -> assertThat(result).isInstanceOfSatisfying(FellShort.class, fell -> {
            assertThat(fell.held()).isEqualTo(held);
            assertThat(fell.cause()).isEqualTo(new Cause(obstacle, evidence));
        });
    }

    private Route route(InetAddress podAddress) {
        return new Route.HostToPod(machine.nodePath(), podAddress);
    }

    private ChildProbe probe(InetAddress podAddress) {
        return probe(podAddress, DESCRIPTORS);
    }

    private ChildProbe probe(InetAddress podAddress, int descriptors) {
        return new ChildProbe(route(podAddress), ChildProbe.UNPACED, ChildProbe.ENOUGH_TABLES, java(descriptors));
    }

    private List<String> java(int descriptors) {
        return machine.inPod(descriptors, ChildProbe.javaCommand());
    }

    private static ProbeRequest request(int connections, int destinations, Duration hold) {
        return new ProbeRequest(connections, destinations, hold, TIMEOUT);
    }

    /// What `look` sees while all connections are held; then the probe is ended.
    private static <T> T whileHeld(ChildProbe probe, int connections, int destinations, Supplier<T> look) {
        var seen = new ArrayList<T>();
        var interrupt = whenOpen(connections, () -> {
            seen.add(look.get());
            Thread.currentThread().interrupt();
        });
        assertThatThrownBy(() -> probe.run(request(connections, destinations, LONG_HOLD), interrupt))
                .isInstanceOf(InterruptedException.class);
        return seen.getFirst();
    }

    private static IntConsumer whenOpen(int connections, Runnable action) {
        return open -> {
            if (open == connections) {
                action.run();
            }
        };
    }

    private void awaitNoSockets() {
        await().atMost(PROMPTLY).until(() -> machine.socketsOnNode() + machine.socketsInPod() == 0);
    }

    private static void killChild() {
        var children = ProcessHandle.current()
                .children()
                .filter(ChildProbeTest::isProbeChild)
                .toList();
        assertThat(children).hasSize(1);
        children.forEach(ProcessHandle::destroyForcibly);
    }

    /// Not by [ProcessHandle.Info]: that ends after 4096 characters, which a class path alone can be longer than.
    private static boolean isProbeChild(ProcessHandle process) {
        try {
            var arguments = Files.readAllBytes(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
            return List.of(new String(arguments, UTF_8).split("\0")).contains(ProbeChild.class.getName());
        } catch (IOException _) {
            return false; // it has ended meanwhile
        }
    }
}
