package dev.socketcapacity.cli;

import dev.socketcapacity.agent.AgentOptions;
import dev.socketcapacity.agent.AgentRole;
import dev.socketcapacity.plan.PortSet;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// The agent of one node, as the DaemonSet starts it.
@Command(name = "agent", description = "Holds one node at what its NodeSocketCapacity asks for, and reports.")
final class AgentCommand implements Callable<Integer> {

    @Option(names = "--node", required = true, paramLabel = "<name>", description = "The node's name.")
    private String node;

    @Option(
            names = "--pod-ip",
            required = true,
            paramLabel = "<address>",
            description = "The pod's own address: the probe's accepting side, and where health and metrics are served.")
    private InetAddress podIp;

    @Option(
            names = "--proc",
            paramLabel = "<folder>",
            defaultValue = "/host/proc",
            description = "Where the host's procfs is mounted. Default: ${DEFAULT-VALUE}.")
    private Path proc;

    @Option(
            names = "--state",
            paramLabel = "<folder>",
            defaultValue = "/var/lib/socketcapacity",
            description = "The folder on the host that keeps what was found. Default: ${DEFAULT-VALUE}.")
    private Path state;

    @Option(
            names = "--keep-ports",
            paramLabel = "<ports>",
            defaultValue = "",
            converter = PortSetConverter.class,
            description = "Ports and ranges, separated by commas, that never become ephemeral. Default: none.")
    private PortSet keepPorts;

    @Option(
            names = "--conntrack-floor",
            paramLabel = "<entries>",
            description = "What net.netfilter.nf_conntrack_max is never lowered below; 0 for its original."
                    + " Default: what kube-proxy would set, max(131072, min(32768 x CPUs, 1048576)).")
    private Long conntrackFloor;

    @Option(
            names = "--corrections",
            paramLabel = "<number>",
            defaultValue = "5",
            converter = CorrectionsConverter.class,
            description = "How often within 10 minutes one setting that somebody else keeps writing is corrected at"
                    + " once; the next corrections wait, up to a minute. At least 1. Default: ${DEFAULT-VALUE}.")
    private int corrections;

    @Option(
            names = "--port",
            paramLabel = "<port>",
            defaultValue = "8081",
            description = "Of health and metrics, on the pod's address. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Mixin
    private ClockScaleOption scale;

    @Override
    public Integer call() throws Exception {
        var floor = conntrackFloor == null ? OptionalLong.empty() : OptionalLong.of(conntrackFloor);
        new AgentRole(new AgentOptions(node, podIp, proc, state, keepPorts, floor, corrections, port, scale.scale()))
                .run();
        return 0;
    }

    static final class CorrectionsConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            try {
                if (Integer.parseInt(text) >= 1) {
                    return Integer.parseInt(text);
                }
            } catch (NumberFormatException _) {
                // said below
            }
            throw new TypeConversionException("must be a number of at least 1, not '" + text + "'");
        }
    }
}
