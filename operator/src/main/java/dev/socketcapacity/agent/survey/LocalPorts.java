package dev.socketcapacity.agent.survey;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import dev.socketcapacity.agent.kernel.TcpSocket;
import dev.socketcapacity.agent.kernel.TcpSocket.Address;
import dev.socketcapacity.plan.PortSet;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// The local ports that connect() may pick in a network namespace, and who has taken them. A port can be taken once for
/// each pair of a source and a destination; one that is listened on can't be had for any.
final class LocalPorts {

    private final BitSet usable;
    private final BitSet listened = new BitSet();
    private final List<TcpSocket> outbound = new ArrayList<>();

    /// @param usable the range without what is reserved of it
    LocalPorts(PortSet usable) {
        this.usable = bits(usable);
    }

    private static BitSet bits(PortSet ports) {
        var bits = new BitSet();
        ports.ranges().forEach(range -> bits.set(range.first(), range.last() + 1));
        return bits;
    }

    /// From where to where.
    record Route(Address source, Address destination, int port) {

        static Route of(TcpSocket socket) {
            return new Route(socket.local(), socket.remote(), socket.remotePort());
        }

        /// Such as `10.0.0.7 to 10.0.0.5:443`.
        String text() {
            var to = destination.text();
            return "%s to %s:%d".formatted(source.text(), to.contains(":") ? "[" + to + "]" : to, port);
        }
    }

    /// All that listen come before the first that is connected.
    void addListener(TcpSocket listener) {
        listened.set(listener.localPort());
    }

    /// What came in at a port that is listened on is no connection of ours.
    void addConnection(TcpSocket socket) {
        if (usable.get(socket.localPort()) && !listened.get(socket.localPort())) {
            outbound.add(socket);
        }
    }

    int size() {
        return usable.cardinality();
    }

    /// Those that are listened on.
    BitSet listened() {
        var ports = (BitSet) listened.clone();
        ports.and(usable);
        return ports;
    }

    /// Where most connections lead, of those that are asked for.
    Optional<Route> busiest(Predicate<TcpSocket> asked) {
        return outbound.stream().filter(asked).collect(groupingBy(Route::of, counting())).entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey);
    }

    /// How many can't be had for one more connection that way, whoever has them.
    int taken(Route route) {
        var ports = listened();
        outbound.stream()
                .filter(socket -> Route.of(socket).equals(route))
                .forEach(socket -> ports.set(socket.localPort()));
        return ports.cardinality();
    }
}
