package dev.socketcapacity.agent.probe;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.partitioningBy;

import dev.socketcapacity.agent.kernel.Cgroups;
import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.Libc.SocketAddress;
import dev.socketcapacity.agent.kernel.NetworkCounters;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.TcpSocket.State;
import dev.socketcapacity.agent.kernel.TcpSockets;
import dev.socketcapacity.agent.probe.Seen.Neighbour;
import dev.socketcapacity.plan.Limit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Looks at the kernel's counters before the first connection, and again when one is refused.
final class Witness implements AutoCloseable {

    private static final Procfs PROC = new Procfs(Path.of("/proc"));

    /// Of a cgroup's memory: what is left is less than a few connections take, as every processor keeps some aside.
    private static final double FULL = 0.98;

    private final NetworkNamespace connecting;
    private final NetworkNamespace accepting = NetworkNamespace.own();
    private final boolean seesAccepting;
    private final Counts connectingBefore;
    private final Counts acceptingBefore;

    Witness(Route route) throws IOException {
        this.connecting = switch (route) {
            case Route.HostToPod way -> NetworkNamespace.enter(way.nodeNamespace());
            case Route.Loopback _, Route.ToServers _ -> NetworkNamespace.own();
        };
        this.seesAccepting = route.ends() == 2;
        this.connectingBefore = connecting.call(Counts::read);
        this.acceptingBefore = accepting.call(Counts::read);
    }

    /// What is counted in one network namespace since it was made, and how many connections it tracks now.
    private record Counts(
            long tracked, long conntrackDrops, long listenOverflows, long failedRetransmits, long rejections) {

        /// Of a side that can't be looked at.
        static final Counts NONE = new Counts(0, 0, 0, 0, 0);

        static Counts read() throws IOException {
            var counters = NetworkCounters.ofThread(PROC);
            return new Counts(
                    orZero(() -> number("net.netfilter.nf_conntrack_count")),
                    orZero(() -> counters.total("nf_conntrack", "drop")),
                    counters.event("ListenOverflows").orElse(0),
                    counters.event("TCPRetransFail").orElse(0),
                    counters.event("Icmp", "InDestUnreachs").orElse(0) + orZero(counters::unreachableOverIpv6));
        }

        Counts since(Counts before) {
            return new Counts(
                    tracked,
                    conntrackDrops - before.conntrackDrops,
                    listenOverflows - before.listenOverflows,
                    failedRetransmits - before.failedRetransmits,
                    rejections - before.rejections);
        }
    }

    /// Of the connecting side.
    UsablePorts usablePorts() throws IOException {
        return connecting.call(() -> UsablePorts.ofThread(PROC));
    }

    /// What is to be known of a refusal.
    Seen of(Lane.Refusal refusal) throws IOException {
        var address = refusal.destination().address();
        var accepted = seesAccepting ? accepting.call(Counts::read).since(acceptingBefore) : Counts.NONE;
        var connected = connecting.call(Counts::read).since(connectingBefore);
        var dropping = accepted.conntrackDrops > connected.conntrackDrops ? accepted : connected;
        var files = PROC.read("sys/fs/file-nr").strip().split("\\s+");
        // Last: it may be answered itself.
        var datagramErrno = connecting.call(() -> datagramErrno(address));
        var halfOpen = accepting.call(() -> halfOpen(address.port(), refusal.ports()));
        return new Seen(
                Libc.descriptorLimit(),
                number(Limit.NR_OPEN),
                Long.parseLong(files[0]),
                Long.parseLong(files[2]),
                usablePorts(),
                dropping.tracked,
                connecting.call(() -> orZero(() -> number(Limit.CONNTRACK_MAX))),
                dropping.conntrackDrops,
                accepting.call(() -> number(Limit.SOMAXCONN)),
                accepted.listenOverflows,
                accepting.call(() -> number(Limit.SYN_BACKLOG)),
                accepting.call(() -> orZero(() -> number("net.ipv4.tcp_syncookies"))) > 0,
                halfOpen.get(false),
                halfOpen.get(true),
                connected.failedRetransmits,
                connected.rejections,
                datagramErrno,
                connecting.call(() -> neighbour(address)),
                fullCgroup());
    }

    /// Connections to `port` whose handshake is not complete: from one of `ports`, or from another.
    private static Map<Boolean, Long> halfOpen(int port, Set<Integer> ports) throws IOException {
        var remotePorts = new ArrayList<Integer>();
        TcpSockets.forEach(EnumSet.of(State.SYN_RECV), socket -> {
            if (socket.localPort() == port) {
                remotePorts.add(socket.remotePort());
            }
        });
        return remotePorts.stream().collect(partitioningBy(ports::contains, counting()));
    }

    private static Optional<String> datagramErrno(SocketAddress destination) {
        try {
            Libc.sendDatagram(destination);
            return Optional.empty();
        } catch (ErrnoException e) {
            return Optional.of(e.errno());
        }
    }

    /// A line is `10.0.0.7  0x1  0x2  9a:12:...  *  eth0`: the third field is 0x0 until it has answered.
    private static Neighbour neighbour(SocketAddress destination) throws IOException {
        var address = destination.host().getHostAddress();
        return PROC.lines("thread-self/net/arp").stream()
                .map(line -> line.split("\\s+"))
                .filter(fields -> fields[0].equals(address))
                .map(fields -> fields[2].equals("0x0") ? Neighbour.SILENT : Neighbour.PRESENT)
                .findFirst()
                .orElse(Neighbour.UNLISTED);
    }

    private static Optional<Cgroups.Limited> fullCgroup() {
        return Cgroups.aroundSelf(Cgroups.Controller.MEMORY).stream()
                .filter(cgroup -> cgroup.used() >= FULL * cgroup.max())
                .findFirst();
    }

    private static long number(Limit limit) throws IOException {
        return number(limit.key());
    }

    private static long number(String key) throws IOException {
        return Long.parseLong(PROC.read(Procfs.setting(key)).strip());
    }

    private interface Reader {
        long read() throws IOException;
    }

    /// A kernel without connection tracking counts none.
    private static long orZero(Reader reader) {
        try {
            return reader.read();
        } catch (IOException _) {
            return 0;
        }
    }

    @Override
    public void close() {
        connecting.close();
        accepting.close();
    }
}
