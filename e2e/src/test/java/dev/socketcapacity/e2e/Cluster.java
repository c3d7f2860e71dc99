package dev.socketcapacity.e2e;

import dev.socketcapacity.api.ApiClient;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The real cluster on this machine, with the product installed: one for all tests of a run. Where it was down before,
/// it is
/// taken down afterwards, and the machine is as it was.
final class Cluster implements AutoCloseable {

    static final String NAMESPACE = "socketcapacity-system";
    static final String RELEASE = "socket-capacity";

    private final boolean wasUp;
    private final Map<String, String> environment;
    private final KubernetesClient client;

    private Cluster() {
        wasUp = Command.run(Map.of(), "e2e/cluster", "status").status() == 0;
        Command.output("e2e/cluster", "up");
        Command.output("e2e/cluster", "load", System.getProperty("image.tar"));
        var kubeconfig = Command.output("e2e/cluster", "kubeconfig");
        var tools = Command.output("e2e/cluster", "tools");
        environment = Map.of("KUBECONFIG", kubeconfig, "PATH", tools + ":" + System.getenv("PATH"));
        client = ApiClient.of(Config.fromKubeconfig(Path.of(kubeconfig).toFile()));
        install();
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

    /// As the README says, and waited for.
    private void install() {
        tool("kubectl", "apply", "-f", "crds/");
        tool(
                "helm",
                "upgrade",
                "--install",
                RELEASE,
                "helm/socket-capacity",
                "--namespace",
                NAMESPACE,
                "--create-namespace",
                "--wait",
                "--timeout",
                "3m");
    }

    KubernetesClient client() {
        return client;
    }

    /// What kubectl or helm print.
    String tool(String... command) {
        return Command.output(environment, command);
    }

    Map<String, String> environment() {
        return environment;
    }

    List<Host> hosts() {
        return client.nodes().list().getItems().stream()
                .map(node -> new Host(node.getMetadata().getName()))
                .toList();
    }

    @Override
    public void close() {
        client.close();
        if (!wasUp) {
            Command.output("e2e/cluster", "down");
        }
    }
}
