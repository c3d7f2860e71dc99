package dev.socketcapacity.cli;

import dev.socketcapacity.agent.Rehearsal;
import dev.socketcapacity.agent.probe.ChildProbe;
import java.nio.file.Path;

/// Runs what the image's Java runs when an agent and when its probe starts, so that the image's cache of loaded classes
/// has it all. Changes nothing on the machine.
final class AgentTrainingRun {

    private AgentTrainingRun() {}

    /// @param arguments an empty folder
    public static void main(String[] arguments) throws Exception {
        Main.commandLine().execute("--version");
        var agent = new String[] {
            "agent",
            "--node=node",
            "--pod-ip=127.0.0.1",
            "--proc=/host/proc",
            "--state=/var/lib/socketcapacity",
            "--keep-ports=2379-2380,6443",
            "--corrections=5",
            "--port=8081",
            "--clock-scale=1"
        };
        Main.commandLine(agent).parseArgs(agent);
        new Rehearsal(Path.of(arguments[0])).run();
        ChildProbe.rehearse();
    }
}
