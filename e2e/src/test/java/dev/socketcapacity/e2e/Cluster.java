package dev.socketcapacity.e2e;

import dev.socketcapacity.api.ApiClient;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The real cluster on this machine, with the product installed: one for all tests of a run. Where it was down
/// before, it is taken down afterwards, and the machine is as it was.
final class Cluster implements AutoCloseable {

    static final String NAMESPACE = "socketcapacity-system";

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

    KubernetesClient client() {
        return client;
    }

    /// What kubectl or helm print.
    String tool(String name, String... arguments) {
        var command = new ArrayList<>(List.of(tools.resolve(name).toString()));
        command.addAll(List.of(arguments));
        return Command.output(environment, command.toArray(String[]::new));
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
