package dev.socketcapacity.agent.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.Libc.Resource;
import dev.socketcapacity.agent.kernel.Libc.ResourceLimit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// One process below a procfs mount. Every figure is read anew, and may fail: the process may end at any time, and some
/// of them take the right to trace it.
public record ProcessEntry(Procfs procfs, int pid) {

    private static final int PF_KTHREAD = 0x0020_0000; // include/linux/sched.h
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    /// The last id of the first line that has one, which is the innermost container's.
    private static final Pattern CONTAINER_ID = Pattern.compile("(?m)^.*([0-9a-f]{64})");

    private static final int CHUNK = 64 * 1024;

    /// x86-64 lists this page of every process, and counts it for none.
    private static final String VSYSCALL = "[vsyscall]\n";

    /// Of proc_pid_stat(5).
    ///
    /// @param command      its name, at most 15 characters
    /// @param state        a letter: `Z` of one that has ended, and waits for its parent to hear of it
    /// @param kernelThread whether it is the kernel's own
    /// @param startTime    clock ticks since boot
    /// @param addressSpace bytes, whole pages
    public record Stat(
            String command, char state, boolean kernelThread, long threads, long startTime, long addressSpace) {}

    public Stat stat() throws IOException {
        var stat = Libc.readShort(name("stat"));
        // The command's name, in parentheses, may hold anything: count from behind it. The state is the third field.
        int end = stat.lastIndexOf(')');
        int state = end + 2;
        int flags = skip(stat, state, 6);
        int threads = skip(stat, flags, 11);
        int startTime = skip(stat, threads, 2);
        int addressSpace = skip(stat, startTime, 1);
        return new Stat(
                stat.substring(stat.indexOf('(') + 1, end),
                stat.charAt(state),
                (number(stat, flags) & PF_KTHREAD) != 0,
                number(stat, threads),
                number(stat, startTime),
                number(stat, addressSpace));
    }

    /// Where the field begins that comes so many after the one at `from`.
    private static int skip(String stat, int from, int fields) {
        int at = from;
        for (int i = 0; i < fields; i++) {
            at = stat.indexOf(' ', at) + 1;
        }
        return at;
    }

    private static long number(String stat, int at) {
        return Long.parseLong(stat, at, stat.indexOf(' ', at), 10);
    }

    /// Its effective user.
    long owner() throws IOException {
        return Libc.status(name("")).owner();
    }

    /// Of proc_pid_status(5).
    ///
    /// @param name         the command's, at most 15 characters
    /// @param process      the pid of the process that this is a thread of: its own, of a process
    /// @param uid          effective
    /// @param tableSize    descriptors that its table has room for, before it must grow
    /// @param capabilities effective, a bit each
    /// @param depth        pid namespaces that it is in, from that of the procfs mount inwards
    public record Status(
            String name, int process, long uid, long threads, long tableSize, long capabilities, int depth) {

        /// @param number of `linux/capability.h`
        public boolean mayUse(int number) {
            return (capabilities >>> number & 1) != 0;
        }
    }

    public Status status() throws IOException {
        var lines = lines("status");
        var uids = fields(lines, "Uid:");
        return new Status(
                String.join(" ", fields(lines, "Name:")),
                Integer.parseInt(fields(lines, "Tgid:")[0]),
                Long.parseLong(uids[1]),
                Long.parseLong(fields(lines, "Threads:")[0]),
                Long.parseLong(fields(lines, "FDSize:")[0]),
                Long.parseUnsignedLong(fields(lines, "CapEff:")[0], 16),
                fields(lines, "NSpid:").length);
    }

    private static String[] fields(List<String> lines, String start) throws IOException {
        return lines.stream()
                .filter(line -> line.startsWith(start))
                .findFirst()
                .map(line -> BLANKS.split(line.substring(start.length()).strip()))
                .orElseThrow(() -> new IOException("/proc/PID/status has no line " + start));
    }

    /// Its command's name, at most 15 characters.
    public String command() throws IOException {
        return Libc.readShort(name("comm")).strip();
    }

    /// The container that it is in: the first 12 characters of its id, as runtimes show it. Empty where its cgroup
    /// bears no id.
    public Optional<String> container() throws IOException {
        var matcher = CONTAINER_ID.matcher(Libc.readShort(name("cgroup")));
        return matcher.find() ? Optional.of(matcher.group(1).substring(0, 12)) : Optional.empty();
    }

    /// Asks the kernel itself where it may, which is much less work than to have it write a table and read that.
    public ResourceLimit limit(Resource resource) throws IOException {
        if (procfs.isOwn()) {
            try {
                return Libc.resourceLimit(pid, resource);
            } catch (ErrnoException _) {
                // another user's; the table is for everybody
            }
        }
        var title = switch (resource) {
            case NPROC -> "Max processes";
            case NOFILE -> "Max open files";
        };
        var line = fields(lines("limits"), title);
        return new ResourceLimit(amount(line[0]), amount(line[1]));
    }

    private static long amount(String text) {
        return text.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(text);
    }

    /// Open descriptors.
    public long descriptors() throws IOException {
        return procfs.countsDescriptors()
                ? Libc.status(name("fd")).size()
                : names("fd").size();
    }

    /// What each open descriptor is, such as `socket:[4711]`, with its number. One that is closed meanwhile is left
    /// out.
    public List<Descriptor> openFiles() throws IOException {
        var folder = name("fd/");
        var files = new ArrayList<Descriptor>();
        for (var number : names("fd")) {
            try {
                files.add(new Descriptor(number, Libc.link(folder + number)));
            } catch (ErrnoException closed) {
                if (!closed.isAbsence()) {
                    throw closed;
                }
            }
        }
        return files;
    }

    /// An open descriptor.
    ///
    /// @param target such as `socket:[4711]`
    public record Descriptor(String number, String target) {

        private static final String SOCKET = "socket:[";

        public boolean isSocket() {
            return target.startsWith(SOCKET);
        }

        public boolean isEpoll() {
            return target.equals("anon_inode:[eventpoll]");
        }

        /// Of a socket.
        public long inode() {
            return Long.parseLong(target, SOCKET.length(), target.length() - 1, 10);
        }
    }

    /// What its epoll descriptors watch, all together.
    public long watches() throws IOException {
        long watches = 0;
        for (var descriptor : openFiles()) {
            if (descriptor.isEpoll()) {
                try (var lines = Files.lines(file("fdinfo").resolve(descriptor.number()))) {
                    watches += lines.filter(line -> line.startsWith("tfd:")).count();
                }
            }
        }
        return watches;
    }

    /// Maps of memory, as the kernel counts them.
    public long maps() throws IOException {
        var chunk = ByteBuffer.allocate(CHUNK);
        long lines = 0;
        var tail = "";
        try (var channel = FileChannel.open(file("maps"), StandardOpenOption.READ)) {
            while (channel.read(chunk.clear()) > 0) {
                chunk.flip();
                for (int i = 0; i < chunk.limit(); i++) {
                    lines += chunk.get(i) == '\n' ? 1 : 0;
                }
                int length = Math.min(VSYSCALL.length(), chunk.limit());
                tail = new String(chunk.array(), chunk.limit() - length, length, US_ASCII);
            }
        }
        return tail.equals(VSYSCALL) ? lines - 1 : lines;
    }

    /// The identity of one of its namespaces, such as `net:[4026531833]`. Takes the right to trace it.
    public String namespace(String kind) throws IOException {
        return Libc.link(name("ns/" + kind));
    }

    /// Whether both are in one network namespace. Takes no right: each namespace has files of its own.
    public boolean sharesNetworkWith(ProcessEntry other) throws IOException {
        return Files.isSameFile(file("net/netstat"), other.file("net/netstat"));
    }

    public Path file(String name) {
        return procfs.path(pid + "/" + name);
    }

    /// The same for the C library.
    String name(String name) {
        return procfs.name(pid + "/" + name);
    }

    List<String> lines(String name) throws IOException {
        return procfs.lines(pid + "/" + name);
    }

    private List<String> names(String folder) throws IOException {
        var names = new ArrayList<String>();
        try (var entries = Files.newDirectoryStream(file(folder))) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }
}
