package dev.socketcapacity.e2e;

import static dev.socketcapacity.e2e.Wish.inbound;
import static dev.socketcapacity.e2e.Wish.probing;
import static dev.socketcapacity.e2e.Wish.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.socketcapacity.api.ApiGroup;
import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.api.NodeSocketCapacityStatus.SettingReport;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a node goes through while it holds a wish: other writers, reboots, an API server that is away, an owner who
/// wants nobody's hands on it.
class NodeLifecycleIT {

    private static final String CONNTRACK_MAX = "net.netfilter.nf_conntrack_max";
    private static final String PORT_RANGE = "net.ipv4.ip_local_port_range";
    private static final String SOMAXCONN = "net.core.somaxconn";

    /// What 1,000,000 inbound connections need.
    private static final String ENOUGH = "62500";

    private static final String KUBE_PROXY = "kube-proxy --config";

    /// At once, or at the agent's next look, and some time to read it from here.
    private static final Duration REPAIR = Duration.ofSeconds(3);

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
    void aNodeLabelledHandsOffKeepsWhatItHasAndDoesNotCountUntilTheLabelIsGone() {
        wish.apply(Wish.spec(1_000_000L, 20_000L, List.of(), probing(500, 1))).awaitReady();
        var host = cluster.hosts().get(1);
        var range = host.setting(PORT_RANGE);
        try {
            handsOff(host, true);
            awaitReason(host, "OnHold");
            wish.await(now -> now.getStatus().nodes().summary().equals("2/2"), Wish.PATIENCE);
            assertThat(wish.get().orElseThrow().getStatus().nodes().handsOff()).isEqualTo(1);
            assertThat(host.setting(SOMAXCONN)).isEqualTo(ENOUGH);

            host.set(SOMAXCONN, "5000");
            other.apply(inbound(1_200_000, probing(600, 1))).awaitReady();
            await("the lowered value is seen")
                    .atMost(Wish.PATIENCE)
                    .until(() -> "5000".equals(reported(host, SOMAXCONN).actual()));
            assertThat(host.setting(SOMAXCONN)).as("left as it is").isEqualTo("5000");

            wish.delete();
            other.delete();
            await("the other nodes have released")
                    .atMost(Wish.PATIENCE)
                    .until(() -> client.resources(NodeSocketCapacity.class).list().getItems().stream()
                            .map(object -> object.getMetadata().getName())
                            .toList()
                            .equals(List.of(host.name())));
            assertThat(host.setting("net.ipv4.tcp_max_syn_backlog"))
                    .as("not put back")
                    .isNotEqualTo("4096");
            assertThat(report(client, host.name()).getSpec().action()).isEqualTo("Hold");
        } finally {
            handsOff(host, false);
            host.set(SOMAXCONN, originals.get(host.name()).get(SOMAXCONN));
        }
        cluster.awaitNothingOfOurs();
    }

    @Test
    void aKubeProxyThatIsRestartedTenTimesLowersNothingAndIsNoNews() {
        var host = cluster.hosts().getFirst();
        wish.apply(inbound(1_000_000, probing(500, 1))).awaitReady();
        await("the last news")
                .atMost(Wish.PATIENCE)
                .until(() -> events().stream()
                        .anyMatch(event -> event.getRegarding().getUid().equals(uid(wish))
                                && event.getReason().equals("Verified")));
        var values = host.settings();
        var before = report(client, host.name());
        var events = events();

        try (var lowest = Lowest.of(CONNTRACK_MAX)) {
            for (int restart = 0; restart < 10; restart++) {
                var killed = host.pids(KUBE_PROXY);
                assertThat(host.kill(KUBE_PROXY)).isEqualTo(1);
                await("kube-proxy is back").atMost(Wish.PATIENCE).until(() -> {
                    var now = host.pids(KUBE_PROXY);
                    return !now.isEmpty() && Collections.disjoint(now, killed) && isKubeProxyHealthy(host);
                });
            }
            assertThat(lowest.readings()).isGreaterThan(100);
            assertThat(lowest.seen()).isEqualTo(Long.parseLong(values.get(CONNTRACK_MAX)));
        }
        assertThat(host.settings()).isEqualTo(values);
        assertThat(events()).isEqualTo(events);
        assertThat(report(client, host.name())).as("not written once").isEqualTo(before);
    }

    @Test
    void aRebootedNodeHoldsItsLastWishBeforeTheApiServerAnswersAndIsVerifiedOnlyByANewProbe() {
        var host = cluster.hosts().getFirst();
        cluster.moveOperatorFrom(host);
        host.set("vm.max_map_count", "70000");
        host.set(SOMAXCONN, "5000");
        wish.apply(Wish.spec(1_000_000L, null, List.of(Wish.setting("vm.max_map_count", 262_144)), probing(500, 1)))
                .awaitReady();
        var before = status(host);
        assertThat(reported(host, SOMAXCONN).original()).isEqualTo("5000");

        try (var cut = Cut.betweenTheFirstNodesPodsAndTheApiServer()) {
            host.reboot();
            await("the last wish's values").atMost(Wish.PATIENCE).untilAsserted(() -> {
                assertThat(host.setting(SOMAXCONN)).isEqualTo(ENOUGH);
                assertThat(host.number("fs.nr_open")).isGreaterThanOrEqualTo(1_000_000);
                assertThat(host.number("vm.max_map_count")).isEqualTo(262_144);
            });
            await("the old report is not believed")
                    .atMost(Wish.PATIENCE)
                    .until(() -> wish.get().filter(Wish::isReady).isEmpty());
            assertThat(status(host)).as("nobody has been asked or told").isEqualTo(before);
            assertThat(cut.dropped()).isPositive();
        }

        await("a report of this boot")
                .atMost(Wish.PATIENCE)
                .until(() -> host.bootId().equals(status(host).bootID()));
        wish.awaitReady();
        var after = status(host);
        assertThat(after.proved().time()).isGreaterThan(before.proved().time());
        assertThat(reported(host, SOMAXCONN).original())
                .isEqualTo(originals.get(host.name()).get(SOMAXCONN));
        assertThat(reported(host, "vm.max_map_count").original())
                .isEqualTo(originals.get(host.name()).get("vm.max_map_count"));
    }

    @Test
    void whileTheApiServerIsPausedValuesAreHeldAndItIsToldAfterwards() {
        var host = cluster.hosts().get(1);
        wish.apply(inbound(1_000_000, probing(500, 1))).awaitReady();
        var apiServer = cluster.pid("kube-apiserver");

        try {
            Command.output("kill", "-STOP", apiServer);
            try {
                host.set(SOMAXCONN, "5000");
                await("the repair")
                        .atMost(REPAIR)
                        .pollInterval(Duration.ofMillis(100))
                        .until(() -> host.setting(SOMAXCONN).equals(ENOUGH));
                // What others raise is left, and is news.
                host.set(SOMAXCONN, "100000");
            } finally {
                Command.output("kill", "-CONT", apiServer);
            }
            await("the report")
                    .atMost(Wish.PATIENCE)
                    .ignoreExceptions()
                    .until(() -> reported(host, SOMAXCONN).actual().equals("100000"));
            wish.awaitReady();
            assertThat(host.setting(SOMAXCONN)).isEqualTo("100000");
        } finally {
            host.set(SOMAXCONN, ENOUGH);
        }
    }

    private void handsOff(Host host, boolean off) {
        client.nodes().withName(host.name()).edit(node -> {
            var labelled = new NodeBuilder(node).editMetadata();
            return (off
                            ? labelled.addToLabels(ApiGroup.HANDS_OFF_LABEL, "true")
                            : labelled.removeFromLabels(ApiGroup.HANDS_OFF_LABEL))
                    .endMetadata()
                    .build();
        });
    }

    private void awaitReason(Host host, String reason) {
        await(host.name() + " says " + reason)
                .atMost(Wish.PATIENCE)
                .until(() -> Condition.find(status(host).conditions(), Condition.Type.Ready)
                        .filter(ready -> ready.reason().equals(reason))
                        .isPresent());
    }

    private NodeSocketCapacityStatus status(Host host) {
        return report(client, host.name()).getStatus();
    }

    private SettingReport reported(Host host, String key) {
        return status(host).settings().stream()
                .filter(setting -> setting.name().equals(key))
                .findFirst()
                .orElseThrow();
    }

    /// All that has been told of our kinds.
    private List<Event> events() {
        return client.events().v1().events().inAnyNamespace().list().getItems().stream()
                .filter(event -> event.getRegarding().getKind().endsWith("SocketCapacity"))
                .toList();
    }

    private static String uid(Wish wish) {
        return wish.get().orElseThrow().getMetadata().getUid();
    }

    private boolean isKubeProxyHealthy(Host host) {
        var address = client.nodes().withName(host.name()).get().getStatus().getAddresses().stream()
                .filter(known -> known.getType().equals("InternalIP"))
                .findFirst()
                .orElseThrow()
                .getAddress();
        var request = HttpRequest.newBuilder(URI.create("http://%s:10256/healthz".formatted(address)))
                .timeout(Duration.ofSeconds(5))
                .build();
        try (var http = HttpClient.newHttpClient()) {
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException _) {
            return false; // not yet
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
