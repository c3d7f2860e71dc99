package dev.socketcapacity.cli;

import dev.socketcapacity.agent.probe.ChildProbe;
import dev.socketcapacity.agent.probe.InProcessProbe;
import dev.socketcapacity.agent.probe.Probe;
import dev.socketcapacity.agent.probe.ProbeRequest;
import dev.socketcapacity.agent.probe.ProbeResult;
import dev.socketcapacity.agent.probe.Route;
import dev.socketcapacity.agent.survey.Surveyor;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.ProbeRoom;
import dev.socketcapacity.plan.Survey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// A probe that somebody watches and may interrupt, and what is told of it.
final class ProbeRun {

    private static final Duration ONE_CONNECTION = Duration.ofSeconds(10);

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Mixin
    private Output output;

    /// What bounds this process, and so one that it starts.
    static Survey survey() throws IOException {
        return new Surveyor(Path.of("/proc"))
                .process((int) ProcessHandle.current().pid());
    }

    /// Refuses what would take from others what they need. Returns the exit code.
    ///
    /// @param tables descriptor tables, or [Probe#ENOUGH_TABLES]
    /// @param room   before the probe
    int run(Route route, int connectionsPerSecond, int tables, ProbeRequest request, ProbeRoom room)
            throws IOException {
        var against = against(route, request, room);
        if (against.isPresent()) {
            tell(refusal(against.get(), request.connections()));
            return Sockcap.FALLS_SHORT;
        }
        var samples = new Samples();
        var probe = probe(route, connectionsPerSecond, tables, room);
        var result = watched(probe, request, samples);
        return result.isEmpty()
                ? Sockcap.INTERRUPTED
                : report(result.get(), new ProbeReport.Circumstances(route, request, tables == 1, room, samples));
    }

    /// A single connection shows whether they are tracked at all, where that matters.
    private static Optional<ProbeRoom.Bound> against(Route route, ProbeRequest request, ProbeRoom room) {
        var against = room.against(request.connections());
        return against.filter(bound -> bound.reading().limit() == Limit.CONNTRACK_MAX)
                                .isPresent()
                        && !isTracked(route, room)
                ? room.without(Limit.CONNTRACK_MAX).against(request.connections())
                : against;
    }

    private static boolean isTracked(Route route, ProbeRoom room) {
        try {
            var one = new ProbeRequest(1, 1, Duration.ZERO, ONE_CONNECTION);
            return probe(route, Probe.UNPACED, Probe.ENOUGH_TABLES, room).run(one)
                            instanceof ProbeResult.Held(var _, var _, var opening)
                    && opening.tracked();
        } catch (InterruptedException _) {
            return true; // nobody does
        }
    }

    /// Where a cgroup bounds its memory, the kernel kills the process that holds the connections when that is used up:
    /// there another one does, and this one is left to tell.
    private static Probe probe(Route route, int connectionsPerSecond, int tables, ProbeRoom room) {
        return room.survey().readings().stream().anyMatch(reading -> reading.limit() == Limit.CGROUP_MEMORY)
                ? new ChildProbe(route, connectionsPerSecond, tables, ChildProbe.javaCommand())
                : new InProcessProbe(route, connectionsPerSecond, tables);
    }

    private static String refusal(ProbeRoom.Bound bound, int wanted) {
        var reading = bound.reading();
        return "not tried, as others need some of it as well: %s (%s) has room for %d connections, not for %d"
                .formatted(reading.limit().key(), reading.at(), bound.allowed(), wanted);
    }

    /// Empty where it was interrupted.
    private Optional<ProbeResult> watched(Probe probe, ProbeRequest request, Samples samples) {
        try (var _ = new Interruption()) {
            try (var progress = progress(request)) {
                var result = probe.run(request, connections -> {
                    progress.reached(connections);
                    samples.add(progress.elapsed(), connections);
                });
                samples.end(progress.elapsed(), held(result, samples));
                return Optional.of(result);
            } catch (InterruptedException _) {
                tell("interrupted: %d of %d connections were held, and none is left"
                        .formatted(samples.latest(), request.connections()));
                return Optional.empty();
            }
        }
    }

    private static int held(ProbeResult result, Samples samples) {
        return switch (result) {
            case ProbeResult.Held held -> held.connections();
            case ProbeResult.FellShort fell -> fell.held();
            case ProbeResult.Inconclusive _ -> samples.latest();
        };
    }

    private ProgressLine progress(ProbeRequest request) {
        var out = command.commandLine().getErr();
        return new ProgressLine(out, Terminal.showsProgress(), request.connections());
    }

    private int report(ProbeResult result, ProbeReport.Circumstances circumstances) throws IOException {
        return switch (result) {
            case ProbeResult.Held held -> {
                print(ProbeReport.of(held, circumstances));
                yield Sockcap.HOLDS;
            }
            case ProbeResult.FellShort fell -> {
                print(ProbeReport.of(fell, circumstances));
                yield Sockcap.FALLS_SHORT;
            }
            case ProbeResult.Inconclusive(var cause) -> throw new IOException(cause);
        };
    }

    private void print(ProbeReport report) {
        output.print(report, () -> new ProbeText(report, Terminal.shows(Graph.BLOCKS)).toString());
    }

    private void tell(String message) {
        command.commandLine().getErr().println("%s: %s".formatted(command.root().name(), message));
    }
}
