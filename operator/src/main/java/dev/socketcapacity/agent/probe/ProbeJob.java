package dev.socketcapacity.agent.probe;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What the probe's process is to do, as its command line carries it.
///
/// @param nodeNamespace where connections are opened from
/// @param podAddress    where they are accepted: an address of the process's own network namespace
record ProbeJob(
        int connections,
        int destinations,
        Duration hold,
        int connectionsPerSecond,
        Path nodeNamespace,
        InetAddress podAddress) {

    List<String> toArguments() {
        return List.of(
                Integer.toString(connections),
                Integer.toString(destinations),
                hold.toString(),
                Integer.toString(connectionsPerSecond),
                nodeNamespace.toString(),
                podAddress.getHostAddress());
    }

    static ProbeJob ofArguments(String... arguments) {
        return new ProbeJob(
                Integer.parseInt(arguments[0]),
                Integer.parseInt(arguments[1]),
                Duration.parse(arguments[2]),
                Integer.parseInt(arguments[3]),
                Path.of(arguments[4]),
                InetAddress.ofLiteral(arguments[5]));
    }
}
