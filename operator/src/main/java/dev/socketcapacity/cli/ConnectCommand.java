package dev.socketcapacity.cli;

import dev.socketcapacity.agent.probe.Probe;
import dev.socketcapacity.agent.probe.Route;
import dev.socketcapacity.plan.ProbeRoom;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The connecting side of a probe to another machine.
@Command(
        name = "connect",
        header = "Really holds so many connections to 'sockcap probe serve' elsewhere.",
        description =
                "%nEach counts as held once the other side has greeted. They are spread evenly over the addresses that are"
                        + " given; towards each of them this machine has all its local ports anew.%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sockcap probe connect 10.0.0.7:7474 --connections 20000",
            "  sockcap probe connect 10.0.0.7:7474 [fd00::7]:7474 -c 40000 --hold 60"
        })
final class ConnectCommand implements Callable<Integer> {

    @Parameters(
            arity = "1..*",
            paramLabel = "<address:port>",
            converter = AddressConverter.class,
            description = "Where 'sockcap probe serve' listens: one or several.")
    private List<InetSocketAddress> servers;

    @Mixin
    private ProbeOptions options;

    @Mixin
    private ProbeRun run;

    @Override
    public Integer call() throws IOException {
        if (servers.size() > options.connections()) {
            throw options.wrong("--connections must be at least one to each of %d addresses, not %d"
                    .formatted(servers.size(), options.connections()));
        }
        var route = new Route.ToServers(servers);
        var shape = new ProbeRoom.Shape(route.ends(), servers.size(), Probe.ENOUGH_TABLES);
        var room = ProbeRoom.of(ProbeRun.survey(), shape);
        return run.run(
                route, options.connectionsPerSecond(), Probe.ENOUGH_TABLES, options.request(servers.size()), room);
    }
}
