package dev.socketcapacity.agent.probe;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;

/// Which way the connections of a probe take.
public sealed interface Route {

    /// Opened in the node's network namespace, accepted in this pod's: over the node's data path, as users' connections
    /// come.
    ///
    /// @param nodeNamespace such as `/host/proc/1/ns/net`
    /// @param podAddress    IPv4 or IPv6, of the network namespace that the probe's process is in
    record HostToPod(Path nodeNamespace, InetAddress podAddress) implements Route {}

    /// Opened and accepted in this process's own network namespace: shows the machine's limits, but not those of a path
    /// to it.
    record Loopback() implements Route {}

    /// Where connections are accepted.
    default InetAddress address() {
        return switch (this) {
            case HostToPod route -> route.podAddress();
            case Loopback _ -> InetAddress.ofLiteral("127.0.0.1");
        };
    }

    /// What is behind a message about it: `from the node to the pod`.
    default String words() {
        return switch (this) {
            case HostToPod _ -> "from the node to the pod";
            case Loopback _ -> "over loopback";
        };
    }

    /// As words of a command line.
    default List<String> toArguments() {
        return switch (this) {
            case HostToPod(var nodeNamespace, var podAddress) ->
                List.of(nodeNamespace.toString(), podAddress.getHostAddress());
            case Loopback _ -> List.of();
        };
    }

    static Route ofArguments(List<String> arguments) {
        return arguments.isEmpty()
                ? new Loopback()
                : new HostToPod(Path.of(arguments.getFirst()), InetAddress.ofLiteral(arguments.getLast()));
    }
}
