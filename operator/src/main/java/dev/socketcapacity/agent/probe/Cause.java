package dev.socketcapacity.agent.probe;

import static dev.socketcapacity.agent.probe.Obstacle.*;

import dev.socketcapacity.agent.probe.Seen.Neighbour;
import java.util.Optional;

/// What stopped a probe, with the evidence for it.
///
/// @param evidence with its numbers, such as `no local ports left (net.ipv4.ip_local_port_range is 32768 60999)`: the
///                 end of a sentence
public record Cause(Obstacle obstacle, String evidence) {

    /// The cause of a refusal, from its errno and from what the kernel counted meanwhile; empty where these do not
    /// tell.
    /// Each rule was provoked on a real kernel.
    static Optional<Cause> of(Refused refused, Seen seen) {
        return switch (refused.errno()) {
            case "EMFILE" -> Optional.of(descriptors(seen));
            case "ENFILE" ->
                cause(FILE_MAX, "%d files are open, of %d that fs.file-max allows", seen.files(), seen.fileMax());
            case "EADDRNOTAVAIL" -> ports(seen);
            case "ENOBUFS", "ENOMEM" -> memory(seen);
            case "ETIMEDOUT" -> silence(refused, seen);
            case "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "EACCES", "EINVAL" -> noWay(refused, seen);
            case "ECONNREFUSED" ->
                rejection(seen)
                        .or(() -> cause(
                                NOBODY_LISTENS, "nobody listens at the address, or a firewall resets connections"));
            case "EPROTO" -> cause(NOT_ACCEPTED, "what answers at the address is no 'sockcap probe serve'");
            case "ECONNRESET" ->
                refused.isGreeting()
                        ? cause(CLOSED, "the other side closes what comes: it says why")
                        : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static Cause descriptors(Seen seen) {
        return seen.nrOpen() < seen.descriptorLimit()
                ? new Cause(NR_OPEN, "a process gets no more descriptors (fs.nr_open is %d)".formatted(seen.nrOpen()))
                : new Cause(
                        DESCRIPTORS,
                        "the process has no descriptors left (RLIMIT_NOFILE is %d)".formatted(seen.descriptorLimit()));
    }

    /// Without an address to connect from the errno is the same, and a datagram gets it too.
    private static Optional<Cause> ports(Seen seen) {
        if (seen.datagramErrno().equals(Optional.of("EADDRNOTAVAIL"))) {
            return cause(NO_ROUTE, "this side has no address to reach the other from");
        }
        return cause(PORTS, "no local ports left (%s)", seen.usablePorts().text());
    }

    private static Optional<Cause> memory(Seen seen) {
        return seen.fullCgroup()
                .map(full -> new Cause(
                        CGROUP_MEMORY,
                        "cgroup %s uses %d MiB of memory, of %d MiB"
                                .formatted(full.path(), full.used() >> 20, full.max() >> 20)));
    }

    /// What the kernel knows at once it says of a datagram too. The rest was answered by somebody else, or nobody was
    /// there to answer, which shows earlier where others had asked for the neighbour before.
    private static Optional<Cause> noWay(Refused refused, Seen seen) {
        if (seen.datagramErrno().equals(Optional.of(refused.errno()))) {
            return noRoute();
        }
        return refused.isLate() || seen.neighbour() == Neighbour.SILENT
                ? cause(NO_NEIGHBOUR, "nobody on the link answers at the address")
                : rejection(seen);
    }

    private static Optional<Cause> noRoute() {
        return cause(NO_ROUTE, "there is no route to the address");
    }

    private static Optional<Cause> rejection(Seen seen) {
        return seen.rejections() > 0
                ? cause(REJECTED, "a firewall or router on the way rejects connections")
                : Optional.empty();
    }

    /// Nothing came back. Counters of a whole namespace prove nothing by themselves, as others' connections count
    /// too: a full table must be full, and drops must be the listener's own, or as many as the tries that failed.
    /// What is left over is a firewall's.
    private static Optional<Cause> silence(Refused refused, Seen seen) {
        if (seen.isConntrackFull()) {
            return cause(
                    CONNTRACK,
                    "the table of tracked connections is full (%d of net.netfilter.nf_conntrack_max %d)",
                    seen.tracked(),
                    seen.conntrackMax());
        }
        if (refused.isExplainedBy(refused.listenerDrops())) {
            return droppedByListener(seen);
        }
        if (seen.datagramErrno().equals(Optional.of("ENOBUFS"))) {
            return seen.neighbour() == Neighbour.UNLISTED
                    ? cause(NEIGHBOURS, "the table of neighbours is full (net.ipv4.neigh.default.gc_thresh3)")
                    : Optional.empty(); // it is a device that drops
        }
        if (seen.datagramErrno().equals(Optional.of("EINVAL"))) {
            return cause(NEIGHBOURS_IPV6, "the table of neighbours is full (net.ipv6.neigh.default.gc_thresh3)");
        }
        if (seen.datagramErrno().equals(Optional.of("ENETUNREACH"))) {
            return noRoute(); // it went with the connection on its way
        }
        if (refused.isGreeting()) {
            return cause(NOT_ACCEPTED, "connected, but nothing greets: it is full, or no 'sockcap probe serve'");
        }
        return refused.isExplainedBy(seen.failedRetransmits())
                ? cause(FIREWALL, "a firewall on this machine drops what it sends")
                : Optional.empty();
    }

    private static Optional<Cause> droppedByListener(Seen seen) {
        if (seen.isSynQueueFull()) {
            return cause(
                    SYN_QUEUE,
                    "%d connections of others are half-open, and without SYN cookies no more may be"
                            + " (net.ipv4.tcp_max_syn_backlog is %d, net.core.somaxconn %d)",
                    seen.halfOpen(),
                    seen.synBacklog(),
                    seen.somaxconn());
        }
        return seen.listenOverflows() > 0
                ? cause(
                        ACCEPT_QUEUE,
                        "the queue of those that wait to be accepted is full (net.core.somaxconn is %d)",
                        seen.somaxconn())
                : Optional.empty();
    }

    private static Optional<Cause> cause(Obstacle obstacle, String evidence, Object... numbers) {
        return Optional.of(new Cause(obstacle, evidence.formatted(numbers)));
    }
}
