package dev.socketcapacity.e2e;

import static dev.socketcapacity.e2e.Wish.inbound;
import static dev.socketcapacity.e2e.Wish.probing;
import static dev.socketcapacity.e2e.Wish.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSelector;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.SocketCapacitySpec;
import dev.socketcapacity.api.Verification;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Proofs on three real nodes: what is held is what the kernel counts, at the wish's own time, on call and by itself.
class ProbeIT {

    private static final int HELD = 10_000;
    private static final int HOLD_SECONDS = 20;

    /// Its headers with their options: the first packet of a connection over IPv4.
    private static final int BYTES_OF_SYN = 60;

    private final Cluster cluster = Cluster.get();
    private final Wish wish = new Wish(cluster.client(), "edge");

    @BeforeEach
    void startFromNothing() {
        cluster.deleteAll();
    }

    @AfterEach
    void leaveNothing() {
        cluster.deleteAll();
    }

    @Test
    void whatTheReportSaysIsHeldIsWhatTheKernelCountsOnBothSides() {
        var host = cluster.hosts().get(1);
        int before = host.sockets();
        holdOn(host);

        int inPod = host.socketsOf(agentOn(host));
        int onNode = host.sockets() - before;
        await("the report of what is held")
                .atMost(Duration.ofSeconds(HOLD_SECONDS))
                .until(() -> verified(host).contains("%1$d of %1$d connections".formatted(HELD)));

        assertThat(onNode).isCloseTo(HELD, withinPercentage(1));
        assertThat(inPod).isCloseTo(HELD, withinPercentage(1));
        wish.awaitReady();
        var proof = report(cluster.client(), host.name()).getStatus().proved();
        assertThat(proof.held()).isEqualTo(HELD);
        assertThat(proof.exercised())
                .as("kube-proxy's rules have the kernel track them")
                .contains("conntrack");
        await("all is closed").atMost(Wish.PATIENCE).until(() -> host.sockets() < before + HELD / 100);
    }

    @Test
    void anAgentsPodThatIsDeletedInTheMiddleLeavesNothingAndTheNextOneProves() {
        var host = cluster.hosts().get(1);
        int before = host.sockets();
        holdOn(host);

        cluster.client().resource(cluster.agentPod(host).orElseThrow()).delete();

        await("its connections are gone").atMost(Wish.PATIENCE).until(() -> host.sockets() < before + HELD / 100);
        assertThat(host.timeWaits()).isLessThan(HELD / 100);
        wish.awaitReady();
        assertThat(report(cluster.client(), host.name()).getStatus().proved().held())
                .isEqualTo(HELD);
    }

    /// On a node that reads the kernel-wide values of another, which cover so few. Returns when they are open.
    private void holdOn(Host host) {
        var only = new NodeSelector(Map.of("kubernetes.io/hostname", host.name()), List.of());
        int before = host.sockets();
        wish.apply(new SocketCapacitySpec(only, 2L * HELD, null, null, List.of(), null, probing(HELD, HOLD_SECONDS)));
        await("the connections").atMost(Wish.PATIENCE).until(() -> host.sockets() >= before + HELD);
    }

    /// The pid, on its node, of its agent.
    private static String agentOn(Host host) {
        return host.pids(Cluster.AGENT_PROCESS).getFirst();
    }

    private String verified(Host host) {
        return Optional.ofNullable(report(cluster.client(), host.name()))
                .map(NodeSocketCapacity::getStatus)
                .flatMap(status -> Condition.find(status.conditions(), Condition.Type.Verified))
                .map(Condition::message)
                .orElse("");
    }

    @Test
    void aCallMakesEveryNodeProbeOnceMore() {
        wish.apply(inbound(1_000_000, probing(500, 1))).awaitReady();
        var before = proofs();

        cluster.tool("kubectl", "annotate", "sockcap", "edge", "socketcapacity.dev/probe=now", "--overwrite");

        awaitProofsAfter(before);
        wish.awaitReady();
        for (var host : cluster.hosts()) {
            var object = report(cluster.client(), host.name());
            assertThat(object.getSpec().probeRequest()).isEqualTo("now");
            assertThat(object.getStatus().proved().held()).isEqualTo(500);
            assertThat(object.getStatus().proved().computed()).isGreaterThanOrEqualTo(1_000_000);
        }
    }

    @Test
    void aPeriodMakesEveryNodeProbeOnceMore() {
        cluster.scaleClock("0.1");
        try {
            wish.apply(inbound(1_000_000, new Verification(null, 500L, 1L, null, 140L, null)))
                    .awaitReady();
            awaitProofsAfter(proofs());
            wish.awaitReady();
        } finally {
            cluster.deleteAll(); // else every agent is started again for it
            cluster.scaleClock("1");
        }
    }

    @Test
    void aNumberThatTheBoundsForbidIsRefusedWithTheBoundAndNothingIsOpened() {
        wish.apply(inbound(200_000, new Verification(null, 200_000L, 1L, null, null, 1L)));

        for (var host : cluster.hosts()) {
            await("the refusal of " + host.name())
                    .atMost(Wish.PATIENCE)
                    .untilAsserted(() -> assertThat(eventsOf(host))
                            .contains("Warning", "ProbeRefused", "The probe may not open 200000 connections:")
                            .contains("has room for"));
            assertThat(report(cluster.client(), host.name()).getStatus().proved())
                    .isNull();
        }
    }

    /// As a rule of somebody's on the node does, or a policy's: more than so many connections to pods don't come
    /// through.
    @Test
    void whatLetsOnlySoManyThroughIsNamedAndWithoutItTheNodeIsProved() {
        var host = cluster.hosts().get(1);
        var through = 1_000;
        host.exec("nft", "add table ip only_so_many");
        try {
            host.exec("nft", "add chain ip only_so_many output { type filter hook output priority 0; }");
            host.exec(
                    "nft",
                    "add rule ip only_so_many output oifname != lo tcp dport 32768-60999 tcp flags syn quota over %d bytes drop"
                            .formatted(through * BYTES_OF_SYN));
            wish.apply(inbound(1_000_000, probing(3_000, 1)));

            await("the failure")
                    .atMost(Wish.PATIENCE)
                    .until(() -> verified(host).contains("a firewall on this machine drops what it sends;"));
            assertThat(verified(host)).contains("of 3000 connections", "; let the node through to the agent's pod.");
            assertThat(heldBy(verified(host))).isCloseTo(through, withinPercentage(1));
            await("the event")
                    .atMost(Wish.PATIENCE)
                    .untilAsserted(() -> assertThat(eventsOf(host))
                            .contains("Warning", "ProbeFailed", "a firewall on this machine"));
        } finally {
            host.exec("nft", "delete table ip only_so_many");
        }
        await("the proof").atMost(Wish.PATIENCE).until(() -> verified(host).startsWith("Held 3000 connections"));
        wish.awaitReady();
    }

    private static int heldBy(String message) {
        return Integer.parseInt(message.replaceFirst(".*held (\\d+) of.*", "$1"));
    }

    private String eventsOf(Host host) {
        return cluster.tool("kubectl", "events", "--for", "nsockcap/" + host.name());
    }

    private Map<String, Instant> proofs() {
        return cluster.hosts().stream().collect(Collectors.toMap(Host::name, this::proofOf));
    }

    private Instant proofOf(Host host) {
        return Instant.parse(
                report(cluster.client(), host.name()).getStatus().proved().time());
    }

    private void awaitProofsAfter(Map<String, Instant> before) {
        for (var host : cluster.hosts()) {
            await("a new proof of " + host.name())
                    .atMost(Wish.PATIENCE)
                    .until(() -> proofOf(host).isAfter(before.get(host.name())));
        }
    }
}
