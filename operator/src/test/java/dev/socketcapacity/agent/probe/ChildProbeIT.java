package dev.socketcapacity.agent.probe;

import static dev.socketcapacity.agent.probe.NodeAndPod.POD_IPV4;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import dev.socketcapacity.it.MachineUse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What others may do to a probe: on the real kernel, between two network namespaces.
@Timeout(300)
class ChildProbeIT {

    private static final Duration PROMPTLY = Duration.ofSeconds(10);
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final int PER_SECOND = 1_000;

    /// What the probe tells is heard up to 200 ms later, and more on a busy machine.
    private static final Duration UNTIL_COUNTED = Duration.ofSeconds(5);

    @RegisterExtension
    private final NodeAndPod machine = NodeAndPod.forEachTest();

    @Test
    void namesNothingWhereNothingIsWrongOnABusyMachine() throws IOException, InterruptedException {
        var others = Runtime.getRuntime().availableProcessors() - 1;
        var busy = new ArrayList<Process>();
        try {
            for (int i = 0; i < others; i++) {
                busy.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
            }
            for (int time = 1; time <= 50; time++) {
                assertThat(probe(ChildProbe.DEFAULT_CONNECTIONS_PER_SECOND).run(request(100)))
                        .as("time %d", time)
                        .isInstanceOfSatisfying(
                                Held.class,
                                held -> assertThat(held.opening().slowDown()).isEmpty());
            }
        } finally {
            busy.forEach(Process::destroyForcibly);
        }
    }

    @Test
    void countsNoConnectionOfAStranger() throws InterruptedException {
        var onNode = new AtomicInteger();
        var strangers = new ArrayList<SocketChannel>();
        var comeAndGo = once(500, () -> {
            strangers.addAll(strangers(20));
            strangers(20).forEach(ChildProbeIT::close);
        });
        var count = once(1_000, () -> onNode.set(machine.socketsOnNode()));
        var held = new ProbeRequest(1_000, 1, UNTIL_COUNTED, TIMEOUT);
        var result = probe(PER_SECOND).run(held, comeAndGo.andThen(count));
        strangers.forEach(ChildProbeIT::close);
        assertThat(result)
                .isInstanceOfSatisfying(
                        Held.class, proof -> assertThat(proof.connections()).isEqualTo(1_000));
        assertThat(onNode).hasValue(1_000);
        assertNothingIsLeft();
    }

    @Test
    void takesNoStrangersConnectionForOneThatWasNotAnswered() throws InterruptedException {
        var strangers = new ArrayList<SocketChannel>();
        var result = probe(PER_SECOND).run(request(2_000), once(500, () -> {
            machine.filterInPod("input", "ip saddr 10.231.7.1 tcp flags syn drop");
            strangers.addAll(strangers(100));
        }));
        assertCountsOnlyItsOwn(result, strangers);
    }

    /// They come one by one, so that each may take the place of one that is not answered.
    @Test
    void takesNoStrangersConnectionForItsOwnOverLoopback() throws InterruptedException {
        var strangers = new ArrayList<SocketChannel>();
        var result = overLoopback().run(request(2_000), once(500, () -> {
            machine.filterInPod("input", "ip saddr 127.0.0.1 tcp flags syn / syn,ack drop");
            for (int i = 0; i < 20; i++) {
                strangers.addAll(strangers("127.0.0.2", "127.0.0.1", 1));
            }
        }));
        assertCountsOnlyItsOwn(result, strangers);
    }

    private void assertCountsOnlyItsOwn(ProbeResult result, List<SocketChannel> strangers) {
        strangers.forEach(ChildProbeIT::close);
        assertThat(result)
                .isInstanceOfSatisfying(
                        Inconclusive.class,
                        inconclusive -> assertThat(inconclusive.cause())
                                .startsWith("held %d of 2000 ".formatted(machine.everAccepted() - strangers.size())));
        assertNothingIsLeft();
    }

    private Probe overLoopback() {
        return new ChildProbe(
                new Route.Loopback(), PER_SECOND, ChildProbe.ENOUGH_TABLES, machine.inPod(ChildProbe.javaCommand()));
    }

    private List<SocketChannel> strangers(int count) {
        return strangers(POD_IPV4.getHostAddress(), POD_IPV4.getHostAddress(), count);
    }

    private List<SocketChannel> strangers(String from, String to, int count) {
        var listener = new InetSocketAddress(to, machine.listeningInPod().getFirst());
        try (var pod = NetworkNamespace.enter(machine.podPath())) {
            return pod.call(() -> {
                var opened = new ArrayList<SocketChannel>();
                for (int i = 0; i < count; i++) {
                    var stranger = SocketChannel.open();
                    stranger.bind(new InetSocketAddress(from, 0));
                    stranger.connect(listener);
                    opened.add(stranger);
                }
                return opened;
            });
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void close(SocketChannel stranger) {
        try {
            stranger.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void leavesNothingWhenItsParentIsKilledAtAnyMoment() throws IOException {
        var random = new Random(6);
        for (int time = 0; time < 10; time++) {
            int moment = 1 + random.nextInt(2_000);
            var parent = start(ProbeProcess.command(machine, 2_000, PER_SECOND, Duration.ofSeconds(2)));
            await().atMost(PROMPTLY.multipliedBy(6))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> machine.socketsOnNode() >= moment);
            parent.destroyForcibly();
            await().atMost(PROMPTLY)
                    .untilAsserted(() -> assertThat(processesOfTheProbe()).isEmpty());
            assertNothingIsLeft();
        }
    }

    @Test
    void isKilledAloneWhenTheMemoryOfItsCgroupIsUsedUp() throws IOException, InterruptedException {
        var cgroup = MemoryCgroup.create(192 << 20);
        try {
            var process = start(
                    cgroup.entering(ProbeProcess.command(machine, 200_000, ChildProbe.UNPACED, Duration.ofMinutes(2))));
            var said = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor()).as("%s", said).isZero();
            assertThat(said)
                    .contains("obstacle=CGROUP_MEMORY")
                    .contains("the memory of cgroup /%s is used up, of which it may have 192 MiB"
                            .formatted(cgroup.name()));
            var held = Pattern.compile("held=(\\d+), wanted=200000").matcher(said);
            assertThat(held.find()).as("%s", said).isTrue();
            assertThat(Long.parseLong(held.group(1))).isCloseTo(machine.everAccepted(), withinPercentage(1));
            assertNothingIsLeft();
        } finally {
            cgroup.close();
        }
    }

    @Test
    void fallsShortWhenThePodsNetworkVanishesInTheMidst() throws InterruptedException {
        var result = probe(PER_SECOND).run(request(2_000), once(500, () -> machine.inPod("ip", "link", "del", "eth0")));
        assertThat(result).isInstanceOfSatisfying(FellShort.class, fell -> {
            assertThat(fell.cause().obstacle()).isEqualTo(Obstacle.NO_ROUTE);
            assertThat((long) fell.held()).isEqualTo(machine.everAccepted());
        });
        assertNothingIsLeft();
    }

    /// The kernel keeps a namespace for as long as somebody is in it.
    @Test
    void goesOnInNamespacesThatNobodyElseHasAnyMore() throws InterruptedException {
        assertThat(probe(PER_SECOND).run(request(1_000), once(500, machine::close)))
                .isInstanceOf(Held.class);
        assertThat(processesOfTheProbe()).isEmpty();
    }

    @Test
    void passesOverLinesThatItDoesNotUnderstand() throws InterruptedException {
        var java = new ArrayList<>(List.of(
                "sh",
                "-c",
                "echo held PT1S; echo progress x; echo; printf '\\0\\377\\n'; echo fell-short; exec \"$@\"",
                "sh"));
        java.addAll(machine.inPod(5_000, ChildProbe.javaCommand()));
        var probe = new ChildProbe(route(), ChildProbe.UNPACED, ChildProbe.ENOUGH_TABLES, java);
        assertThat(probe.run(request(100))).isInstanceOf(Held.class);
    }

    @Test
    void saysNothingWhenItsProcessWritesOnlyHalfOfItsResult() throws InterruptedException {
        var java = List.of("sh", "-c", "echo progress 7; printf 'held PT1S PT0.1S PT'", "sh");
        var probe = new ChildProbe(route(), ChildProbe.UNPACED, ChildProbe.ENOUGH_TABLES, java);
        assertThat(probe.run(request(100)))
                .isEqualTo(new Inconclusive(
                        "the probe's process ended with status 0 before it was done: held PT1S PT0.1S PT"));
    }

    private void assertNothingIsLeft() {
        await().atMost(PROMPTLY)
                .untilAsserted(() -> assertThat(machine.socketsOnNode() + machine.socketsInPod())
                        .isZero());
        assertThat(machine.timeWaits()).isZero();
    }

    private List<String> processesOfTheProbe() {
        var found = new ArrayList<String>();
        try {
            MachineUse.forEachProcess(pid -> {
                var words = Files.readString(Path.of("/proc", pid, "cmdline")).split("\0");
                if (List.of(words).contains(machine.nodePath().toString())) {
                    found.add(pid);
                }
            });
            return found;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Process start(List<String> command) throws IOException {
        return new ProcessBuilder(machine.inPod(19_000, command))
                .redirectErrorStream(true)
                .start();
    }

    private Route route() {
        return new Route.HostToPod(machine.nodePath(), POD_IPV4);
    }

    private ChildProbe probe(int perSecond) {
        return new ChildProbe(
                route(), perSecond, ChildProbe.ENOUGH_TABLES, machine.inPod(19_000, ChildProbe.javaCommand()));
    }

    private static ProbeRequest request(int connections) {
        return new ProbeRequest(connections, 1, Duration.ZERO, TIMEOUT);
    }

    private static IntConsumer once(int connections, Runnable action) {
        var done = new AtomicBoolean();
        return open -> {
            if (open >= connections && done.compareAndSet(false, true)) {
                action.run();
            }
        };
    }
}
