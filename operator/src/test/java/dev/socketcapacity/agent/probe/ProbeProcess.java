package dev.socketcapacity.agent.probe;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Another process that probes, in the pod that it runs in, and prints the result.
final class ProbeProcess {

    private ProbeProcess() {}

    /// What starts it, behind what puts it into the pod.
    static List<String> command(NodeAndPod machine, int connections, int perSecond, Duration hold) {
        var command = new ArrayList<>(ChildProbe.javaCommand());
        command.addAll(List.of(
                ProbeProcess.class.getName(),
                machine.nodePath().toString(),
                Integer.toString(connections),
                Integer.toString(perSecond),
                hold.toString()));
        return command;
    }

    static void main(String[] arguments) throws InterruptedException {
        var route = new Route.HostToPod(Path.of(arguments[0]), NodeAndPod.POD_IPV4);
        var probe = new ChildProbe(
                route, Integer.parseInt(arguments[2]), ChildProbe.ENOUGH_TABLES, ChildProbe.javaCommand());
        var hold = Duration.parse(arguments[3]);
        System.out.println(probe.run(new ProbeRequest(Integer.parseInt(arguments[1]), 4, hold, hold.plusMinutes(2))));
    }
}
