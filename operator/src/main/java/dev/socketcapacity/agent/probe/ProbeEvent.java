package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import dev.socketcapacity.plan.PortRange;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/// What happens to a probe.
sealed interface ProbeEvent {

    /// Both sides have this many connections by now.
    record Progress(int connections) implements ProbeEvent {}

    /// What it comes to. The first decision counts.
    record Decided(ProbeResult result) implements ProbeEvent {}

    /// Its connections are closed, or about to be, without any pace.
    record Over() implements ProbeEvent {}

    /// As the probe's process tells its parent; [Over] has no line, but the process's end. Numbers are formatted by
    /// `%s`: `%d` would load all that is known of the locale's digits, at a moment when others want to work.
    static String line(int connections) {
        return "progress " + connections;
    }

    static String line(ProbeResult result) {
        return switch (result) {
            case Held(var connections, var held, var opening) ->
                "held %s %s %s".formatted(words(opening), connections, held);
            case FellShort(var held, var wanted, var cause, var opening) ->
                "fell-short %s %s %s %s %s"
                        .formatted(words(opening.orElseThrow()), held, wanted, cause.obstacle(), cause.evidence());
            case Inconclusive(var cause) -> "inconclusive " + cause.replace('\n', ' ');
        };
    }

    private static String words(Opening opening) {
        return "%s %s %s %s %s %s %s %s"
                .formatted(
                        opening.took(),
                        opening.median(),
                        opening.ninety(),
                        opening.ninetyNine(),
                        opening.longest(),
                        opening.tracked(),
                        opening.bytesPerConnection(),
                        opening.slowDown().map(ProbeEvent::word).orElse("-"));
    }

    private static String word(SlowDown slowDown) {
        var range = slowDown.ports().range();
        return "%d,%d,%d,%d,%d"
                .formatted(
                        slowDown.connections(),
                        slowDown.times(),
                        range.first(),
                        range.last(),
                        slowDown.ports().reserved());
    }

    /// The event in `line`; empty for anything else that a process may print.
    static Optional<ProbeEvent> parse(String line) {
        try {
            return event(line);
        } catch (IllegalArgumentException | IndexOutOfBoundsException | DateTimeException _) {
            return Optional.empty(); // somebody else's words, or not all of ours
        }
    }

    private static Optional<ProbeEvent> event(String line) {
        var words = line.split(" ", -1);
        return switch (words[0]) {
            case "progress" -> Optional.of(new Progress(Integer.parseInt(words[1])));
            case "held" -> decided(new Held(Integer.parseInt(words[9]), Duration.parse(words[10]), opening(words)));
            case "fell-short" -> {
                var cause = new Cause(Obstacle.valueOf(words[11]), line.split(" ", 13)[12]);
                yield decided(new FellShort(
                        Integer.parseInt(words[9]), Integer.parseInt(words[10]), cause, Optional.of(opening(words))));
            }
            case "inconclusive" -> decided(new Inconclusive(line.substring("inconclusive ".length())));
            default -> Optional.empty();
        };
    }

    private static Opening opening(String... words) {
        return new Opening(
                Duration.parse(words[1]),
                Duration.parse(words[2]),
                Duration.parse(words[3]),
                Duration.parse(words[4]),
                Duration.parse(words[5]),
                Boolean.parseBoolean(words[6]),
                Long.parseLong(words[7]),
                Optional.of(words[8]).filter(word -> !word.equals("-")).map(ProbeEvent::slowDown));
    }

    private static SlowDown slowDown(String word) {
        var numbers = Stream.of(word.split(",")).map(Integer::valueOf).toList();
        var range = new PortRange(numbers.get(2), numbers.get(3));
        return new SlowDown(numbers.get(0), numbers.get(1), new UsablePorts(range, numbers.get(4)));
    }

    private static Optional<ProbeEvent> decided(ProbeResult result) {
        return Optional.of(new Decided(result));
    }
}
