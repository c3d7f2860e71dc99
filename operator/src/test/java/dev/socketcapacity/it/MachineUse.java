package dev.socketcapacity.it;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Sysctls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// The most that anybody on this machine uses of what is about to be lowered.
public final class MachineUse {

    private static final Procfs PROC = new Procfs(Path.of("/proc"));
    private static final Host HOST = new Host(PROC);

    private MachineUse() {}

    /// The largest table of descriptors.
    public static long descriptors() throws IOException {
        var largest = new Largest();
        forEachProcess(pid -> largest.add(number(pid, "FDSize:")));
        return largest.value;
    }

    public static long openFiles() throws IOException {
        return HOST.openFiles();
    }

    public static long maps() throws IOException {
        return HOST.mostMaps().orElseThrow();
    }

    /// Of one user.
    public static long epollWatches() throws IOException {
        var watches = new HashMap<Long, Long>();
        forEachProcess(pid -> watches.merge(number(pid, "Uid:"), epollWatches(pid), Long::sum));
        return watches.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    private static long epollWatches(String pid) throws IOException {
        var watches = 0L;
        try (var descriptors = Files.newDirectoryStream(PROC.path(pid + "/fd"))) {
            for (var descriptor : descriptors) {
                if (Files.readSymbolicLink(descriptor).toString().equals("anon_inode:[eventpoll]")) {
                    watches += PROC.lines(pid + "/fdinfo/" + descriptor.getFileName()).stream()
                            .filter(line -> line.startsWith("tfd:"))
                            .count();
                }
            }
        }
        return watches;
    }

    /// In one network namespace.
    public static long trackedConnections() throws IOException {
        var largest = new Largest();
        for (var namespace : networkNamespaces().values()) {
            try (var network = NetworkNamespace.enter(namespace)) {
                new Sysctls(PROC, network)
                        .read("net.netfilter.nf_conntrack_count")
                        .ifPresent(count -> largest.add(Long.parseLong(count)));
            } catch (IOException _) {
                // It is gone meanwhile.
            }
        }
        return largest.value;
    }

    /// By inode: those of processes, and those that have a name.
    private static Map<Object, Path> networkNamespaces() throws IOException {
        var namespaces = new HashMap<Object, Path>();
        forEachProcess(pid -> addTo(namespaces, PROC.path(pid + "/ns/net")));
        var named = Path.of("/run/netns");
        if (Files.isDirectory(named)) {
            try (var files = Files.newDirectoryStream(named)) {
                for (var file : files) {
                    addTo(namespaces, file);
                }
            }
        }
        return namespaces;
    }

    private static void addTo(Map<Object, Path> namespaces, Path file) throws IOException {
        namespaces.put(Files.getAttribute(file, "unix:ino"), file);
    }

    private static long number(String pid, String line) throws IOException {
        return PROC.lines(pid + "/status").stream()
                .filter(text -> text.startsWith(line))
                .map(text -> text.split("\\s+")[1])
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }

    private static final class Largest {
        private long value;

        void add(long another) {
            value = Math.max(value, another);
        }
    }

    public interface OfProcess {
        void look(String pid) throws IOException;
    }

    public static void forEachProcess(OfProcess process) throws IOException {
        try (var folders = Files.newDirectoryStream(PROC.path(""), "[0-9]*")) {
            for (var folder : folders) {
                try {
                    process.look(folder.getFileName().toString());
                } catch (IOException _) {
                    // It ended while we looked.
                }
            }
        }
    }
}
