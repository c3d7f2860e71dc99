package dev.socketcapacity.cli;

import dev.socketcapacity.agent.probe.ProbeServer;
import dev.socketcapacity.agent.probe.ProbeServer.Standing;
import dev.socketcapacity.plan.ProbeRoom;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The accepting side of a probe from another machine.
@Command(
        name = "serve",
        header = "Accepts the connections of 'sockcap probe connect' elsewhere.",
        description =
                "%nHolds them until their other ends are gone, tells how many there are when that changes, and runs until it"
                        + " is interrupted. It is not bound by what one process may open, and leaves a tenth of the memory and"
                        + " of the files that are free to others.%n",
        footer = {"", "Examples:", "  sockcap probe serve", "  sockcap probe serve --listen [fd00::7]:7474"})
final class ServeCommand implements Callable<Integer> {

    private static final ProbeRoom.Shape ACCEPTED = new ProbeRoom.Shape(1, 0, 0);

    @Option(
            names = "--listen",
            paramLabel = "<address:port>",
            defaultValue = "0.0.0.0:7474",
            converter = AddressConverter.class,
            description = "Where. Port 0 is any that is free. Default: ${DEFAULT-VALUE}.")
    private InetSocketAddress address;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException {
        var room = ProbeRoom.of(ProbeRun.survey(), ACCEPTED);
        var max = room.tightest().map(ProbeRoom.Bound::allowed).orElse(Long.MAX_VALUE);
        var server = new ProbeServer(address, max);
        var out = command.commandLine().getOut();
        var at = AddressConverter.text(new InetSocketAddress(address.getAddress(), server.port()));
        tell("Listening at %s, for up to %d connections".formatted(at, max), out);
        try (var _ = new Interruption()) {
            try {
                server.run(standing -> tell(text(standing), out));
            } catch (InterruptedException | ClosedByInterruptException _) {
                Thread.interrupted(); // what is asked for below is read from files
                tell(lastWords(server.standing()), out);
            }
        }
        return Sockcap.INTERRUPTED;
    }

    private static String text(Standing standing) {
        return "%d held%s%s"
                .formatted(
                        standing.held(),
                        overflows(standing),
                        standing.refusal()
                                .map("; no more are accepted: "::concat)
                                .orElse(""));
    }

    private static String lastWords(Standing standing) {
        return "%d were accepted, up to %d at one moment%s; none is left"
                .formatted(standing.accepted(), standing.most(), overflows(standing));
    }

    private static String overflows(Standing standing) {
        return standing.overflows() == 0
                ? ""
                : "; the accept queue was full %d times (net.core.somaxconn)".formatted(standing.overflows());
    }

    private static void tell(String line, PrintWriter out) {
        out.println(line);
        out.flush();
    }
}
