package dev.socketcapacity.plan;

import dev.socketcapacity.api.Target;
import java.util.List;

/// What a node carried besides a target when it was first enacted. Read once and kept with the target, so that the
/// values don't follow the load. A wish is a total: what is in use counts as its own up to its number.
///
/// @param files      open files besides the wish's
/// @param tracked    tracked connections besides the wish's
/// @param tasks      processes and threads besides the wish's
/// @param memory     bytes that the wish may spend
/// @param portRange  the ephemeral ports as they were found, such as `32768 60999`
/// @param reserved   the ports that others have reserved
/// @param listening  the ports that are listened on
public record Baseline(
        long files,
        long tracked,
        long tasks,
        long memory,
        String portRange,
        List<String> reserved,
        List<String> listening) {

    /// What a connection costs the kernel: socket, inode, dentry, file. Measured, 64 bit, Linux 6.18.
    static final long BYTES_PER_SOCKET = 3_830;

    /// How much of what is free a wish may take.
    private static final double MEMORY_SHARE = 0.6;

    public Baseline {
        reserved = reserved == null ? List.of() : List.copyOf(reserved);
        listening = listening == null ? List.of() : List.copyOf(listening);
    }

    /// @param listening     the ports that are listened on
    /// @param foundRange    the range before we ever wrote it
    /// @param foundReserved the reserved ports without ours
    public static Baseline of(
            Target target, Usage usage, PortSet listening, PortRange foundRange, PortSet foundReserved) {
        var held = Math.min(usage.sockets(), target.connections()) * BYTES_PER_SOCKET
                + Math.min(usage.tracked(), target.connections()) * MemoryPrice.BYTES_PER_TRACKED
                + Math.min(usage.tasks(), target.threadCount()) * MemoryPrice.BYTES_PER_THREAD;
        return new Baseline(
                Math.max(0, usage.files() - target.connections()),
                Math.max(0, usage.tracked() - target.connections()),
                Math.max(0, usage.tasks() - target.threadCount()),
                (long) (MEMORY_SHARE * usage.memoryFree()) + held,
                foundRange.text(),
                foundReserved.items(),
                listening.items());
    }
}
