package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.Condition.Type;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// An [AgentProcess], from outside. Killed when it is closed.
final class RunningAgent implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private RunningAgent(Process process) {
        this.process = process;
        Thread.ofPlatform().daemon().start(() -> process.inputReader().lines().forEach(lines::add));
    }

    static RunningAgent start(Path state) {
        try {
            var process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            AgentProcess.class.getName(),
                            state.toString(),
                            "0.01")
                    .redirectError(Redirect.INHERIT)
                    .start();
            var agent = new RunningAgent(process);
            agent.awaitLine(AgentProcess.STARTED);
            return agent;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void wish(long generation, NodeSocketCapacitySpec spec) {
        wish(generation, spec, -1);
    }

    /// A wish for which it takes no more than that many steps, and then stands still.
    void wish(long generation, NodeSocketCapacitySpec spec, int steps) {
        try {
            var out = process.outputWriter();
            out.write("%d %d %s\n".formatted(generation, steps, JSON.writeValueAsString(spec)));
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits for a report on that generation with that reason for Enacted.
    NodeSocketCapacityStatus awaitEnacted(long generation, String reason) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .failFast(() -> assertThat(process.isAlive()).isTrue())
                .until(() -> report(generation, reason).isPresent());
        return report(generation, reason).orElseThrow();
    }

    private Optional<NodeSocketCapacityStatus> report(long generation, String reason) {
        return reports().reversed().stream()
                .findFirst()
                .filter(status -> status.observedGeneration() == generation)
                .filter(status -> Condition.find(status.conditions(), Type.Enacted)
                        .filter(enacted -> enacted.reason().equals(reason))
                        .isPresent());
    }

    List<NodeSocketCapacityStatus> reports() {
        return lines.stream()
                .filter(line -> line.startsWith("{"))
                .map(RunningAgent::status)
                .toList();
    }

    private static NodeSocketCapacityStatus status(String line) {
        try {
            return JSON.readValue(line, NodeSocketCapacityStatus.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Whether it stops, for want of steps, before it reports that reason.
    boolean stopsBefore(long generation, String reason) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> isStopped() || report(generation, reason).isPresent());
        return isStopped();
    }

    private boolean isStopped() {
        return lines.stream().anyMatch(line -> line.startsWith(AgentProcess.STOPPED));
    }

    private void awaitLine(String start) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> lines.stream().anyMatch(line -> line.startsWith(start)));
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    /// SIGTERM.
    void terminate() {
        process.destroy();
        process.onExit().join();
    }

    /// SIGKILL.
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
