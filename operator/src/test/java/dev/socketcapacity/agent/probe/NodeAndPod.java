package dev.socketcapacity.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.kernel.NetworkCounters;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Two network namespaces on this machine, joined as a node and a pod are: by a pair of veth interfaces. Needs root.
public final class NodeAndPod implements AutoCloseable, BeforeEachCallback, AfterEachCallback {

    public static final InetAddress POD_IPV4 = InetAddress.ofLiteral("10.231.7.2");
    public static final InetAddress POD_IPV6 = InetAddress.ofLiteral("fd00:231:7::2");

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String suffix = ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    private final String node = "sockcap-node-" + suffix;
    private final String pod = "sockcap-pod-" + suffix;

    private NodeAndPod() {}

    public static NodeAndPod create() {
        var pair = new NodeAndPod();
        try {
            pair.connect();
            return pair;
        } catch (AssertionError e) {
            pair.close();
            throw e;
        }
    }

    /// For a field with `@RegisterExtension`: there while a test runs, which is skipped without root.
    static NodeAndPod forEachTest() {
        return new NodeAndPod();
    }

    @Override
    public void beforeEach(ExtensionContext test) {
        assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
        connect();
    }

    @Override
    public void afterEach(ExtensionContext test) {
        close();
    }

    private void connect() {
        run("ip", "netns", "add", node);
        run("ip", "netns", "add", pod);
        run("ip", "-n", node, "link", "add", "veth0", "type", "veth", "peer", "name", "eth0", "netns", pod);
        run("ip", "-n", node, "address", "add", "10.231.7.1/24", "dev", "veth0");
        run("ip", "-n", node, "address", "add", "fd00:231:7::1/64", "dev", "veth0", "nodad");
        run("ip", "-n", pod, "address", "add", "10.231.7.2/24", "dev", "eth0");
        run("ip", "-n", pod, "address", "add", "fd00:231:7::2/64", "dev", "eth0", "nodad");
        run("ip", "-n", node, "link", "set", "lo", "up");
        run("ip", "-n", pod, "link", "set", "lo", "up");
        run("ip", "-n", node, "link", "set", "veth0", "up");
        run("ip", "-n", pod, "link", "set", "eth0", "up");
    }

    public Path nodePath() {
        return path(node);
    }

    Path podPath() {
        return path(pod);
    }

    /// Runs a command with the node's network, and returns what it printed.
    public String onNode(String... command) {
        return run(entering(node, command));
    }

    /// Runs a command with the pod's network, and returns what it printed.
    String inPod(String... command) {
        return run(entering(pod, command));
    }

    /// Adds a rule for packets of either family on the node's `hook`, such as `input`.
    void filterOnNode(String hook, String rule) {
        filter(node, "inet", hook, rule);
    }

    void filterInPod(String hook, String rule) {
        filter(pod, "inet", hook, rule);
    }

    /// Nobody learns of the other's link address any more, and what was learnt is forgotten. Whoever asks from then
    /// on is left to wait: a flush of those too would answer for the neighbour, that it is not there.
    void stopNeighbourDiscovery() {
        filter(node, "arp", "input", "drop");
        filterOnNode("input", "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } drop");
        onNode("ip neighbour flush dev veth0 nud reachable nud stale nud delay nud probe".split(" "));
    }

    private static void filter(String namespace, String family, String hook, String rule) {
        var chain = "%s t %s".formatted(family, hook);
        run(entering(
                namespace,
                "nft",
                "add table %s t; add chain %s { type filter hook %s priority 0; }; add rule %s %s"
                        .formatted(family, chain, hook, chain, rule)));
    }

    /// What starts a process in the pod.
    List<String> inPod(List<String> command) {
        return List.of(entering(pod, command.toArray(String[]::new)));
    }

    /// What starts a process in the pod whose tables have at most `limit` descriptors.
    public List<String> inPod(int limit, List<String> command) {
        return limited(pod, limit, command);
    }

    /// The same on the node.
    List<String> onNode(int limit, List<String> command) {
        return limited(node, limit, command);
    }

    private static List<String> limited(String namespace, int limit, List<String> command) {
        var whole = new ArrayList<>(List.of(entering(namespace, "prlimit", "--nofile=" + limit, "--")));
        whole.addAll(command);
        return whole;
    }

    /// TCP sockets, of either family, as the kernel counts them.
    public int socketsOnNode() {
        return count(node, "inuse");
    }

    public int socketsInPod() {
        return count(pod, "inuse");
    }

    public int timeWaits() {
        return count(node, "tw") + count(pod, "tw");
    }

    /// All connections that have been established to the pod, by the kernel's count.
    long everAccepted() {
        try (var entered = NetworkNamespace.enter(path(pod))) {
            return entered.call(() -> NetworkCounters.ofThread(new Procfs(Path.of("/proc")))
                    .event("Tcp", "PassiveOpens")
                    .orElseThrow());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// The ports that somebody listens at in the pod.
    List<Integer> listeningInPod() {
        return inPod("ss", "-Htln")
                .lines()
                .map(line -> line.strip().split("\\s+")[3])
                .map(address -> Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)))
                .toList();
    }

    /// The local ports of the connections that the node has opened, as `:40000`.
    List<String> sources() {
        return established(2);
    }

    /// The ports that the node has connections to, as `:8080`, one for each connection.
    List<String> destinations() {
        return established(3);
    }

    private List<String> established(int column) {
        return onNode("ss", "-Htn", "state", "established")
                .lines()
                .map(line -> line.strip().split("\\s+")[column])
                .map(address -> address.substring(address.lastIndexOf(':')))
                .toList();
    }

    private static int count(String namespace, String what) {
        var count = Pattern.compile("^TCP6?:.* " + what + " (\\d+)", Pattern.MULTILINE);
        try (var entered = NetworkNamespace.enter(path(namespace))) {
            var net = Path.of("/proc/thread-self/net");
            var statistics = entered.call(
                    () -> Files.readString(net.resolve("sockstat")) + Files.readString(net.resolve("sockstat6")));
            return count.matcher(statistics)
                    .results()
                    .mapToInt(result -> Integer.parseInt(result.group(1)))
                    .sum();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Path path(String namespace) {
        return Path.of("/run/netns", namespace);
    }

    private static String[] entering(String namespace, String... command) {
        var whole = new ArrayList<>(List.of("nsenter", "--net=" + path(namespace)));
        whole.addAll(List.of(command));
        return whole.toArray(String[]::new);
    }

    private static String run(String... command) {
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            var output = new String(process.getInputStream().readAllBytes());
            assertThat(process.waitFor())
                    .as("%s: %s", String.join(" ", command), output)
                    .isZero();
            return output;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// Leaves nothing behind, however far [#create] came.
    @Override
    public void close() {
        List.of(node, pod).stream()
                .filter(name -> Files.exists(path(name)))
                .forEach(name -> run("ip", "netns", "delete", name));
    }
}
