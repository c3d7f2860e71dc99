package dev.socketcapacity.cli;

import dev.socketcapacity.controller.OperatorOptions;
import dev.socketcapacity.controller.OperatorRole;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The controller, as its Deployment starts it.
@Command(
        name = "operator",
        description = "Hands every node what the SocketCapacity objects ask for, and tells what became of it.")
final class OperatorCommand implements Callable<Integer> {

    @Option(names = "--namespace", required = true, paramLabel = "<name>", description = "Its own namespace.")
    private String namespace;

    @Option(
            names = "--pod-name",
            required = true,
            paramLabel = "<name>",
            description = "Its own pod: the identity in the leader election.")
    private String podName;

    @Option(
            names = "--deployment",
            required = true,
            paramLabel = "<name>",
            description = "Its own Deployment, which owns the agents' DaemonSet.")
    private String deployment;

    @Option(
            names = "--agent-manifest",
            paramLabel = "<file>",
            defaultValue = "/etc/socketcapacity/daemonset.yaml",
            description = "The agents' DaemonSet as YAML. Default: ${DEFAULT-VALUE}.")
    private Path agentManifest;

    @Option(
            names = "--port",
            paramLabel = "<port>",
            defaultValue = "8080",
            description = "Of health and metrics. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Mixin
    private ClockScaleOption scale;

    @Override
    public Integer call() throws Exception {
        var options = new OperatorOptions(namespace, podName, deployment, agentManifest, port, scale.scale());
        try (var operator = new OperatorRole(options)) {
            operator.run();
        }
        return 0;
    }
}
