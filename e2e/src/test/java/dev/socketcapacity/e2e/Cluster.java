package dev.socketcapacity.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.socketcapacity.api.ApiClient;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.SocketCapacity;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The real cluster on this machine, with the product installed: one for all tests of a run. Where it was down
/// before, it is taken down afterwards, and the machine is as it was.
final class Cluster implements AutoCloseable {

    static final String NAMESPACE = "socketcapacity-system";
    static final String AGENT = "app.kubernetes.io/component=agent";
    static final String OPERATOR = "app.kubernetes.io/component=operator";

    /// In the command line of an agent, which names the main class through a file.
    static final String AGENT_PROCESS = "jib-main-class-file agent ";

    static final String OPERATOR_PROCESS = "jib-main-class-file operator";

    private final boolean wasUp;
    private final Path tools;
    private final Map<String, String> environment;
    private final KubernetesClient client;

    private Cluster() {
        wasUp = Command.run(Map.of(), "e2e/cluster", "status").status() == 0;
        Command.output("e2e/cluster", "up");
        var image = Path.of(System.getProperty("image.tar"));
        Command.output("e2e/cluster", "load", image.toString());
        var kubeconfig = Command.output("e2e/cluster", "kubeconfig");
        tools = Path.of(Command.output("e2e/cluster", "tools"));
        environment = Map.of("KUBECONFIG", kubeconfig);
        client = ApiClient.of(Config.fromKubeconfig(Path.of(kubeconfig).toFile()));
        install(image);
    }

    /// Brought up by the first test that asks for it.
    static Cluster get() {
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final Cluster INSTANCE = new Cluster();

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(INSTANCE::close));
        }
    }

    /// As the README says. An image that was built anew has the old one's name: its digest starts new pods.
    private void install(Path image) {
        var digest = Command.output("sha256sum", image.toString()).substring(0, 12);
        tool(
                "helm",
                "upgrade",
                "--install",
                "socket-capacity",
                "helm/socket-capacity",
                "--namespace",
                NAMESPACE,
                "--create-namespace",
                "--wait",
                "--timeout=3m",
                "--set-string=operator.podAnnotations.image=" + digest,
                "--set-string=agent.podAnnotations.image=" + digest);
    }

    /// Every duration of operator and agents is multiplied by this from now on.
    void scaleClock(String factor) {
        tool(
                "helm",
                "upgrade",
                "socket-capacity",
                "helm/socket-capacity",
                "--namespace",
                NAMESPACE,
                "--reuse-values",
                "--wait",
                "--timeout=3m",
                "--set",
                "clockScale=" + factor);
    }

    KubernetesClient client() {
        return client;
    }

    /// What kubectl or helm print.
    String tool(String name, String... arguments) {
        var command = new ArrayList<>(List.of(tools.resolve(name).toString()));
        command.addAll(List.of(arguments));
        return Command.output(environment, command.toArray(String[]::new));
    }

    /// Of a component of the control plane: a process of the machine.
    String pid(String component) {
        return Command.output("e2e/cluster", "status")
                .lines()
                .map(line -> line.split(" +"))
                .filter(columns -> columns[0].equals(component))
                .findFirst()
                .orElseThrow()[1];
    }

    List<Host> hosts() {
        return client.nodes().list().getItems().stream()
                .map(node -> new Host(node.getMetadata().getName()))
                .toList();
    }

    /// Every setting that the product may write, of every node.
    Map<String, Map<String, String>> settings() {
        var all = new HashMap<String, Map<String, String>>();
        hosts().forEach(host -> all.put(host.name(), host.settings()));
        return all;
    }

    void deleteAll() {
        client.resources(SocketCapacity.class).delete();
        awaitNothingOfOurs();
    }

    void awaitNothingOfOurs() {
        await("nothing of ours").atMost(Wish.PATIENCE).untilAsserted(() -> {
            assertThat(client.resources(NodeSocketCapacity.class).list().getItems())
                    .isEmpty();
            assertThat(client.apps().daemonSets().inNamespace(NAMESPACE).list().getItems())
                    .isEmpty();
            assertThat(pods(AGENT)).isEmpty();
        });
    }

    /// Where it runs there, it goes on on another node.
    void moveOperatorFrom(Host host) {
        tool("kubectl", "cordon", host.name());
        try {
            pods(OPERATOR).stream()
                    .filter(pod -> host.name().equals(pod.getSpec().getNodeName()))
                    .forEach(pod -> client.resource(pod).delete());
            await("the operator on another node")
                    .atMost(Wish.PATIENCE)
                    .until(() -> pods(OPERATOR).stream()
                            .allMatch(pod ->
                                    !host.name().equals(pod.getSpec().getNodeName()) && Readiness.isPodReady(pod)));
        } finally {
            tool("kubectl", "uncordon", host.name());
        }
    }

    List<Pod> pods(String selector) {
        var label = selector.split("=");
        return client.pods()
                .inNamespace(NAMESPACE)
                .withLabel(label[0], label[1])
                .list()
                .getItems();
    }

    Optional<Pod> agentPod(Host host) {
        return pods(AGENT).stream()
                .filter(pod -> host.name().equals(pod.getSpec().getNodeName()))
                .findFirst();
    }

    @Override
    public void close() {
        client.close();
        if (!wasUp) {
            Command.output("e2e/cluster", "down");
        }
    }
}
