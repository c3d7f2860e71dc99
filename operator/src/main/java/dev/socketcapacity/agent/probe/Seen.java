package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Cgroups;
import java.util.Optional;

/// What the kernel allows at the moment of a refusal, and what it has counted since the probe began.
///
/// @param descriptorLimit   RLIMIT_NOFILE of this process
/// @param files             open files of the whole machine
/// @param portRange         of the connecting side, as the kernel writes it, such as `32768 60999`
/// @param reservedPorts     how many of these ports are reserved
/// @param tracked           connections in the connecting side's table
/// @param conntrackDrops    packets that found a full table, on either side
/// @param somaxconn         of the accepting side
/// @param listenOverflows   connections that found a full accept queue there
/// @param synBacklog        of the accepting side
/// @param halfOpen          connections there whose handshake is not complete
/// @param listenDrops       connections that were dropped there, for whatever reason, before they could be accepted
/// @param fullSynQueues     of these, for a listener that has as many half-open ones as it may have
/// @param failedRetransmits packets that could not leave the connecting side
/// @param rejections        answers to the connecting side that a destination can't be reached
/// @param neighbourErrno    what a datagram to the destination said; empty where it went out, or none was sent
/// @param fullCgroup        one around this process whose memory is used up
record Seen(
        long descriptorLimit,
        long nrOpen,
        long files,
        long fileMax,
        String portRange,
        long reservedPorts,
        long tracked,
        long conntrackMax,
        long conntrackDrops,
        long somaxconn,
        long listenOverflows,
        long synBacklog,
        long halfOpen,
        long listenDrops,
        long fullSynQueues,
        long failedRetransmits,
        long rejections,
        Optional<String> neighbourErrno,
        Optional<Cgroups.Limited> fullCgroup) {

    /// Without SYN cookies the kernel keeps the last quarter of them for those that it knows (`tcp_conn_request`), and
    /// counts who is dropped then among those dropped for any reason, such as no way back.
    private static final double OPEN_TO_ALL = 0.75;

    /// Connections that found no place among the half-open ones.
    long synQueueDrops() {
        return halfOpen >= OPEN_TO_ALL * synBacklog
                ? Math.max(fullSynQueues, listenDrops - listenOverflows)
                : fullSynQueues;
    }
}
