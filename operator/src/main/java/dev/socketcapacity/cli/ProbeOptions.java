package dev.socketcapacity.cli;

import dev.socketcapacity.agent.probe.Probe;
import dev.socketcapacity.agent.probe.ProbeRequest;
import dev.socketcapacity.api.Bounds;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// How many connections a probe shall hold, for how long, and how fast it shall open them.
final class ProbeOptions {

    private static final int MAX_RATE = 1_000_000;
    private static final int DAY = 86_400;
    private static final int START_SECONDS = 60;

    /// What opening comes down to where hardly a port is left.
    private static final int LEAST_PER_SECOND = 100;

    /// What a probe with a rate slows down to where others wait for a processor.
    private static final int SLOWEST = 4;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-c", "--connections"},
            paramLabel = "<connections>",
            converter = ConnectionsConverter.class,
            description = "How many to hold at one moment. 1 to " + Bounds.MAX_CONNECTIONS + ".")
    private Integer connections;

    @Option(
            names = "--hold",
            paramLabel = "<seconds>",
            defaultValue = "0",
            converter = SecondsConverter.class,
            description = "How long to hold them, before each is looked at once more. 0 to " + DAY
                    + ". Default: ${DEFAULT-VALUE}.")
    private int hold;

    @Option(
            names = "--rate",
            paramLabel = "<per second>",
            converter = RateConverter.class,
            description =
                    "Opens, and closes, no more than so many in a second, evenly, and with the processor time that"
                            + " nobody else wants: beside real traffic, at most "
                            + Probe.DEFAULT_CONNECTIONS_PER_SECOND
                            + ". 1 to " + MAX_RATE + ". Left out: as fast as it can.")
    private Integer rate;

    @Option(
            names = "--timeout",
            paramLabel = "<seconds>",
            converter = TimeoutConverter.class,
            description = "Gives up after so long. Left out: long enough for a slow machine.")
    private Integer timeout;

    int connections() {
        if (connections == null) {
            throw wrong("Missing required option: '--connections=<connections>'");
        }
        return connections;
    }

    int connectionsPerSecond() {
        return rate == null ? Probe.UNPACED : rate;
    }

    ProbeRequest request(int destinations) {
        if (timeout != null && timeout <= hold) {
            throw wrong("--timeout must be longer than --hold (%d s), not %d s".formatted(hold, timeout));
        }
        return new ProbeRequest(
                connections(),
                destinations,
                Duration.ofSeconds(hold),
                Duration.ofSeconds(timeout == null ? enoughSeconds() : timeout));
    }

    private long enoughSeconds() {
        long opening = connections / LEAST_PER_SECOND;
        long slowed = rate == null ? 0 : (long) SLOWEST * connections / rate;
        return START_SECONDS + hold + opening + slowed;
    }

    ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    static final class ConnectionsConverter extends WholeNumber {
        ConnectionsConverter() {
            super(1, (int) Bounds.MAX_CONNECTIONS);
        }
    }

    static final class SecondsConverter extends WholeNumber {
        SecondsConverter() {
            super(0, DAY);
        }
    }

    static final class RateConverter extends WholeNumber {
        RateConverter() {
            super(1, MAX_RATE);
        }
    }

    static final class TimeoutConverter extends WholeNumber {
        TimeoutConverter() {
            super(1, 2 * DAY);
        }
    }
}
