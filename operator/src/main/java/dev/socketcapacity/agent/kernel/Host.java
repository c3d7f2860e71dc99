package dev.socketcapacity.agent.kernel;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// What the host says of itself, apart from its settings: identities, counters, memory. Every figure is read anew.
public final class Host {

    /// The pid namespace that the kernel starts with (PROC_PID_INIT_INO, include/linux/proc_ns.h).
    private static final String FIRST_PID_NAMESPACE = "pid:[4026531836]";

    private static final Path POSSIBLE_CPUS = Path.of("/sys/devices/system/cpu/possible");

    private final Procfs procfs;

    public Host(Procfs procfs) {
        this.procfs = procfs;
    }

    /// Differs after each boot of the kernel.
    public String bootId() throws IOException {
        return procfs.read("sys/kernel/random/boot_id").strip();
    }

    /// When the node's pid 1 was started, in clock ticks since boot: where the node is a container, it changes when
    /// that is started again.
    public long startTime() throws IOException {
        return node().stat().startTime();
    }

    private ProcessEntry node() {
        return new ProcessEntry(procfs, 1);
    }

    /// Whether the node's pid namespace is the machine's own.
    public boolean ownsMachineProcesses() throws IOException {
        return pidNamespace().toString().equals(FIRST_PID_NAMESPACE);
    }

    /// The first process's; to one with fewer rights than it, it is not shown, but such a one is in its own procfs's.
    private Path pidNamespace() throws IOException {
        try {
            return Files.readSymbolicLink(procfs.path("1/ns/pid"));
        } catch (AccessDeniedException _) {
            return Files.readSymbolicLink(procfs.path("self/ns/pid"));
        }
    }

    /// CPUs that this kernel can ever have.
    public int possibleCpus() throws IOException {
        var ranges = Files.readString(POSSIBLE_CPUS).strip().split("[,-]");
        return Integer.parseInt(ranges[ranges.length - 1]) + 1;
    }

    /// Open files of all processes.
    public long openFiles() throws IOException {
        return Long.parseLong(procfs.read("sys/fs/file-nr").strip().split("\\s+")[0]);
    }

    /// Processes and threads of the kernel.
    public long tasks() throws IOException {
        var running = procfs.read("loadavg").split(" ")[3];
        return Long.parseLong(running.substring(running.indexOf('/') + 1));
    }

    /// TCP sockets of the kernel, in all its network namespaces.
    public long tcpSockets() throws IOException {
        return counters().tcp("alloc");
    }

    private NetworkCounters counters() {
        return new NetworkCounters(node());
    }

    /// The machine's memory, in bytes.
    ///
    /// @param free is free, or holds nothing but file contents. Slab counts as used: what sockets pin in it is
    ///             called reclaimable, and is not, which is why MemAvailable says too much
    public record Memory(long total, long free) {}

    public Memory memory() throws IOException {
        var lines = procfs.lines("meminfo");
        return new Memory(
                bytes(lines, "MemTotal:"),
                bytes(lines, "MemFree:") + bytes(lines, "Active(file):") + bytes(lines, "Inactive(file):"));
    }

    /// Bytes in the kernel's own caches, of which its sockets are a part.
    public long kernelCaches() throws IOException {
        return bytes(procfs.lines("meminfo"), "Slab:");
    }

    /// A line such as `MemFree:  12582912 kB`.
    private static long bytes(List<String> lines, String name) throws IOException {
        for (var line : lines) {
            if (line.startsWith(name)) {
                var number = line.substring(name.length(), line.length() - " kB".length());
                return 1024 * Long.parseLong(number.strip());
            }
        }
        throw new IOException("/proc/meminfo has no line " + name);
    }

    /// Ports in the node's network namespace that TCP listens on, or that UDP is bound to without a peer.
    public List<Integer> listeningPorts() throws IOException {
        var ports = new ArrayList<Integer>();
        for (var file : List.of("1/net/tcp", "1/net/tcp6")) {
            ports.addAll(localPorts(file, "0A"));
        }
        for (var file : List.of("1/net/udp", "1/net/udp6")) {
            ports.addAll(localPorts(file, "07"));
        }
        return ports.stream().distinct().sorted().toList();
    }

    /// Reads no further than it must: the kernel lists what listens before what is established, which may be a million
    /// lines.
    private List<Integer> localPorts(String file, String state) throws IOException {
        try (Stream<String> lines = Files.lines(procfs.path(file))) {
            return lines.skip(1)
                    .map(line -> line.strip().split("\\s+"))
                    .takeWhile(fields -> fields[3].equals(state))
                    .map(fields -> Integer.parseInt(fields[1].substring(fields[1].indexOf(':') + 1), 16))
                    .toList();
        } catch (NoSuchFileException _) {
            return List.of(); // a kernel without IPv6
        }
    }

    /// Entries of the table of neighbours, which all network namespaces share: `arp_cache` or `ndisc_cache`. Empty
    /// where this kernel has no such table.
    public OptionalLong neighbours(String table) throws IOException {
        try {
            return OptionalLong.of(counters().entries(table));
        } catch (NoSuchFileException _) {
            return OptionalLong.empty();
        }
    }

    /// The most maps that any one process has.
    public OptionalLong mostMaps() throws IOException {
        return largestOfProcesses(ProcessEntry::maps);
    }

    /// The highest limit of open descriptors that any one process has.
    public OptionalLong highestDescriptorLimit() throws IOException {
        return largestOfProcesses(process -> process.limit(Libc.Resource.NOFILE).hard());
    }

    /// The most connections that are tracked in any one network namespace: each counts its own, and the kernel's
    /// maximum is the same number for all of them (`__nf_conntrack_alloc`). Empty where this kernel tracks none.
    public OptionalLong mostTracked() throws IOException {
        return largestOfProcesses(process -> new NetworkCounters(process).entries("nf_conntrack"));
    }

    /// The most that the processes of any one user watch by epoll.
    public OptionalLong mostWatches() throws IOException {
        return ProcessTable.read(procfs).watchesOfUsers().values().stream()
                .mapToLong(Long::longValue)
                .max();
    }

    private interface PerProcess {
        long of(ProcessEntry process) throws IOException;
    }

    private OptionalLong largestOfProcesses(PerProcess figure) throws IOException {
        var largest = OptionalLong.empty();
        try (var entries = Files.newDirectoryStream(procfs.path(""), "[0-9]*")) {
            for (var entry : entries) {
                try {
                    var pid = Integer.parseInt(entry.getFileName().toString());
                    var number = figure.of(new ProcessEntry(procfs, pid));
                    largest = OptionalLong.of(Math.max(number, largest.orElse(number)));
                } catch (IOException _) {
                    // The process ended while we looked.
                }
            }
        }
        return largest;
    }
}
