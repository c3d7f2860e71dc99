package dev.socketcapacity.e2e;

import static dev.socketcapacity.e2e.Wish.inbound;
import static dev.socketcapacity.e2e.Wish.probing;
import static dev.socketcapacity.e2e.Wish.report;
import static dev.socketcapacity.e2e.Wish.setting;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.socketcapacity.api.NodeSocketCapacity;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// From a wish to the kernel and back, on three real nodes. What the product says is compared with what the kernel
/// says.
class FirstLightIT {

    private final Cluster cluster = Cluster.get();
    private final KubernetesClient client = cluster.client();
    private final Wish wish = new Wish(client, "edge");
    private final Wish other = new Wish(client, "other");

    private Map<String, Map<String, String>> originals;

    @BeforeEach
    void startFromNothing() {
        cluster.deleteAll();
        originals = cluster.settings();
    }

    @AfterEach
    void leaveNothing() {
        cluster.deleteAll();
        assertThat(cluster.settings()).as("what was found is back").isEqualTo(originals);
    }

    @Test
    void aWishGoesReadyWithItsValuesInPlaceAndItsConnectionsHeld() {
        wish.apply(Wish.spec(
                1_000_000L,
                20_000L,
                List.of(setting("vm.max_map_count", 262_144), setting("fs.file-max", 3_000_000)),
                probing(3_000, 30)));

        for (var host : cluster.hosts()) {
            await("the connections of " + host.name())
                    .atMost(Wish.PATIENCE)
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> agentOn(host).map(host::establishedTo).orElse(0L) >= 3_000);
        }
        wish.awaitReady();

        for (var host : cluster.hosts()) {
            assertThat(host.number("vm.max_map_count")).isEqualTo(262_144);
            assertThat(host.number("fs.file-max")).isEqualTo(3_000_000);
            assertThat(host.number("net.core.somaxconn")).isEqualTo(62_500);
            assertThat(host.number("net.netfilter.nf_conntrack_max")).isBetween(1_250_000L, 1_600_000L);
            assertThat(host.number("net.netfilter.nf_conntrack_buckets")).isGreaterThanOrEqualTo(312_500);
            var range = host.setting("net.ipv4.ip_local_port_range").split(" ");
            assertThat(Long.parseLong(range[1]) - Long.parseLong(range[0]) + 1).isGreaterThanOrEqualTo(40_000);
            assertThat(host.setting("net.ipv4.ip_local_reserved_ports")).contains("30000-32767");
            assertThat(report(client, host.name()).getStatus().proved().held()).isEqualTo(3_000);
        }
        assertThat(wish.get().orElseThrow().getStatus().nodes().summary()).isEqualTo("3/3");
        assertThat(whatTheReportsSay())
                .as("addresses, pods and processes are nobody's business")
                .doesNotContainPattern("\\b\\d{1,3}(\\.\\d{1,3}){3}\\b")
                .doesNotContain("socket-capacity-agent", "socket-capacity-operator", "java");
    }

    @Test
    void aDeletedWishLeavesNothingOfOurs() {
        wish.apply(inbound(1_000_000, probing(500, 1))).awaitReady();

        wish.delete();

        cluster.awaitNothingOfOurs();
        assertThat(cluster.settings()).isEqualTo(originals);
    }

    @Test
    void aWishDeletedWhileTheOperatorWasDownIsReleasedWhenItIsBack() {
        wish.apply(inbound(1_000_000, probing(500, 1))).awaitReady();
        scaleOperator(0);

        wish.delete();
        assertThat(client.resources(NodeSocketCapacity.class).list().getItems()).hasSize(3);
        scaleOperator(1);

        cluster.awaitNothingOfOurs();
        assertThat(cluster.settings()).isEqualTo(originals);
    }

    @Test
    void anOperatorKilledInTheMiddleConverges() {
        wish.apply(inbound(1_000_000, probing(500, 3)));
        await("the rollout has begun")
                .atMost(Wish.PATIENCE)
                .until(() -> !client.resources(NodeSocketCapacity.class)
                        .list()
                        .getItems()
                        .isEmpty());

        assertThat(cluster.hosts().stream()
                        .mapToInt(host -> host.kill(Cluster.OPERATOR_PROCESS))
                        .sum())
                .isEqualTo(1);

        wish.awaitReady();
    }

    @Test
    void aKilledAgentLeavesTheValuesAndKeepsItsProof() {
        wish.apply(inbound(1_000_000, probing(500, 1))).awaitReady();
        var host = cluster.hosts().getLast();
        var values = host.settings();
        var proof = report(client, host.name()).getStatus().proved();
        var restarts = restarts(host);

        assertThat(host.kill(Cluster.AGENT_PROCESS)).isEqualTo(1);

        assertThat(host.settings()).isEqualTo(values);
        await("the agent is back").atMost(Wish.PATIENCE).until(() -> restarts(host) > restarts && isAgentReady(host));
        // A new generation that asks for nothing new makes it report again.
        other.apply(inbound(10, null)).awaitReady();
        assertThat(report(client, host.name()).getStatus().proved()).isEqualTo(proof);
        assertThat(host.settings()).isEqualTo(values);
    }

    @Test
    void aNodeThatWasDownIsReadyAgainOnlyAfterANewProbe() {
        wish.apply(inbound(1_000_000, probing(500, 1))).awaitReady();
        var host = cluster.hosts().getLast();
        var proof = report(client, host.name()).getStatus().proved();

        Command.output("e2e/cluster", "node", "stop", host.name());
        Command.output("e2e/cluster", "node", "start", host.name());

        await("a new proof").atMost(Wish.PATIENCE).until(() -> {
            var now = report(client, host.name()).getStatus();
            return now.proved() != null && !now.proved().time().equals(proof.time());
        });
        wish.awaitReady();
        assertThat(host.number("net.core.somaxconn")).isEqualTo(62_500);
    }

    @Test
    void theLargerOfTwoWishesWinsAndTheSmallerOnesValuesStay() {
        wish.apply(inbound(400_000, probing(500, 1))).awaitReady();
        var host = cluster.hosts().getFirst();
        assertThat(host.number("net.core.somaxconn")).isEqualTo(25_000);

        other.apply(inbound(800_000, probing(500, 1))).awaitReady();
        assertThat(host.number("net.core.somaxconn")).isEqualTo(50_000);

        other.delete();
        await("the smaller wish's values")
                .atMost(Wish.PATIENCE)
                .untilAsserted(() -> assertThat(cluster.hosts())
                        .allSatisfy(each ->
                                assertThat(each.number("net.core.somaxconn")).isEqualTo(25_000)));
        wish.awaitReady();
    }

    @Test
    void valuesFollowAWishUpAndDownAndNeverBelowWhatWasFound() {
        var host = cluster.hosts().getFirst();
        var found = originals.get(host.name());
        wish.apply(inbound(400_000, probing(500, 1))).awaitReady();
        assertThat(host.number("net.core.somaxconn")).isEqualTo(25_000);
        var conntrack = host.number("net.netfilter.nf_conntrack_max");

        wish.apply(inbound(800_000, probing(500, 1))).awaitReady();
        assertThat(host.number("net.core.somaxconn")).isEqualTo(50_000);
        assertThat(host.number("net.netfilter.nf_conntrack_max")).isGreaterThan(conntrack);

        wish.apply(inbound(1_000, probing(500, 1))).awaitReady();
        assertThat(host.setting("net.core.somaxconn")).isEqualTo(found.get("net.core.somaxconn"));
        assertThat(host.setting("net.netfilter.nf_conntrack_max"))
                .isEqualTo(found.get("net.netfilter.nf_conntrack_max"));
    }

    @Test
    void aRefusedWishLeavesNothingAndTheOperatorGoesOn() {
        var restarts = restarts(cluster.pods(Cluster.OPERATOR).getFirst());

        assertThatThrownBy(() -> wish.apply(inbound(-1, null))).hasMessageContaining("greater than or equal to 1");

        assertThat(wish.get()).isEmpty();
        other.apply(inbound(1_000, probing(100, 1))).awaitReady();
        assertThat(restarts(cluster.pods(Cluster.OPERATOR).getFirst())).isEqualTo(restarts);
    }

    @Test
    void inAnAgentsPodTheCommandLineSeesTheNodeAndWritesNothingWhileTheAgentIsAtWork() {
        wish.apply(inbound(1_000_000, probing(500, 1))).awaitReady();
        var host = cluster.hosts().getFirst();
        var values = host.settings();

        var seen = inAgent(host, "doctor", "--proc-root", "/host/proc", "--output", "json");
        assertThat(seen.status()).as("%s", seen).isZero();
        assertThat(seen.output()).contains("\"kind\" : \"Machine\"", "\"fs.nr_open\"");

        var held = inAgent(host, "explain", "--inbound", "1000000", "--proc-root", "/host/proc");
        assertThat(held.status()).as("%s", held).isZero();
        assertThat(held.output()).startsWith("This machine holds 1000000 inbound connections as it is.");

        for (var command : List.of("apply", "restore")) {
            var wished = command.equals("apply") ? List.of("--set", "net.core.somaxconn=65535") : List.<String>of();
            var refused = inAgent(
                    host,
                    Stream.concat(Stream.of(command, "--proc-root", "/host/proc"), wished.stream())
                            .toArray(String[]::new));
            assertThat(refused.status()).as("%s", refused).isEqualTo(3);
            assertThat(refused.output())
                    .contains("The agent of node %s (pid ".formatted(host.name()), "nothing was written");
        }
        assertThat(host.settings()).isEqualTo(values);
    }

    /// Runs `sockcap` in the pod of a node's agent: what it prints, errors too.
    private Command.Result inAgent(Host host, String... arguments) {
        var command = Stream.concat(Stream.of("java", "@sockcap"), Stream.of(arguments))
                .toArray(String[]::new);
        var printed = new ByteArrayOutputStream();
        try (var exec = client.pods()
                .resource(cluster.agentPod(host).orElseThrow())
                .writingOutput(printed)
                .writingError(printed)
                .exec(command)) {
            var status = exec.exitCode().get(1, TimeUnit.MINUTES);
            return new Command.Result(status, printed.toString(UTF_8));
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("no end of " + String.join(" ", command), e);
        }
    }

    @Test
    void threadsRaiseThePidMaxOfTheNodesOwnNamespaceAndLeaveItAsItWasFound() {
        var host = cluster.hosts().get(1);
        host.exec("sysctl", "-w", "kernel.pid_max=9000");
        try {
            wish.apply(Wish.threads(10_000)).awaitReady();
            assertThat(host.number("kernel.pid_max")).isBetween(10_000L, 32_768L);
            assertThat(host.number("vm.max_map_count")).isGreaterThanOrEqualTo(20_000);

            cluster.deleteAll();
            assertThat(host.number("kernel.pid_max")).isEqualTo(9_000);
        } finally {
            host.exec(
                    "sysctl",
                    "-w",
                    "kernel.pid_max=" + originals.get(host.name()).get("kernel.pid_max"));
        }
    }

    private String whatTheReportsSay() {
        return cluster.tool(
                "kubectl", "get", "socketcapacities,nodesocketcapacities", "-o", "jsonpath={.items[*].status}");
    }

    private void scaleOperator(int replicas) {
        client.apps()
                .deployments()
                .inNamespace(Cluster.NAMESPACE)
                .withLabel("app.kubernetes.io/component", "operator")
                .list()
                .getItems()
                .forEach(deployment -> client.resource(deployment).scale(replicas));
        await("operator pods")
                .atMost(Wish.PATIENCE)
                .until(() -> cluster.pods(Cluster.OPERATOR).size() == replicas);
    }

    private Optional<String> agentOn(Host host) {
        return cluster.agentPod(host).map(pod -> pod.getStatus().getPodIP());
    }

    private static int restarts(Pod pod) {
        return pod.getStatus().getContainerStatuses().getFirst().getRestartCount();
    }

    private int restarts(Host host) {
        return cluster.agentPod(host).map(FirstLightIT::restarts).orElse(0);
    }

    private boolean isAgentReady(Host host) {
        return cluster.agentPod(host)
                .map(pod -> pod.getStatus().getContainerStatuses().getFirst().getReady())
                .orElse(false);
    }
}
