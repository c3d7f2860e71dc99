package dev.socketcapacity.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.SocketCapacity;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What the chart's accounts may do on a real API server, with tokens as real pods get them, and what they may not.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ApiServer.Provided.class)
class RightsIT {

    private static final String OWN_NODE = "rights-own";
    private static final String OTHER_NODE = "rights-other";
    private static final String REPORTS = "apis/socketcapacity.dev/v1beta1/nodesocketcapacities/";
    private static final String AGENT = "socket-capacity-agent";
    private static final String OPERATOR = "socket-capacity-operator";

    private final ApiServer api;
    private final KubernetesClient admin;
    private String namespace;
    private KubernetesClient agent;
    private KubernetesClient operator;

    RightsIT(ApiServer api) {
        this.api = api;
        this.admin = api.admin();
    }

    @BeforeAll
    void install() {
        namespace = api.newNamespace();
        var chart = Command.run(
                        api.tool("helm").toString(),
                        "template",
                        "socket-capacity",
                        "../helm/socket-capacity",
                        "--namespace=" + namespace,
                        "--set=crds.install=false")
                .succeeds();
        api.kubectlWith(chart, "apply").succeeds();
        for (var node : new String[] {OWN_NODE, OTHER_NODE}) {
            createNode(node);
            createReport(node);
        }
        agent = api.newClient(token(AGENT, createAgentPod()));
        operator = api.newClient(token(OPERATOR, null));
        await("the policy is in force")
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> isForbidden(() -> patchStatus(agent, OTHER_NODE)));
    }

    @AfterAll
    void uninstall() {
        agent.close();
        operator.close();
        admin.resources(NodeSocketCapacity.class).withName(OWN_NODE).delete();
        admin.resources(NodeSocketCapacity.class).withName(OTHER_NODE).delete();
        admin.nodes().withName(OWN_NODE).delete();
        admin.nodes().withName(OTHER_NODE).delete();
    }

    @Test
    void anAgentReadsReports() {
        assertThat(agent.resources(NodeSocketCapacity.class).list().getItems())
                .extracting(report -> report.getMetadata().getName())
                .contains(OWN_NODE);
    }

    @Test
    void anAgentWritesTheStatusOfItsOwnNodesObjectAndNothingBesideIt() {
        patch(agent, REPORTS + OWN_NODE + "/status", """
                {"metadata": {"labels": {"mine": "now"}, "annotations": {"mine": "now"}, "finalizers": ["mine/now"]},
                 "spec": {"action": "Enact"}, "status": {"bootID": "b1"}}
                """);

        var report =
                admin.resources(NodeSocketCapacity.class).withName(OWN_NODE).get();
        assertThat(report.getStatus().bootID()).isEqualTo("b1");
        assertThat(report.getSpec().action()).isEqualTo("Release");
        assertThat(report.getMetadata().getLabels()).doesNotContainKey("mine");
        assertThat(report.getMetadata().getAnnotations()).doesNotContainKey("mine");
        assertThat(report.getMetadata().getFinalizers()).isEmpty();
    }

    @Test
    void anAgentIsToldWhoseReportItMayNotWrite() {
        assertThatThrownBy(() -> patchStatus(agent, OTHER_NODE))
                .hasMessageContaining("the agent of node %s may not write the report of %s", OWN_NODE, OTHER_NODE);
    }

    @Test
    void anAgentsTokenThatIsBoundToNoPodWritesNothing() {
        try (var unbound = api.newClient(token(AGENT, null))) {
            assertThatThrownBy(() -> patchStatus(unbound, OWN_NODE)).hasMessageContaining("the token names no node");
        }
    }

    Stream<ThrowingCallable> whatAnAgentMayNotDo() {
        var reports = agent.resources(NodeSocketCapacity.class);
        return Stream.of(
                () -> patchStatus(agent, OTHER_NODE),
                () -> patch(agent, REPORTS + OWN_NODE, "{\"spec\": {\"action\": \"Enact\"}}"),
                () -> patch(agent, REPORTS + OWN_NODE, "{\"metadata\": {\"labels\": {\"mine\": \"now\"}}}"),
                () -> patch(agent, REPORTS + OWN_NODE, "{\"metadata\": {\"finalizers\": [\"mine/now\"]}}"),
                () -> reports.resource(report("rights-new")).create(),
                () -> reports.withName(OWN_NODE).delete(),
                () -> reports.delete(),
                () -> agent.nodes().list(),
                () -> agent.nodes().withName(OWN_NODE).get(),
                () -> patch(agent, "api/v1/nodes/" + OWN_NODE, "{\"metadata\": {\"labels\": {\"mine\": \"now\"}}}"),
                () -> agent.secrets().inNamespace(namespace).list(),
                () -> agent.configMaps().inNamespace(namespace).list(),
                () -> agent.pods().inNamespace(namespace).list(),
                () -> agent.apps().daemonSets().inNamespace(namespace).list(),
                () -> agent.resources(SocketCapacity.class).list(),
                () -> agent.resources(SocketCapacity.class).withName("any").get(),
                () -> agent.serviceAccounts()
                        .inNamespace(namespace)
                        .withName(OPERATOR)
                        .tokenRequest(request(null)));
    }

    @ParameterizedTest
    @MethodSource("whatAnAgentMayNotDo")
    void anAgentIsRefusedEverythingElse(ThrowingCallable attempt) {
        assertThat(isForbidden(attempt)).isTrue();
    }

    @Test
    void theOperatorMayDoWhatItDoes() {
        assertThatCode(() -> {
                    operator.nodes().list();
                    operator.resources(SocketCapacity.class).list();
                    operator.resources(NodeSocketCapacity.class).list();
                    operator.apps().daemonSets().inNamespace(namespace).list();
                })
                .doesNotThrowAnyException();
        assertThat(may(operator, "patch", "socketcapacity.dev", "socketcapacities", "status", null))
                .isTrue();
        for (var verb : new String[] {"create", "patch", "delete", "watch"}) {
            assertThat(may(operator, verb, "socketcapacity.dev", "nodesocketcapacities", null, null))
                    .as(verb)
                    .isTrue();
        }
        assertThat(may(operator, "create", "apps", "daemonsets", null, namespace))
                .isTrue();
        assertThat(may(operator, "create", "coordination.k8s.io", "leases", null, namespace))
                .isTrue();
        assertThat(may(operator, "create", "events.k8s.io", "events", null, "default"))
                .isTrue();
    }

    @Test
    void theOperatorMayNotDoMore() {
        assertThat(may(operator, "patch", "socketcapacity.dev", "socketcapacities", null, null))
                .isFalse();
        assertThat(may(operator, "patch", "socketcapacity.dev", "nodesocketcapacities", "status", null))
                .isFalse();
        assertThat(may(operator, "patch", "", "nodes", null, null)).isFalse();
        assertThat(may(operator, "list", "", "secrets", null, namespace)).isFalse();
        assertThat(may(operator, "create", "", "pods", null, namespace)).isFalse();
        assertThat(may(operator, "create", "apps", "daemonsets", null, "default"))
                .isFalse();
        assertThat(may(operator, "create", "", "serviceaccounts", "token", namespace))
                .isFalse();
    }

    private static boolean may(
            KubernetesClient client, String verb, String group, String resource, String subresource, String namespace) {
        var review = new SelfSubjectAccessReviewBuilder()
                .withNewSpec()
                .withNewResourceAttributes()
                .withVerb(verb)
                .withGroup(group)
                .withResource(resource)
                .withSubresource(subresource)
                .withNamespace(namespace)
                .endResourceAttributes()
                .endSpec()
                .build();
        return client.authorization()
                .v1()
                .selfSubjectAccessReview()
                .create(review)
                .getStatus()
                .getAllowed();
    }

    private static boolean isForbidden(ThrowingCallable attempt) {
        try {
            attempt.call();
            return false;
        } catch (KubernetesClientException refusal) {
            return refusal.getCode() == 403;
        } catch (Throwable other) {
            throw new AssertionError(other);
        }
    }

    private static void patchStatus(KubernetesClient client, String node) {
        patch(client, REPORTS + node + "/status", "{\"status\": {\"bootID\": \"b0\"}}");
    }

    /// One request, where the client's own methods first read what they patch.
    private static void patch(KubernetesClient client, String path, String body) {
        var http = client.getHttpClient();
        var request = http.newHttpRequestBuilder()
                .uri(client.getMasterUrl() + path)
                .method("PATCH", PatchType.JSON_MERGE.getContentType(), body)
                .build();
        var response = http.sendAsync(request, String.class).join();
        if (!response.isSuccessful()) {
            throw new KubernetesClientException(response.body(), response.code(), null);
        }
    }

    private void createNode(String name) {
        admin.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
    }

    private void createReport(String node) {
        admin.resource(report(node)).create();
    }

    private static NodeSocketCapacity report(String node) {
        return Serialization.unmarshal("""
                apiVersion: socketcapacity.dev/v1beta1
                kind: NodeSocketCapacity
                metadata: {name: %s}
                spec: {nodeUID: u1, action: Release}
                """.formatted(node), NodeSocketCapacity.class);
    }

    /// The name of a pod that the scheduler would have put on the agent's own node.
    private String createAgentPod() {
        var pod = new PodBuilder()
                .withNewMetadata()
                .withName("agent")
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withNodeName(OWN_NODE)
                .withServiceAccountName(AGENT)
                .addNewContainer()
                .withName("agent")
                .withImage("none")
                .endContainer()
                .endSpec()
                .build();
        return admin.resource(pod).create().getMetadata().getUid();
    }

    /// @param podUid of the pod that it is bound to, as the kubelet asks for it; null for none
    private String token(String account, String podUid) {
        return admin.serviceAccounts()
                .inNamespace(namespace)
                .withName(account)
                .tokenRequest(request(podUid))
                .getStatus()
                .getToken();
    }

    private static TokenRequest request(String podUid) {
        var request = new TokenRequestBuilder().withNewSpec().withExpirationSeconds(3_600L);
        return podUid == null
                ? request.endSpec().build()
                : request.withNewBoundObjectRef("v1", "Pod", "agent", podUid)
                        .endSpec()
                        .build();
    }
}
