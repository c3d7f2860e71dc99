package dev.socketcapacity.agent;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Sysctls;
import dev.socketcapacity.plan.Amount;
import dev.socketcapacity.plan.PortRange;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A procfs in a folder whose files answer to a write as the kernel's do: a whole value or `EINVAL`, in the kernel's
/// own spelling afterwards, within the bounds that the kernel has. Needs root, as a network namespace is entered.
final class FakeKernel extends InterceptedFiles implements AutoCloseable {

    /// One write, before or after the kernel has taken it.
    record Write(Setting setting, String before, String text) {}

    /// Hears of a write at the moment at which it is made.
    @FunctionalInterface
    interface Hook {
        void at(Write write);
    }

    /// `nf_ct_alloc_hashtable` fills whole pages: 512 heads of 8 bytes in 4096.
    private static final long BUCKETS_OF_A_PAGE = 512;

    private final Path proc;
    private final NetworkNamespace network;
    private final List<Write> writes = new ArrayList<>();
    private final Set<Setting> readOnly = EnumSet.noneOf(Setting.class);
    private final Map<Setting, Long> ceilings = new EnumMap<>(Setting.class);
    private Hook before = _ -> {};
    private Hook after = _ -> {};

    FakeKernel(Path proc) throws IOException {
        this.proc = proc;
        this.network = NetworkNamespace.enter(Path.of("/proc/self/ns/net"));
        boot("0b9b5b1c-0000-4000-8000-000000000001");
        start(17);
        file("sys/fs/file-nr", "1500\t0\t100000\n");
        file("loadavg", "0.10 0.10 0.10 1/300 4711\n");
        file("1/net/sockstat", "sockets: used 300\nTCP: inuse 20 orphan 0 tw 0 alloc 40 mem 5\n");
        file("1/net/tcp", "  sl  local_address rem_address   st\n   0: 00000000:1F90 00000000:0000 0A 0\n");
        file("1/net/udp", "  sl  local_address rem_address   st\n");
        file("1/maps", "00400000-00401000 r-xp 00000000 00:00 0\n");
        file("1/limits", "Max open files            1024                 4096                 files     \n");
        file(
                "meminfo",
                "MemTotal: 16777216 kB\nMemFree: 12582912 kB\nActive(file): 1024 kB\nInactive(file): 1024 kB\n");
        Files.createDirectories(proc.resolve("1/ns"));
        Files.createSymbolicLink(proc.resolve("1/ns/pid"), Path.of("pid:[4026531836]"));
        file("sys/net/core/netdev_max_backlog", "1000\n");
        tracked(10);
        set(Setting.FILE_MAX, "100000");
        set(Setting.NR_OPEN, "65536");
        set(Setting.EPOLL_WATCHES, "100000");
        set(Setting.RESERVED_PORTS, "");
        set(Setting.PORT_RANGE, "32768\t60999");
        set(Setting.CONNTRACK_BUCKETS, "16384");
        set(Setting.CONNTRACK_MAX, "65536");
        set(Setting.SOMAXCONN, "128");
        set(Setting.SYN_BACKLOG, "2048");
        set(Setting.MAX_MAP_COUNT, "65530");
        set(Setting.PID_MAX, "32768");
        set(Setting.THREADS_MAX, "31000");
        set(Setting.NEIGHBOURS, "1024");
        set(Setting.NEIGHBOURS_IPV6, "1024");
    }

    NodeKernel nodeKernel() {
        return new NodeKernel(host(), new Sysctls(new Procfs(path(proc)), network), network);
    }

    /// What it says besides the settings.
    Host host() {
        return new Host(new Procfs(path(proc)));
    }

    /// The machine has booted, with that boot id.
    void boot(String bootId) {
        file("sys/kernel/random/boot_id", bootId + "\n");
    }

    /// The node's pid 1 has started, so many clock ticks after the boot.
    void start(long ticks) {
        file("1/stat", "1 (a (strange) name) S" + " 0".repeat(18) + " " + ticks + " 0 0\n");
    }

    /// So many files are open.
    void openFiles(long count) {
        file("sys/fs/file-nr", count + "\t0\t0\n");
    }

    /// What a process, or its network namespace, says of itself.
    void process(int pid, String name, String text) {
        file(pid + "/" + name, text);
    }

    /// So many connections are tracked.
    void tracked(long count) {
        file("sys/net/netfilter/nf_conntrack_count", count + "\n");
    }

    /// Connections that were reset are tracked for so many seconds.
    void closeTimeout(long seconds) {
        file("sys/net/netfilter/nf_conntrack_tcp_timeout_close", seconds + "\n");
    }

    /// From now on the node is itself a container.
    void becomeGuest() throws IOException {
        Files.delete(proc.resolve("sys/net/core/netdev_max_backlog"));
    }

    /// The setting as somebody else makes it.
    void set(Setting setting, String text) {
        file(name(setting), text + "\n");
    }

    String get(Setting setting) {
        try {
            return Files.readString(proc.resolve(name(setting))).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Map<Setting, String> all() {
        var all = new EnumMap<Setting, String>(Setting.class);
        for (var setting : Setting.values()) {
            all.put(setting, get(setting));
        }
        return all;
    }

    void remove(Setting setting) throws IOException {
        Files.delete(proc.resolve(name(setting)));
    }

    void makeReadOnly(Setting setting) {
        readOnly.add(setting);
    }

    void makeWritable(Setting setting) {
        readOnly.remove(setting);
    }

    /// Larger numbers are taken for that one, without an error.
    void clampTo(Setting setting, long most) {
        ceilings.put(setting, most);
    }

    void beforeWrite(Hook hook) {
        before = hook;
    }

    void afterWrite(Hook hook) {
        after = hook;
    }

    /// All writes of the agent so far, also those that were refused.
    List<Write> writes() {
        synchronized (writes) {
            return List.copyOf(writes);
        }
    }

    List<Setting> written() {
        return writes().stream().map(Write::setting).toList();
    }

    @Override
    FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException {
        return new DiskChannel(super.open(file, options)) {
            /// What is there now: a file that is kept open is the same one all the time.
            @Override
            public int read(ByteBuffer bytes, long position) throws IOException {
                try (var now = FileChannel.open(file)) {
                    return now.read(bytes, position);
                }
            }

            @Override
            public int write(ByteBuffer bytes, long position) throws IOException {
                var setting = setting(file);
                if (readOnly.contains(setting)) {
                    throw new IOException("Read-only file system");
                }
                var text = US_ASCII.decode(bytes).toString().strip();
                var write = new Write(setting, get(setting), text);
                before.at(write);
                synchronized (writes) {
                    writes.add(write);
                }
                set(setting, answer(setting, text));
                after.at(write);
                return text.length() + 1;
            }
        };
    }

    /// What the kernel has afterwards: the rules of its proc handlers.
    private String answer(Setting setting, String text) throws IOException {
        try {
            return switch (setting.shape().parse(text)) {
                case Amount(var number) -> Long.toString(amount(setting, number));
                case PortRange range -> range.first() + "\t" + range.last();
                case PortSet ports -> ports.text();
            };
        } catch (IllegalArgumentException e) {
            throw new IOException("Invalid argument", e);
        }
    }

    private long amount(Setting setting, long number) {
        if (number < setting.limit().min() || number > setting.limit().max()) {
            throw new IllegalArgumentException();
        }
        var taken = Math.min(number, ceilings.getOrDefault(setting, Long.MAX_VALUE));
        return setting == Setting.CONNTRACK_BUCKETS
                ? (taken + BUCKETS_OF_A_PAGE - 1) / BUCKETS_OF_A_PAGE * BUCKETS_OF_A_PAGE
                : taken;
    }

    private Setting setting(Path file) {
        for (var setting : Setting.values()) {
            if (file.equals(proc.resolve(name(setting)))) {
                return setting;
            }
        }
        throw new AssertionError("not a setting: " + file);
    }

    private static String name(Setting setting) {
        return "sys/" + setting.key().replace('.', '/');
    }

    /// At once, as a reader of procfs has it: never half of it, whoever else writes it at that moment.
    private synchronized void file(String name, String text) {
        try {
            var file = proc.resolve(name);
            Files.createDirectories(file.getParent());
            var next = Files.writeString(file.resolveSibling(file.getFileName() + ".next"), text);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        network.close();
    }
}
