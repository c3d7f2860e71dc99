package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.time.Duration;
import java.util.Optional;

/// What the probe's process tells its parent, a line of text each.
sealed interface ProbeEvent {

    /// Both sides have this many connections by now.
    record Progress(int connections) implements ProbeEvent {}

    /// The probe is decided; its process ends when it has closed the connections.
    record Decided(ProbeResult result) implements ProbeEvent {}

    /// The process is gone. Not a line of its own: the parent sees it.
    record Exited(int status, String lastWords) implements ProbeEvent {

        Inconclusive inconclusive() {
            return new Inconclusive("the probe's process ended with status %d before it was done: %s"
                    .formatted(status, lastWords.isEmpty() ? "it said nothing" : lastWords));
        }
    }

    static String line(int connections) {
        return "progress " + connections;
    }

    static String line(ProbeResult result) {
        return switch (result) {
            case Held(var connections, var opening, var held) -> "held %d %s %s".formatted(connections, opening, held);
            case FellShort(var held, var wanted, var errno, var call) ->
                "fell-short %d %d %s %s".formatted(held, wanted, call, errno);
            case Inconclusive(var cause) -> "inconclusive " + cause.replace('\n', ' ');
        };
    }

    /// The event in `line`; empty for anything else that a process may print.
    static Optional<ProbeEvent> parse(String line) {
        var words = line.split(" ", -1);
        return switch (words[0]) {
            case "progress" -> Optional.of(new Progress(Integer.parseInt(words[1])));
            case "held" ->
                decided(new Held(Integer.parseInt(words[1]), Duration.parse(words[2]), Duration.parse(words[3])));
            case "fell-short" -> {
                var errno = line.split(" ", 5)[4];
                yield decided(new FellShort(Integer.parseInt(words[1]), Integer.parseInt(words[2]), errno, words[3]));
            }
            case "inconclusive" -> decided(new Inconclusive(line.substring("inconclusive ".length())));
            default -> Optional.empty();
        };
    }

    private static Optional<ProbeEvent> decided(ProbeResult result) {
        return Optional.of(new Decided(result));
    }
}
