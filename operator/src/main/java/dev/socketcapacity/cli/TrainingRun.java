package dev.socketcapacity.cli;

import dev.socketcapacity.agent.probe.ChildProbe;
import java.io.IOException;
import java.util.List;

/// Runs in one process, up to its exit, what users run in many, so that the image's cache of loaded classes has them
/// all. Changes nothing on the machine.
final class TrainingRun {

    private static final List<String> COMMAND_LINES = List.of(
            "--version",
            "completion zsh",
            "--help",
            "doctor",
            "doctor --output json",
            "doctor --pid " + ProcessHandle.current().pid(),
            "doctor --pid " + ProcessHandle.current().pid() + " --output json",
            "explain --inbound 1000000 --outbound 100000 --threads 100000",
            "explain --threads 1 --output json",
            "plan --inbound 1000000 --outbound 100000 --set net.core.somaxconn=65535",
            "probe --connections 2",
            "probe --connections 2 --rate 1000 --output json");

    private TrainingRun() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        for (var line : COMMAND_LINES) {
            Sockcap.run(line.split(" "));
        }
        ChildProbe.rehearse();
    }
}
