package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Cgroups;
import java.util.Optional;

/// What the kernel allows at the moment of a refusal, and what it has counted since the probe began.
///
/// @param descriptorLimit   RLIMIT_NOFILE of this process
/// @param files             open files of the whole machine
/// @param usablePorts       of the connecting side
/// @param tracked           connections in the table of the side that dropped more
/// @param conntrackDrops    packets that this side dropped, as its table was full or for another reason
/// @param somaxconn         of the accepting side
/// @param listenOverflows   connections that found a full accept queue there, of any listener
/// @param synBacklog        of the accepting side
/// @param synCookies        whether that makes do without half-open connections where there are too many
/// @param halfOpen          connections of others to the probe's listener whose handshake is not complete
/// @param ownHalfOpen       the probe's own of that kind: the accepting side has answered, and waits for an answer
/// @param failedRetransmits packets of anybody that could not leave the connecting side
/// @param rejections        answers to anybody on the connecting side that a destination can't be reached
/// @param datagramErrno     what a datagram to the destination said; empty where it went out
/// @param neighbour         what the table of IPv4 neighbours has of the destination
/// @param fullCgroup        one around this process whose memory is used up
record Seen(
        long descriptorLimit,
        long nrOpen,
        long files,
        long fileMax,
        UsablePorts usablePorts,
        long tracked,
        long conntrackMax,
        long conntrackDrops,
        long somaxconn,
        long listenOverflows,
        long synBacklog,
        boolean synCookies,
        long halfOpen,
        long ownHalfOpen,
        long failedRetransmits,
        long rejections,
        Optional<String> datagramErrno,
        Neighbour neighbour,
        Optional<Cgroups.Limited> fullCgroup) {

    /// Without SYN cookies the kernel keeps the last quarter of tcp_max_syn_backlog for those that it knows
    /// (`tcp_conn_request`).
    private static final double OPEN_TO_ALL = 0.75;

    /// Entries run out meanwhile.
    private static final double FULL = 0.95;

    enum Neighbour {
        /// Nothing: there was no room for it, or it is not on the link, or has an IPv6 address.
        UNLISTED,
        /// It was asked for, and has not answered.
        SILENT,
        /// It has answered.
        PRESENT
    }

    boolean isConntrackFull() {
        return conntrackDrops > 0 && tracked >= FULL * conntrackMax;
    }

    /// Of half-open connections, and not by the probe's own: these don't complete for another reason.
    boolean isSynQueueFull() {
        return !synCookies && halfOpen >= FULL * Math.min(OPEN_TO_ALL * synBacklog, somaxconn);
    }

    /// What was looked at, for whoever is to find what does not show here.
    String text() {
        return "connection tracking dropped %d packets, %d could not leave, %d destinations were called unreachable,"
                        .formatted(conntrackDrops, failedRetransmits, rejections)
                + " %d connections are half-open, a datagram %s"
                        .formatted(
                                ownHalfOpen, datagramErrno.map("got "::concat).orElse("left"));
    }
}
