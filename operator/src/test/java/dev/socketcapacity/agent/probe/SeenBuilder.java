package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Cgroups;
import dev.socketcapacity.agent.probe.Seen.Neighbour;
import dev.socketcapacity.plan.PortRange;
import java.util.Optional;
import java.util.OptionalLong;

/// What a probe sees where nothing is wrong, and then what is.
final class SeenBuilder {

    private long descriptorLimit = 1_048_576;
    private long nrOpen = 1_048_576;
    private long files = 1_000;
    private long fileMax = 1_000_000;
    private int reservedPorts;
    private long tracked;
    private long conntrackMax = 262_144;
    private long conntrackDrops;
    private long somaxconn = 4_096;
    private long listenOverflows;
    private long synBacklog = 4_096;
    private boolean synCookies;
    private long halfOpen;
    private long ownHalfOpen;
    private long failedRetransmits;
    private long rejections;
    private Optional<String> datagramErrno = Optional.empty();
    private Neighbour neighbour = Neighbour.UNLISTED;
    private Optional<Cgroups.Limited> fullCgroup = Optional.empty();

    private SeenBuilder() {}

    static SeenBuilder seen() {
        return new SeenBuilder();
    }

    SeenBuilder descriptorLimit(long value) {
        descriptorLimit = value;
        return this;
    }

    SeenBuilder nrOpen(long value) {
        nrOpen = value;
        return this;
    }

    SeenBuilder files(long open, long max) {
        files = open;
        fileMax = max;
        return this;
    }

    SeenBuilder reservedPorts(int value) {
        reservedPorts = value;
        return this;
    }

    SeenBuilder conntrack(long drops, long entries, long max) {
        conntrackDrops = drops;
        tracked = entries;
        conntrackMax = max;
        return this;
    }

    SeenBuilder listenOverflows(long value) {
        listenOverflows = value;
        return this;
    }

    SeenBuilder synQueue(long others, long backlog, long acceptQueue) {
        halfOpen = others;
        synBacklog = backlog;
        somaxconn = acceptQueue;
        return this;
    }

    SeenBuilder synCookies() {
        synCookies = true;
        return this;
    }

    SeenBuilder ownHalfOpen(long value) {
        ownHalfOpen = value;
        return this;
    }

    SeenBuilder failedRetransmits(long value) {
        failedRetransmits = value;
        return this;
    }

    SeenBuilder rejections(long value) {
        rejections = value;
        return this;
    }

    SeenBuilder datagram(String errno) {
        datagramErrno = Optional.of(errno);
        return this;
    }

    SeenBuilder neighbour(Neighbour value) {
        neighbour = value;
        return this;
    }

    SeenBuilder fullCgroup() {
        fullCgroup = Optional.of(new Cgroups.Limited("/pod", 99 << 20, 100 << 20, OptionalLong.empty()));
        return this;
    }

    Seen build() {
        return new Seen(
                descriptorLimit,
                nrOpen,
                files,
                fileMax,
                new UsablePorts(new PortRange(32_768, 60_999), reservedPorts),
                tracked,
                conntrackMax,
                conntrackDrops,
                somaxconn,
                listenOverflows,
                synBacklog,
                synCookies,
                halfOpen,
                ownHalfOpen,
                failedRetransmits,
                rejections,
                datagramErrno,
                neighbour,
                fullCgroup);
    }
}
