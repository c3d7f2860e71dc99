package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.probe.ProbeEvent.Decided;
import dev.socketcapacity.agent.probe.ProbeEvent.Over;
import dev.socketcapacity.agent.probe.ProbeEvent.Progress;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/// Opens, holds and closes connections in a process of its own for each run: with a small heap, the first that the
/// kernel kills when memory runs out, and ended when this process is. Needs CAP_SYS_ADMIN where the route begins in
/// another network namespace.
public final class ChildProbe implements Probe {

    /// The system property that names the file of loaded classes that this process was started with, if it was.
    private static final String AOT_CACHE = "socketcapacity.aot";

    /// Exit status of a process that was killed.
    private static final int KILLED = 128 + 9;

    private static final Duration GRACE = Duration.ofSeconds(5);

    /// What the child tells is read no more often: each time takes from others what the probe leaves them. What waits
    /// meanwhile has room in the pipe.
    private static final Duration READ_EVERY = Duration.ofMillis(200);

    private static final int MAX_LAST_WORDS = 5;
    private static final String STACK_FRAME = "\tat ";

    private final Route route;
    private final int connectionsPerSecond;
    private final int tables;
    private final List<String> java;

    /// Opens and closes at [#DEFAULT_CONNECTIONS_PER_SECOND], with the Java that runs this process.
    public ChildProbe(Route route) {
        this(route, DEFAULT_CONNECTIONS_PER_SECOND, ENOUGH_TABLES, javaCommand());
    }

    /// @param connectionsPerSecond how fast to open, and to close; or [#UNPACED]
    /// @param tables               descriptor tables, each of which RLIMIT_NOFILE bounds: 1 is what one server
    ///                             could hold; or [#ENOUGH_TABLES]
    /// @param java                 what starts the child process, up to the name of its main class
    public ChildProbe(Route route, int connectionsPerSecond, int tables, List<String> java) {
        this.route = route;
        this.connectionsPerSecond = connectionsPerSecond;
        this.tables = tables;
        this.java = List.copyOf(java);
    }

    /// The Java and the class path of this process, made small.
    public static List<String> javaCommand() {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xms8m",
                "-Xmx32m",
                "-Xmn4m", // that of this process may not leave room for the rest
                "-Xss256k",
                "-XX:TieredStopAtLevel=1",
                "-XX:CompileThresholdScaling=4", // the compiler takes more from others than it saves in a short run
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED"));
        Optional.ofNullable(System.getProperty(AOT_CACHE)).ifPresent(cache -> command.add("-XX:AOTCache=" + cache));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        return List.copyOf(command);
    }

    /// Does once in this process what else the probe's own process does, and ends it: so that a cache of loaded classes
    /// has those as well.
    public static void rehearse() throws IOException, InterruptedException {
        System.setIn(new PipedInputStream(new PipedOutputStream())); // of a parent that lives on
        var job = new ProbeJob(
                2, 1, Duration.ZERO, GRACE, DEFAULT_CONNECTIONS_PER_SECOND, ENOUGH_TABLES, new Route.Loopback());
        ProbeChild.main(job.toArguments().toArray(String[]::new));
    }

    @Override
    public ProbeResult run(ProbeRequest request, IntConsumer progress) throws InterruptedException {
        var kills = new MemoryKills();
        Process child;
        try {
            child = start(request);
        } catch (CompletionException e) {
            return new Inconclusive(
                    "cannot start the probe's process: " + e.getCause().getMessage());
        }
        var events = new ProbeEvents();
        Thread.ofPlatform().daemon().name("probe events").start(() -> read(child, request, kills, events));
        try {
            return events.await(request, progress);
        } finally {
            end(child);
        }
    }

    private Process start(ProbeRequest request) {
        var job = ProbeJob.of(request, connectionsPerSecond, tables, route);
        var command = new ArrayList<>(java);
        command.add(ProbeChild.class.getName());
        command.addAll(job.toArguments());
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        // meant for this process: its choice of a collector would contradict the child's
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        return start(builder);
    }

    /// A process inherits how it is scheduled from the thread that starts it, so that one with a pace takes from its
    /// first moment on only what nobody else wants. That thread is for this alone: it may not have the right to be
    /// what it was before.
    private Process start(ProcessBuilder builder) {
        var child = new CompletableFuture<Process>();
        Thread.ofPlatform().daemon().name("probe start").start(() -> {
            try {
                if (connectionsPerSecond != UNPACED) {
                    Libc.scheduleIdle();
                }
                child.complete(builder.start());
            } catch (IOException | RuntimeException e) {
                child.completeExceptionally(e);
            }
        });
        return child.join();
    }

    private static void read(Process child, ProbeRequest request, MemoryKills kills, ProbeEvents events) {
        var lastWords = new ArrayDeque<String>();
        int open = 0;
        try (var output = child.inputReader()) {
            for (var line = output.readLine(); line != null; line = output.readLine()) {
                var event = ProbeEvent.parse(line);
                event.ifPresent(events::add);
                if (event.isPresent() && event.get() instanceof Progress(var connections)) {
                    open = connections;
                }
                if (event.isEmpty() && !line.startsWith(STACK_FRAME)) {
                    lastWords.add(line);
                }
                if (lastWords.size() > MAX_LAST_WORDS) {
                    lastWords.remove();
                }
                if (!output.ready()) {
                    LockSupport.parkNanos(READ_EVERY.toNanos());
                }
            }
        } catch (IOException _) {
            // run() has ended, and the process with it
        }
        int status = child.onExit().join().exitValue();
        events.add(new Decided(undecided(status, String.join("; ", lastWords), open, request, kills)));
        events.add(new Over());
    }

    /// What a process that ends before it has decided comes to.
    private static ProbeResult undecided(
            int status, String lastWords, int open, ProbeRequest request, MemoryKills kills) {
        return Optional.of(kills)
                .filter(_ -> status == KILLED)
                .flatMap(MemoryKills::cause)
                .<ProbeResult>map(cause -> new FellShort(open, request.connections(), cause, Optional.empty()))
                .orElseGet(() -> new Inconclusive("the probe's process ended with status %d before it was done: %s"
                        .formatted(status, lastWords.isEmpty() ? "it said nothing" : lastWords)));
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
