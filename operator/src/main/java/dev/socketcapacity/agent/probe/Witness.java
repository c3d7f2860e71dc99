package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Cgroups;
import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.Libc.SocketAddress;
import dev.socketcapacity.agent.kernel.NetworkCounters;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.TcpSocket.State;
import dev.socketcapacity.agent.kernel.TcpSockets;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.PortRange;
import dev.socketcapacity.plan.PortSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/// Looks at the kernel's counters before the first connection, and again when one is refused.
final class Witness implements AutoCloseable {

    private static final Procfs PROC = new Procfs(Path.of("/proc"));

    /// Of a cgroup's memory: what is left is less than a few connections take, as every processor keeps some aside.
    private static final double FULL = 0.98;

    private final NetworkNamespace connecting;
    private final NetworkNamespace accepting = NetworkNamespace.own();
    private final Counts connectingBefore;
    private final Counts acceptingBefore;

    Witness(Route route) throws IOException {
        this.connecting = switch (route) {
            case Route.HostToPod way -> NetworkNamespace.enter(way.nodeNamespace());
            case Route.Loopback _ -> NetworkNamespace.own();
        };
        this.connectingBefore = connecting.call(Counts::read);
        this.acceptingBefore = accepting.call(Counts::read);
    }

    /// What is counted in one network namespace since it was made.
    private record Counts(
            long conntrackDrops,
            long listenOverflows,
            long listenDrops,
            long fullSynQueues,
            long failedRetransmits,
            long rejections) {

        static Counts read() throws IOException {
            var counters = NetworkCounters.ofThread(PROC);
            return new Counts(
                    orZero(() -> counters.total("nf_conntrack", "drop")),
                    counters.event("ListenOverflows").orElse(0),
                    counters.event("ListenDrops").orElse(0),
                    counters.event("TCPReqQFullDrop").orElse(0),
                    counters.event("TCPRetransFail").orElse(0),
                    counters.event("Icmp", "InDestUnreachs").orElse(0));
        }

        Counts since(Counts before) {
            return new Counts(
                    conntrackDrops - before.conntrackDrops,
                    listenOverflows - before.listenOverflows,
                    listenDrops - before.listenDrops,
                    fullSynQueues - before.fullSynQueues,
                    failedRetransmits - before.failedRetransmits,
                    rejections - before.rejections);
        }
    }

    /// Why a connection to `destination` was refused; empty where nothing tells.
    Optional<Cause> cause(Refused refused, SocketAddress destination) throws IOException {
        return Cause.of(refused, seen(destination));
    }

    private Seen seen(SocketAddress destination) throws IOException {
        var neighbourErrno = connecting.call(() -> datagramErrno(destination));
        var accepted = accepting.call(Counts::read).since(acceptingBefore);
        var connected = connecting.call(Counts::read).since(connectingBefore);
        var range = connecting.call(() -> PROC.read(file(Limit.PORT_RANGE)).strip());
        var reserved = connecting.call(
                () -> PortSet.parse(PROC.read(file(Limit.RESERVED_PORTS)).strip()));
        var files = PROC.read("sys/fs/file-nr").strip().split("\\s+");
        return new Seen(
                Libc.descriptorLimit(),
                number(Limit.NR_OPEN),
                Long.parseLong(files[0]),
                Long.parseLong(files[2]),
                range.replaceAll("\\s+", " "),
                PortSet.of(PortRange.parse(range)).within(reserved).size(),
                connecting.call(() -> orZero(() -> number("net.netfilter.nf_conntrack_count"))),
                connecting.call(() -> orZero(() -> number(Limit.CONNTRACK_MAX))),
                accepted.conntrackDrops + connected.conntrackDrops,
                accepting.call(() -> number(Limit.SOMAXCONN)),
                accepted.listenOverflows,
                accepting.call(() -> number(Limit.SYN_BACKLOG)),
                accepting.call(Witness::halfOpen),
                accepted.listenDrops,
                accepted.fullSynQueues,
                connected.failedRetransmits,
                connected.rejections,
                neighbourErrno,
                fullCgroup());
    }

    private static long halfOpen() throws IOException {
        var count = new AtomicLong();
        TcpSockets.forEach(EnumSet.of(State.SYN_RECV), _ -> count.incrementAndGet());
        return count.get();
    }

    private static Optional<String> datagramErrno(SocketAddress destination) {
        try {
            Libc.sendDatagram(destination);
            return Optional.empty();
        } catch (ErrnoException e) {
            return Optional.of(e.errno());
        }
    }

    private static Optional<Cgroups.Limited> fullCgroup() {
        try {
            return new Cgroups(PROC)
                    .around((int) ProcessHandle.current().pid(), Cgroups.Controller.MEMORY).stream()
                            .filter(cgroup -> cgroup.used() >= FULL * cgroup.max())
                            .findFirst();
        } catch (IOException _) {
            return Optional.empty(); // none that this process may see
        }
    }

    private static String file(Limit limit) {
        return Procfs.setting(limit.key());
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
