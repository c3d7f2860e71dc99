package dev.socketcapacity.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.socketcapacity.api.ApiClient;
import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// A real API server with its etcd, no controllers and no nodes: one for all test classes of the process.
public final class ApiServer implements AutoCloseable {

    /// Hands it to the constructor of a test class that is extended with this, and starts it for the first.
    public static final class Provided implements ParameterResolver {

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == ApiServer.class;
        }

        @Override
        public ApiServer resolveParameter(ParameterContext parameter, ExtensionContext context) {
            // What the root's store holds is closed when all tests have run.
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.GLOBAL)
                    .computeIfAbsent(ApiServer.class, _ -> start(), ApiServer.class);
        }
    }

    private static final String DIRECTORY = "kubeApiTest.directory";

    private final KubeAPIServer server;
    private final Path directory;
    private final Path kubectl;
    private final Path kubeconfig;
    private final Config config;
    private final KubernetesClient admin;

    private ApiServer(KubeAPIServer server, Path directory) throws IOException {
        this.server = server;
        this.directory = directory;
        this.kubectl = find(directory, "kubectl");
        this.kubeconfig = Files.createTempFile("kubeconfig", ".yaml");
        Files.writeString(kubeconfig, server.getKubeConfigYaml());
        this.config = Config.fromKubeconfig(server.getKubeConfigYaml());
        this.admin = ApiClient.of(config);
    }

    private static ApiServer start() {
        try {
            var directory = directory();
            var server = new KubeAPIServer(KubeAPIServerConfigBuilder.anAPIServerConfig()
                    .withTestDir(directory.toString())
                    .withOfflineMode(true)
                    .withUpdateKubeConfig(false)
                    .build());
            server.start();
            var api = new ApiServer(server, directory);
            api.kubectl("apply", "-f", "../crds").succeeds();
            api.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", "../crds")
                    .succeeds();
            return api;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Of its binaries: as the system property or the environment says, else those that the test cluster is made of.
    private static Path directory() {
        var named = System.getProperty(DIRECTORY, System.getenv("KUBE_API_TEST_DIR"));
        return Path.of(
                named != null
                        ? named
                        : Command.runAloud("../e2e/cluster", "tools", "--kube-api-test")
                                .succeeds()
                                .strip());
    }

    private static Path find(Path directory, String name) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(file -> file.endsWith(name))
                    .findFirst()
                    .orElseThrow(() -> new IOException("there is no %s in %s".formatted(name, directory)));
        }
    }

    /// As an administrator who may do everything.
    public KubernetesClient admin() {
        return admin;
    }

    /// A client of its own, as an administrator.
    public KubernetesClient newClient() {
        return ApiClient.of(config);
    }

    /// A client of its own, as whoever the token was issued to.
    public KubernetesClient newClient(String token) {
        return ApiClient.of(new ConfigBuilder(Config.empty())
                .withMasterUrl(config.getMasterUrl())
                .withCaCertData(config.getCaCertData())
                .withCaCertFile(config.getCaCertFile())
                .withTrustCerts(config.isTrustCerts())
                .withDisableHostnameVerification(config.isDisableHostnameVerification())
                .withOauthToken(token)
                .withRequestTimeout(3_000)
                .withRequestRetryBackoffLimit(1)
                .build());
    }

    /// The real kubectl, as an administrator.
    public Command.Result kubectl(String... arguments) {
        var command = new ArrayList<>(List.of(kubectl.toString(), "--kubeconfig", kubeconfig.toString()));
        command.addAll(List.of(arguments));
        return Command.run(command.toArray(String[]::new));
    }

    /// The same, with `-f` and a file that holds this.
    public Command.Result kubectlWith(String yaml, String... arguments) {
        try {
            var file = Files.createTempFile("manifest", ".yaml");
            try {
                Files.writeString(file, yaml, UTF_8);
                var all = new ArrayList<>(List.of(arguments));
                all.addAll(List.of("-f", file.toString()));
                return kubectl(all.toArray(String[]::new));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A program that is built with the server's, such as helm.
    public Path tool(String name) {
        return directory.resolveSibling(name);
    }

    /// A namespace that nobody else has. It stays: there is no controller that would end it.
    public String newNamespace() {
        var name = "it-" + UUID.randomUUID().toString().substring(0, 8);
        admin.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        return name;
    }

    @Override
    public void close() throws IOException {
        admin.close();
        server.stop();
        Files.delete(kubeconfig);
    }
}
