package dev.socketcapacity.agent.probe;

import static dev.socketcapacity.agent.probe.NodeAndPod.POD_IPV4;
import static dev.socketcapacity.agent.probe.NodeAndPod.POD_IPV6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.kernel.NetworkCounters;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.it.LoweredSetting;
import dev.socketcapacity.it.MachineUse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What can stop a probe and is one for the whole kernel: see [CausesIT]. Each is lowered, or filled, for as long as a
/// probe takes, and never below what is in use.
@Isolated("it lowers values of the whole kernel")
@Timeout(60)
class KernelWideCausesIT {

    private static final Procfs PROC = new Procfs(Path.of("/proc"));
    private static final ProbeRequest MANY_TO_ONE = new ProbeRequest(20_000, 1, Duration.ZERO, Duration.ofSeconds(30));
    private static final String CONNTRACK_MAX = "sys/net/netfilter/nf_conntrack_max";

    /// Half of what the kernel has room for before it looks which it can give up, by default.
    private static final long MANY_NEIGHBOURS = 256;

    private NodeAndPod machine;
    private Thread filling = new Thread();

    @BeforeAll
    static void needsRoot() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "namespaces and kernel-wide values need root");
        MachineUse.forEachProcess(KernelWideCausesIT::isNoKubelet);
    }

    private static void isNoKubelet(String pid) throws IOException {
        if (PROC.read(pid + "/comm").strip().equals("kubelet")) {
            fail("A kubelet runs here, process %s: these tests lower values of the kernel that it shares", pid);
        }
    }

    @BeforeEach
    void create() {
        machine = NodeAndPod.create();
    }

    @AfterEach
    void delete() throws InterruptedException {
        filling.interrupt();
        filling.join();
        // With the link its neighbours are forgotten; with the namespace alone, only some time after.
        machine.onNode("sh", "-c", "ip link delete void0 2>&1 || true");
        machine.close();
        await().untilAsserted(() -> assertThat(neighbours()).isLessThan(MANY_NEIGHBOURS));
    }

    private static long neighbours() throws IOException {
        var counters = NetworkCounters.ofThread(PROC);
        return Math.max(counters.entries("arp_cache"), counters.entries("ndisc_cache"));
    }

    @Test
    void namesTheDescriptorsOfAnyProcess() throws IOException, InterruptedException {
        try (var _ = LoweredSetting.lower("sys/fs/nr_open", 8_192, MachineUse.descriptors())) {
            var oneTable =
                    new ChildProbe(route(POD_IPV4), ChildProbe.UNPACED, 1, machine.inPod(ChildProbe.javaCommand()));
            assertNames(
                    Obstacle.NR_OPEN,
                    "a process gets no more descriptors (fs.nr_open is 8192)",
                    8_192 / 2,
                    oneTable.run(MANY_TO_ONE));
        }
    }

    /// The kernel would let it go on.
    @Test
    void namesTheFilesOfAllProcessesEvenAsRoot() throws IOException, InterruptedException {
        namesTheFilesOfAllProcesses(probe(route(POD_IPV4), machine.inPod(ChildProbe.javaCommand())));
    }

    @Test
    void namesTheFilesOfAllProcesses() throws IOException, InterruptedException {
        var asUser = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=65534",
                "--bounding-set=-all,+dac_read_search",
                "--inh-caps=-all,+dac_read_search",
                "--ambient-caps=-all,+dac_read_search"));
        asUser.addAll(ChildProbe.javaCommand());
        namesTheFilesOfAllProcesses(probe(new Route.Loopback(), machine.inPod(asUser)));
    }

    private void namesTheFilesOfAllProcesses(ChildProbe probe) throws IOException, InterruptedException {
        long inUse = MachineUse.openFiles();
        long max = inUse + 16_000;
        try (var _ = LoweredSetting.lower("sys/fs/file-max", max, inUse)) {
            // More than fit even where others close some of theirs meanwhile.
            var many = new ProbeRequest(100_000, 8, Duration.ZERO, Duration.ofSeconds(30));
            var fell = fellShort(probe.run(many));
            assertThat(fell.cause().obstacle()).as("%s", fell).isEqualTo(Obstacle.FILE_MAX);
            var files = Pattern.compile("(\\d+) files are open, of %d that fs.file-max allows".formatted(max))
                    .matcher(fell.cause().evidence());
            assertThat(files.matches()).as("%s", fell).isTrue();
            assertThat(Long.parseLong(files.group(1))).isCloseTo(max, withinPercentage(1));
            assertThat((long) fell.held()).isPositive().isEqualTo(machine.everAccepted());
        }
    }

    @ParameterizedTest
    @CsvSource({"10.231.7.2, true", "fd00:231:7::2, true", "10.231.7.2, false"})
    void namesAFullTableOfTrackedConnections(String pod, boolean onNode) throws IOException, InterruptedException {
        if (onNode) {
            machine.filterOnNode("output", "ct state new accept");
        } else {
            machine.filterInPod("input", "ct state new accept");
        }
        try (var _ = LoweredSetting.lower(CONNTRACK_MAX, 1_000, MachineUse.trackedConnections())) {
            assertNames(
                    Obstacle.CONNTRACK,
                    "the table of tracked connections is full (1000 of net.netfilter.nf_conntrack_max 1000)",
                    1_000,
                    probe(route(InetAddress.ofLiteral(pod)), machine.inPod(ChildProbe.javaCommand()))
                            .run(MANY_TO_ONE));
        }
    }

    @Test
    void passesAFullTableThatIsNotInTheWay() throws IOException, InterruptedException {
        machine.filterOnNode("output", "ip daddr 10.231.7.2 ct state new accept");
        try (var _ = LoweredSetting.lower(CONNTRACK_MAX, 1_000, MachineUse.trackedConnections())) {
            var probe = probe(route(POD_IPV4), machine.inPod(ChildProbe.javaCommand()));
            assertThat(fellShort(probe.run(MANY_TO_ONE)).cause().obstacle()).isEqualTo(Obstacle.CONNTRACK);
            for (var hook : List.of("output", "prerouting")) {
                machine.onNode(
                        "nft",
                        "add table t; add chain t %1$s { type filter hook %1$s priority raw; }; add rule t %1$s notrack"
                                .formatted(hook));
            }
            var result = probe.run(new ProbeRequest(2_000, 1, Duration.ZERO, Duration.ofSeconds(30)));
            assertThat(result).isInstanceOf(Held.class);
            assertThat(((Held) result).opening().tracked()).isFalse();
        }
    }

    @Test
    void namesAFullTableOfNeighbours() throws IOException, InterruptedException {
        fillNeighbours(
                "arp_cache", "ipv4", "10.232.0.1/16", number -> "10.232.%d.%d".formatted(number >> 8, number & 255));
        assertNames(
                Obstacle.NEIGHBOURS,
                "the table of neighbours is full (net.ipv4.neigh.default.gc_thresh3)",
                0,
                probe(route(POD_IPV4), machine.inPod(ChildProbe.javaCommand())).run(MANY_TO_ONE));
    }

    @Test
    void namesAFullTableOfIpv6Neighbours() throws IOException, InterruptedException {
        fillNeighbours("ndisc_cache", "ipv6", "fd00:232::1/64", number -> "fd00:232::1:%x".formatted(number));
        assertNames(
                Obstacle.NEIGHBOURS_IPV6,
                "the table of neighbours is full (net.ipv6.neigh.default.gc_thresh3)",
                0,
                probe(route(POD_IPV6), machine.inPod(ChildProbe.javaCommand())).run(MANY_TO_ONE));
    }

    private interface Neighbour {
        String of(int number);
    }

    /// With neighbours that are asked for and never answer. Until then the kernel can give up none of them.
    private void fillNeighbours(String table, String family, String address, Neighbour neighbour) throws IOException {
        machine.onNode("ip", "link", "add", "void0", "type", "veth", "peer", "name", "void1");
        machine.onNode("sysctl", "-qw", "net.%s.neigh.void0.mcast_solicit=30".formatted(family));
        machine.onNode("ip", "address", "add", address, "dev", "void0", "nodad");
        machine.onNode("ip", "link", "set", "void1", "up");
        machine.onNode("ip", "link", "set", "void0", "up");
        long most = Long.parseLong(PROC.read("sys/net/%s/neigh/default/gc_thresh3".formatted(family))
                .strip());
        filling = Thread.ofPlatform().start(() -> {
            try {
                NetworkNamespace.join(machine.nodePath());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            // Again and again: others give up neighbours.
            for (int number = 0; !Thread.interrupted(); number = (number + 1) % (int) (most + 512)) {
                ask(neighbour.of(256 + number));
            }
        });
        await().until(() -> NetworkCounters.ofThread(PROC).entries(table) >= most);
    }

    /// From a socket of its own, as what waits for a neighbour counts as the socket's memory.
    private static void ask(String neighbour) {
        try (var socket = DatagramChannel.open()) {
            socket.send(ByteBuffer.allocate(1), new InetSocketAddress(neighbour, 9));
        } catch (IOException _) {
            // no room for one more
        }
    }

    private void assertNames(Obstacle obstacle, String evidence, long held, ProbeResult result) {
        var fell = fellShort(result);
        assertThat(fell.cause()).isEqualTo(new Cause(obstacle, evidence));
        assertThat((long) fell.held()).isCloseTo(held, withinPercentage(1)).isLessThanOrEqualTo(machine.everAccepted());
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

    private static ChildProbe probe(Route route, List<String> java) {
        return new ChildProbe(route, ChildProbe.UNPACED, ChildProbe.ENOUGH_TABLES, java);
    }
}
