package dev.socketcapacity.cli;

import dev.socketcapacity.agent.probe.Probe;
import dev.socketcapacity.agent.probe.Route;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.ProbeRoom;
import dev.socketcapacity.plan.Survey;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Really holds connections, both ends of them here.
@Command(
        name = "probe",
        header = "Really holds so many connections, and names what stops it.",
        subcommands = {ServeCommand.class, ConnectCommand.class},
        description =
                "%nOpens TCP connections over loopback, holds all of them at one moment, and closes them; nothing is left,"
                        + " also where it is interrupted. Exits with 0 where it held them all, and with 1 where"
                        + " something was in the way, or would be in the way of others. A rate of more than "
                        + Probe.DEFAULT_CONNECTIONS_PER_SECOND
                        + " a second, or none, is for machines that carry no load.%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sockcap probe --connections 500000     # does it hold a million sockets?",
            "  sockcap probe -c 100000 --rate 2000    # beside real traffic",
            "  sockcap probe -c 100000 --tables 1     # as one server process",
            "  sockcap probe -c 60000 --destinations 1 # as a client of one server",
            "  sockcap probe -c 500000 -o json | jq .cause",
            "  sockcap probe serve                    # here, and on another machine:",
            "  sockcap probe connect 10.0.0.7:7474 -c 20000"
        })
final class ProbeCommand implements Callable<Integer> {

    private static final int MAX_DESTINATIONS = 1_000;
    private static final int MAX_TABLES = 256;

    /// To one destination. Past half of the usual ports, connect(2) takes longer to find one.
    private static final int FAST = 9_900;

    /// Fewer connections are opened before another thread would be at work.
    private static final int WORTH_A_THREAD = 1_000;

    /// What a process has open beside connections.
    private static final int OTHER_DESCRIPTORS = 100;

    @Mixin
    private ProbeOptions options;

    @Option(
            names = "--destinations",
            paramLabel = "<destinations>",
            converter = DestinationsConverter.class,
            description = "Over how many listening ports they are spread: 1 is as to one server. 1 to "
                    + MAX_DESTINATIONS + ". Left out: so many that ports are not in the way.")
    private Integer destinations;

    @Option(
            names = "--tables",
            paramLabel = "<tables>",
            converter = TablesConverter.class,
            description = "How many descriptor tables hold both ends, each of which RLIMIT_NOFILE bounds: 1 is as one"
                    + " process. 1 to " + MAX_TABLES + ". Left out: as many as it takes, and one for each processor.")
    private Integer tables;

    @Mixin
    private ProbeRun run;

    @Override
    public Integer call() throws IOException {
        require("--destinations", destinations);
        require("--tables", tables);
        var survey = ProbeRun.survey();
        var request = options.request(destinations == null ? enoughDestinations(survey) : destinations);
        var route = new Route.Loopback();
        var shape = new ProbeRoom.Shape(route.ends(), asked(destinations), asked(tables));
        var room = ProbeRoom.of(survey, shape);
        return run.run(route, options.connectionsPerSecond(), asked(tables), request, room);
    }

    /// 0 where it is left out.
    private static int asked(Integer number) {
        return number == null ? 0 : number;
    }

    private void require(String option, Integer number) {
        if (number != null && number > options.connections()) {
            throw options.wrong("%s must be at most as many as --connections (%d), not %d"
                    .formatted(option, options.connections(), number));
        }
    }

    /// Also at least one for each table, of which each processor gets as many, so that they are filled in parallel.
    private int enoughDestinations(Survey survey) {
        long descriptors = survey.readings().stream()
                .filter(reading -> reading.limit() == Limit.DESCRIPTORS)
                .mapToLong(reading -> reading.max().getAsLong())
                .findFirst()
                .orElse(Long.MAX_VALUE);
        long perTable = Math.max(1, (descriptors - OTHER_DESCRIPTORS) / 2);
        int connections = options.connections();
        int threads = Math.min(Runtime.getRuntime().availableProcessors(), Math.ceilDiv(connections, WORTH_A_THREAD));
        long tables = Math.ceilDiv(Math.ceilDiv(connections, perTable), threads) * threads;
        long enough = Math.max(Math.min(MAX_TABLES, tables), Math.ceilDiv(connections, FAST));
        return (int) Math.min(connections, enough);
    }

    static final class DestinationsConverter extends WholeNumber {
        DestinationsConverter() {
            super(1, MAX_DESTINATIONS);
        }
    }

    static final class TablesConverter extends WholeNumber {
        TablesConverter() {
            super(1, MAX_TABLES);
        }
    }
}
