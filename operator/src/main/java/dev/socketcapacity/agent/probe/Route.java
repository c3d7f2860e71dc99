package dev.socketcapacity.agent.probe;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
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

    /// Opened here, and accepted by a [ProbeServer] each.
    record ToServers(List<InetSocketAddress> servers) implements Route {

        public ToServers {
            servers = List.copyOf(servers);
        }
    }

    /// Ends of each connection that this process has.
    default int ends() {
        return switch (this) {
            case HostToPod _, Loopback _ -> 2;
            case ToServers _ -> 1;
        };
    }

    /// As words of a command line.
    default List<String> toArguments() {
        return switch (this) {
            case HostToPod(var nodeNamespace, var podAddress) ->
                List.of("host-to-pod", nodeNamespace.toString(), podAddress.getHostAddress());
            case Loopback _ -> List.of("loopback");
            case ToServers(var servers) -> {
                var words = new ArrayList<>(List.of("to-servers"));
                for (var server : servers) {
                    words.add(server.getAddress().getHostAddress());
                    words.add(Integer.toString(server.getPort()));
                }
                yield words;
            }
        };
    }

    static Route ofArguments(List<String> arguments) {
        return switch (arguments.getFirst()) {
            case "host-to-pod" -> new HostToPod(Path.of(arguments.get(1)), InetAddress.ofLiteral(arguments.get(2)));
            case "loopback" -> new Loopback();
            case "to-servers" -> {
                var servers = new ArrayList<InetSocketAddress>();
                for (int i = 1; i < arguments.size(); i += 2) {
                    var address = InetAddress.ofLiteral(arguments.get(i));
                    servers.add(new InetSocketAddress(address, Integer.parseInt(arguments.get(i + 1))));
                }
                yield new ToServers(servers);
            }
            default -> throw new IllegalArgumentException("no route: " + arguments);
        };
    }
}
