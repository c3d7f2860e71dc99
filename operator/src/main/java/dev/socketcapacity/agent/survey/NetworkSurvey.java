package dev.socketcapacity.agent.survey;

import static dev.socketcapacity.plan.Limit.BACKLOG;
import static dev.socketcapacity.plan.Limit.CHILD_CONNECTION_HASH;
import static dev.socketcapacity.plan.Limit.CONNTRACK_CLOSE;
import static dev.socketcapacity.plan.Limit.CONNTRACK_CLOSE_WAIT;
import static dev.socketcapacity.plan.Limit.CONNTRACK_ESTABLISHED;
import static dev.socketcapacity.plan.Limit.CONNTRACK_MAX;
import static dev.socketcapacity.plan.Limit.CONNTRACK_TIME_WAIT;
import static dev.socketcapacity.plan.Limit.FIN_TIMEOUT;
import static dev.socketcapacity.plan.Limit.KEEPALIVE_TIME;
import static dev.socketcapacity.plan.Limit.OPTMEM_MAX;
import static dev.socketcapacity.plan.Limit.PORT_RANGE;
import static dev.socketcapacity.plan.Limit.RESERVED_PORTS;
import static dev.socketcapacity.plan.Limit.ROUTES_IPV6;
import static dev.socketcapacity.plan.Limit.SOMAXCONN;
import static dev.socketcapacity.plan.Limit.SYNCOOKIES;
import static dev.socketcapacity.plan.Limit.SYN_BACKLOG;
import static dev.socketcapacity.plan.Limit.SYN_RETRIES;
import static dev.socketcapacity.plan.Limit.TCP_RMEM;
import static dev.socketcapacity.plan.Limit.TCP_WMEM;
import static dev.socketcapacity.plan.Limit.TW_BUCKETS;
import static dev.socketcapacity.plan.Limit.TW_REUSE;
import static dev.socketcapacity.plan.Limit.UNIX_QUEUE;
import static dev.socketcapacity.plan.Limit.UNPRIVILEGED_PORT_START;
import static java.util.Comparator.comparingLong;

import dev.socketcapacity.agent.kernel.NetworkCounters;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.ProcessEntry;
import dev.socketcapacity.agent.kernel.TcpSocket;
import dev.socketcapacity.agent.kernel.TcpSocket.State;
import dev.socketcapacity.agent.kernel.TcpSockets;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.PortRange;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Reading;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;

/// What is one for a network namespace: that of a process.
final class NetworkSurvey {

    private static final String CONNTRACK = "nf_conntrack";
    private static final int MOST_LISTENERS = 16;

    /// As `nf_conntrack_max`.
    private static final int UNLIMITED = 0;

    /// The kernel refuses what comes when more wait than the backlog, not as many (`sk_acceptq_is_full`).
    private static final int ONE_MORE = 1;

    private static final List<Limit> PLAIN_VALUES = List.of(
            SOMAXCONN,
            UNPRIVILEGED_PORT_START,
            TW_REUSE,
            FIN_TIMEOUT,
            CONNTRACK_ESTABLISHED,
            CONNTRACK_TIME_WAIT,
            CONNTRACK_CLOSE,
            CONNTRACK_CLOSE_WAIT,
            SYNCOOKIES,
            SYN_RETRIES,
            KEEPALIVE_TIME,
            TCP_RMEM,
            TCP_WMEM,
            OPTMEM_MAX,
            CHILD_CONNECTION_HASH,
            ROUTES_IPV6,
            UNIX_QUEUE);

    private static final Set<State> CONNECTED = EnumSet.complementOf(EnumSet.of(State.LISTEN, State.CLOSE));

    private final NetworkCounters counters;
    private final String at;
    private final Findings findings;

    private NetworkSurvey(NetworkCounters counters, String at, Findings findings) {
        this.counters = counters;
        this.at = at;
        this.findings = findings;
    }

    /// Which of the namespace's sockets are looked at.
    ///
    /// @param includes by inode
    /// @param idle     why ports bind nobody, where none of them has opened a connection
    record Sockets(LongPredicate includes, Optional<String> idle) {}

    /// @param process whose namespace it is
    /// @param kernel  values of this process's own namespace
    static void take(ProcessEntry process, Values kernel, Optional<Sockets> sockets, Findings findings) {
        var at = "the network namespace of pid " + process.pid();
        findings.look(at, () -> {
            var self = process.procfs().self();
            var isOwn = process.sharesNetworkWith(self);
            var name = "network namespace " + id(isOwn ? self : process);
            var survey = new NetworkSurvey(new NetworkCounters(process), name, findings);
            survey.tracked(kernel);
            try (var network = isOwn ? NetworkNamespace.own() : NetworkNamespace.enter(process.file("ns/net"))) {
                survey.takeInside(network, new Values(process.procfs(), network), sockets);
            }
        });
    }

    /// `4026531833` of `net:[4026531833]`.
    private static String id(ProcessEntry process) {
        try {
            return process.namespace("net").replaceAll("[^0-9]", "");
        } catch (IOException _) {
            return "of pid " + process.pid();
        }
    }

    /// One number for all namespaces, up to which each may count.
    private void tracked(Values kernel) {
        findings.look(CONNTRACK_MAX, () -> {
            long entries = counters.entries(CONNTRACK);
            long max = kernel.number(CONNTRACK_MAX);
            var limit = max == UNLIMITED ? OptionalLong.empty() : OptionalLong.of(max);
            var reading = Reading.of(CONNTRACK_MAX, at, OptionalLong.of(entries), limit)
                    .hit(OptionalLong.of(counters.total(CONNTRACK, "drop")));
            findings.add(entries == 0 ? reading.exempt("nothing is tracked in its network namespace") : reading);
        });
    }

    private void takeInside(NetworkNamespace network, Values values, Optional<Sockets> sockets) {
        for (var limit : PLAIN_VALUES) {
            findings.look(limit, () -> findings.addValue(limit, at, values.number(limit)));
        }
        findings.look(
                TW_BUCKETS,
                () -> findings.add(Reading.of(TW_BUCKETS, at, counters.tcp("tw"), values.number(TW_BUCKETS))));
        findings.look(PORT_RANGE, () -> {
            var range = PortSet.of(PortRange.parse(values.text(PORT_RANGE)));
            var reserved = PortSet.parse(values.text(RESERVED_PORTS));
            findings.addValue(RESERVED_PORTS, at, reserved.size());
            Traps.reservedPorts(range, reserved, findings);
            takeSockets(network, values, new LocalPorts(range.minus(reserved)), sockets);
        });
    }

    private void takeSockets(NetworkNamespace network, Values values, LocalPorts ports, Optional<Sockets> sockets)
            throws IOException {
        var listeners = new ArrayList<TcpSocket>();
        var halfOpen = new AtomicLong();
        network.call(() -> {
            TcpSockets.forEach(EnumSet.of(State.LISTEN), listeners::add);
            listeners.forEach(ports::addListener);
            TcpSockets.forEach(CONNECTED, socket -> {
                ports.addConnection(socket);
                halfOpen.addAndGet(socket.state() == State.SYN_RECV ? 1 : 0);
            });
            return null;
        });
        Traps.listeners(ports.listened(), findings);
        findings.look(
                SYN_BACKLOG,
                () -> findings.add(Reading.of(SYN_BACKLOG, at, halfOpen.get(), values.number(SYN_BACKLOG))));
        if (sockets.isPresent()) {
            backlogs(listeners, sockets.get());
            ports(ports, sockets.get());
        }
    }

    private void backlogs(List<TcpSocket> listeners, Sockets sockets) {
        findings.look(BACKLOG, () -> {
            var overflows = counters.event("ListenOverflows");
            listeners.stream()
                    .filter(listener -> sockets.includes.test(listener.inode()))
                    .map(listener -> Reading.of(
                                    BACKLOG,
                                    "port " + listener.localPort(),
                                    listener.queue(),
                                    listener.backlog() + ONE_MORE)
                            .hit(overflows))
                    .sorted(comparingLong(reading -> reading.headroom().getAsLong()))
                    .limit(MOST_LISTENERS)
                    .forEach(findings::add);
        });
    }

    private void ports(LocalPorts ports, Sockets sockets) {
        var route = ports.busiest(socket -> sockets.includes.test(socket.inode()));
        var where = route.map(LocalPorts.Route::text).orElse(at);
        int taken = route.map(ports::taken).orElseGet(() -> ports.listened().cardinality());
        var reading = Reading.of(PORT_RANGE, where, taken, ports.size());
        findings.add(route.isPresent() || sockets.idle.isEmpty() ? reading : reading.exempt(sockets.idle.get()));
    }
}
