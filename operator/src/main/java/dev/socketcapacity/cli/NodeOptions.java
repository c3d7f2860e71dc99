package dev.socketcapacity.cli;

import dev.socketcapacity.agent.LocalNode;
import dev.socketcapacity.plan.PortSet;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which machine, and where it keeps what was found.
final class NodeOptions {

    @Mixin
    private ProcRoot proc;

    @Option(
            names = "--state",
            paramLabel = "<folder>",
            defaultValue = "/var/lib/socketcapacity",
            description = "The folder that keeps what was found. Default: ${DEFAULT-VALUE}.")
    private Path state;

    @Option(
            names = "--keep-ports",
            paramLabel = "<ports>",
            defaultValue = "",
            converter = PortSetConverter.class,
            description = "Ports and ranges, separated by commas, that never become ephemeral, besides those that"
                    + " somebody listens on. Default: none.")
    private PortSet keepPorts;

    LocalNode open() throws IOException {
        return new LocalNode(proc.path(), state, keepPorts);
    }
}
