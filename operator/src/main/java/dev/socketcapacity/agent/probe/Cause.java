package dev.socketcapacity.agent.probe;

import static dev.socketcapacity.agent.probe.Obstacle.*;

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
            case "EADDRNOTAVAIL" -> Optional.of(ports(seen));
            case "ENOBUFS", "ENOMEM" -> memory(seen);
            case "ETIMEDOUT" -> silence(seen);
            case "EHOSTUNREACH" ->
                refused.isLate()
                        ? cause(NO_NEIGHBOUR, "nobody on the link answers at the address")
                        : cause(NO_ROUTE, "there is no route to the address");
            case "ENETUNREACH", "ENETDOWN" -> cause(NO_ROUTE, "there is no route to the address");
            case "ECONNREFUSED" ->
                seen.rejections() > 0
                        ? cause(REJECTED, "a firewall on the way rejects connections")
                        : cause(NOBODY_LISTENS, "nobody listens at the address");
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

    private static Cause ports(Seen seen) {
        var reserved = seen.reservedPorts() == 0
                ? ""
                : ", of which net.ipv4.ip_local_reserved_ports takes away " + seen.reservedPorts();
        return new Cause(
                PORTS,
                "no local ports left (net.ipv4.ip_local_port_range is %s%s)".formatted(seen.portRange(), reserved));
    }

    private static Optional<Cause> memory(Seen seen) {
        return seen.fullCgroup()
                .map(full -> new Cause(
                        CGROUP_MEMORY,
                        "cgroup %s uses %d MiB of memory, of %d MiB"
                                .formatted(full.path(), full.used() >> 20, full.max() >> 20)));
    }

    /// Nothing came back. What counts more than once is asked first for what counts only itself: a full accept queue is
    /// told from a full table by a counter of each, and a firewall only by what is left.
    private static Optional<Cause> silence(Seen seen) {
        if (seen.conntrackDrops() > 0) {
            return cause(
                    CONNTRACK,
                    "the table of tracked connections is full (%d of net.netfilter.nf_conntrack_max %d)",
                    seen.tracked(),
                    seen.conntrackMax());
        }
        if (seen.listenOverflows() > 0) {
            return cause(
                    ACCEPT_QUEUE,
                    "the queue of those that wait to be accepted is full (net.core.somaxconn is %d)",
                    seen.somaxconn());
        }
        if (seen.synQueueDrops() > 0) {
            return cause(
                    SYN_QUEUE,
                    "the queue of half-open connections is full (%d of net.ipv4.tcp_max_syn_backlog %d)",
                    seen.halfOpen(),
                    seen.synBacklog());
        }
        if (seen.neighbourErrno().equals(Optional.of("ENOBUFS"))) {
            return cause(NEIGHBOURS, "the table of neighbours is full (net.ipv4.neigh.default.gc_thresh3)");
        }
        if (seen.neighbourErrno().equals(Optional.of("EINVAL"))) {
            return cause(NEIGHBOURS_IPV6, "the table of neighbours is full (net.ipv6.neigh.default.gc_thresh3)");
        }
        return seen.failedRetransmits() > 0
                ? cause(FIREWALL, "a firewall on this machine drops what it sends")
                : Optional.empty();
    }

    private static Optional<Cause> cause(Obstacle obstacle, String evidence, Object... numbers) {
        return Optional.of(new Cause(obstacle, evidence.formatted(numbers)));
    }
}
