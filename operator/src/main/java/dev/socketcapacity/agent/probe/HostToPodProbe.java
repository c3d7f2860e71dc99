package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.probe.ProbeEvent.Decided;
import dev.socketcapacity.agent.probe.ProbeEvent.Exited;
import dev.socketcapacity.agent.probe.ProbeEvent.Progress;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/// Connects from the node's network namespace to this pod, so over the node's real data path, and holds both ends.
///
/// Each run is a child process with a small heap, which is the first that the kernel kills when memory runs out, and
/// which ends when this process does. Needs CAP_SYS_ADMIN, to enter the node's namespace.
public final class HostToPodProbe implements Probe {

    /// Slow enough, with the processor time that nobody else wants, that the 99th percentile of another server's
    /// latency stays within a tenth of what it was.
    public static final int DEFAULT_CONNECTIONS_PER_SECOND = 2_000;

    /// As fast as the node can, at normal priority: for a node that carries no load.
    public static final int UNPACED = Pace.UNLIMITED;

    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final int MAX_LAST_WORDS = 5;
    private static final String STACK_FRAME = "\tat ";

    private final Path nodeNamespace;
    private final InetAddress podAddress;
    private final int connectionsPerSecond;
    private final List<String> java;

    /// Opens and closes at [#DEFAULT_CONNECTIONS_PER_SECOND], with the Java that runs this process.
    public HostToPodProbe(Path nodeNamespace, InetAddress podAddress) {
        this(nodeNamespace, podAddress, DEFAULT_CONNECTIONS_PER_SECOND, javaCommand());
    }

    /// @param nodeNamespace        such as `/host/proc/1/ns/net`
    /// @param podAddress           IPv4 or IPv6, of the network namespace that the child process is in
    /// @param connectionsPerSecond how fast to open, and to close; or [#UNPACED]
    /// @param java                 what starts the child process, up to the name of its main class
    public HostToPodProbe(Path nodeNamespace, InetAddress podAddress, int connectionsPerSecond, List<String> java) {
        this.nodeNamespace = nodeNamespace;
        this.podAddress = podAddress;
        this.connectionsPerSecond = connectionsPerSecond;
        this.java = List.copyOf(java);
    }

    /// The Java and the class path of this process, made small.
    public static List<String> javaCommand() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx32m",
                "-Xss256k",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"));
    }

    @Override
    public ProbeResult run(ProbeRequest request, IntConsumer progress) throws InterruptedException {
        Process child;
        try {
            child = start(request);
        } catch (IOException e) {
            return new Inconclusive("cannot start the probe's process: " + e.getMessage());
        }
        try {
            return follow(child, request, progress);
        } finally {
            end(child);
        }
    }

    private Process start(ProbeRequest request) throws IOException {
        var job = new ProbeJob(
                request.connections(),
                request.destinations(),
                request.hold(),
                connectionsPerSecond,
                nodeNamespace,
                podAddress);
        var command = new ArrayList<>(java);
        command.add(ProbeChild.class.getName());
        command.addAll(job.toArguments());
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        // meant for this process: its choice of a collector would contradict the child's
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        return builder.start();
    }

    private static ProbeResult follow(Process child, ProbeRequest request, IntConsumer progress)
            throws InterruptedException {
        var events = new LinkedBlockingQueue<ProbeEvent>();
        Thread.ofPlatform().daemon().name("probe events").start(() -> read(child, events));
        long deadline = System.nanoTime() + request.timeout().toNanos();
        var result = Optional.<ProbeResult>empty();
        int open = 0;
        while (true) {
            switch (events.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                case Progress(var connections) -> {
                    open = connections;
                    progress.accept(connections);
                }
                case Decided(var decided) -> result = Optional.of(decided);
                case Exited exited -> {
                    return result.orElseGet(exited::inconclusive);
                }
                case null -> {
                    var cause = "not finished after %d s, with %d of %d connections open"
                            .formatted(request.timeout().toSeconds(), open, request.connections());
                    return result.orElseGet(() -> new Inconclusive(cause));
                }
            }
        }
    }

    private static void read(Process child, BlockingQueue<ProbeEvent> events) {
        var lastWords = new ArrayDeque<String>();
        try (var output = child.inputReader()) {
            for (var line = output.readLine(); line != null; line = output.readLine()) {
                var event = ProbeEvent.parse(line);
                event.ifPresent(events::add);
                if (event.isEmpty() && !line.startsWith(STACK_FRAME)) {
                    lastWords.add(line);
                }
                if (lastWords.size() > MAX_LAST_WORDS) {
                    lastWords.remove();
                }
            }
        } catch (IOException _) {
            // run() has ended, and the process with it
        }
        events.add(new Exited(child.onExit().join().exitValue(), String.join("; ", lastWords)));
    }

    /// The child ends by itself when its standard input does.
    private static void end(Process child) throws InterruptedException {
        try {
            child.getOutputStream().close();
        } catch (IOException _) {
            // it has ended already
        }
        try {
            child.waitFor(GRACE);
        } finally {
            child.destroyForcibly();
        }
    }
}
