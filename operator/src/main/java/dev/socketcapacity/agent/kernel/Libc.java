package dev.socketcapacity.agent.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The few system calls that Java has no word for. This is the only file that reaches past the JDK.
///
/// A descriptor is an `int`, and means something only in the descriptor table of the calling thread. [#setns] and
/// [#unshare] change the calling thread alone, so they belong on a platform thread that nobody else uses: a virtual
/// thread would change its carrier.
///
/// Numbers are those of `asm-generic`, which x86-64 and arm64 share.
public final class Libc {

    /// A descriptor table of the thread's own, for [#unshare] (`linux/sched.h`).
    public static final int CLONE_FILES = 0x0000_0400;

    /// A network namespace, for [#setns] (`linux/sched.h`).
    public static final int CLONE_NEWNET = 0x4000_0000;

    /// A pid namespace, for [#setns]: only of processes that the thread starts from then on (`linux/sched.h`).
    public static final int CLONE_NEWPID = 0x2000_0000;

    /// There is something to read, or to accept (`poll.h`).
    public static final short POLLIN = 0x001;

    /// Writing would not block; of a socket that connects: it has come to an end (`poll.h`).
    public static final short POLLOUT = 0x004;

    /// The peer closed its end (`poll.h`). POLLERR and POLLHUP are reported unasked.
    public static final short POLLRDHUP = 0x2000;

    private static final short POLLERR = 0x008; // poll.h
    private static final short POLLHUP = 0x010;
    private static final int O_CLOEXEC = 0x8_0000; // fcntl.h; O_RDONLY is 0
    private static final int AF_INET = 2; // sys/socket.h
    private static final int AF_INET6 = 10;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x8_0000;
    private static final int IPPROTO_IP = 0; // netinet/in.h
    private static final int IPPROTO_IPV6 = 41;
    private static final int IP_RECVERR = 11; // linux/in.h
    private static final int IPV6_RECVERR = 25; // linux/in6.h
    private static final int SO_ORIGINAL_DST = 80; // linux/netfilter_ipv4.h; IP6T_SO_ORIGINAL_DST is the same
    private static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;
    private static final int SO_LINGER = 13;
    private static final int SO_MEMINFO = 55;
    private static final int SO_NETNS_COOKIE = 71;
    private static final int SK_MEMINFO_DROPS = 8; // linux/sock_diag.h
    private static final int SCHED_FIFO = 1; // sched.h
    private static final int SCHED_IDLE = 5;
    private static final int PRIO_PROCESS = 0; // sys/resource.h
    private static final int HIGHEST_PRIORITY = -20;
    private static final int RLIMIT_NOFILE = 7; // sys/resource.h
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int CALLING_PROCESS = 0; // prlimit(2)
    private static final long NULL = 0;
    private static final int AT_FDCWD = -100; // fcntl.h
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff; // linux/stat.h
    private static final int STDOUT = 1; // unistd.h
    private static final long FILE_ACTIONS = 256; // posix_spawn_file_actions_t (spawn.h): 80 bytes, and room
    private static final long NS_GET_PARENT = 0xb702; // linux/nsfs.h: _IO(0xb7, 2)
    private static final int FAN_CLOEXEC = 0x1; // linux/fanotify.h
    private static final int FAN_REPORT_PIDFD = 0x80;
    private static final int FAN_MARK_ADD = 0x1;
    private static final int FAN_MARK_FILESYSTEM = 0x100;
    private static final int IN_CLOEXEC = O_CLOEXEC; // linux/inotify.h

    private static final Function OPEN = new Function("open");
    private static final Function CLOSE = new Function("close");
    private static final Function SETNS = new Function("setns");
    private static final Function UNSHARE = new Function("unshare");
    private static final Function SCHED_SETSCHEDULER = new Function("sched_setscheduler");
    private static final Function SETPRIORITY = new Function("setpriority");
    private static final Function SOCKET = new Function("socket");
    private static final Function BIND = new Function("bind");
    private static final Function LISTEN = new Function("listen");
    private static final Function ACCEPT4 = new Function("accept4");
    private static final Function CONNECT = new Function("connect");
    private static final Function GETSOCKNAME = new Function("getsockname");
    private static final Function GETSOCKOPT = new Function("getsockopt");
    private static final Function SETSOCKOPT = new Function("setsockopt");
    private static final Function POLL = new Function("poll");
    private static final Function STATX = new Function("statx");
    private static final Function READ = new Function("read");
    private static final Function PREAD = new Function("pread");
    private static final Function READLINK = new Function("readlink");
    private static final Function PRLIMIT = new Function("prlimit");
    private static final Function SEND = new Function("send");
    private static final Function RECV = new Function("recv");
    private static final Function PIPE2 = new Function("pipe2");
    private static final Function FILE_ACTIONS_INIT = new Function("posix_spawn_file_actions_init");
    private static final Function FILE_ACTIONS_DUP2 = new Function("posix_spawn_file_actions_adddup2");
    private static final Function FILE_ACTIONS_DESTROY = new Function("posix_spawn_file_actions_destroy");
    private static final Function POSIX_SPAWN = new Function("posix_spawn");
    private static final Function WAITPID = new Function("waitpid");
    private static final Function IOCTL = new Function("ioctl");
    private static final Function FANOTIFY_INIT = new Function("fanotify_init");
    private static final Function FANOTIFY_MARK = new Function("fanotify_mark");
    private static final Function INOTIFY_INIT = new Function("inotify_init1");
    private static final Function INOTIFY_ADD_WATCH = new Function("inotify_add_watch");
    private static final Function STRERROR = new Function("strerror");

    /// `struct linger { int l_onoff; int l_linger; }`: on, 0 seconds.
    private static final MemorySegment LINGER_ZERO = Arena.global().allocateFrom(JAVA_INT, 1, 0);

    private static final MemorySegment ONE = Arena.global().allocateFrom(JAVA_INT, 1);

    private static final ValueLayout.OfShort PORT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    /// For poll(2), anything below 0.
    private static final Duration FOREVER = Duration.ofMillis(-1);

    private Libc() {}

    /// Opens `path` for reading.
    public static int open(Path path) throws ErrnoException {
        return open(path.toString());
    }

    private static int open(String path) throws ErrnoException {
        var name = Scratch.ofThread().path(path);
        return OPEN.quickly(name.address(), O_CLOEXEC, 0);
    }

    public static void close(int descriptor) throws ErrnoException {
        CLOSE.quickly(descriptor);
    }

    /// Moves the calling thread into the namespace behind `descriptor`.
    public static void setns(int descriptor, int type) throws ErrnoException {
        SETNS.call(descriptor, type);
    }

    /// Gives the calling thread its own copy of what it shared with the process.
    public static void unshare(int flags) throws ErrnoException {
        UNSHARE.call(flags);
    }

    /// From now on the calling thread gets the processor time that nobody else wants (SCHED_IDLE).
    public static void scheduleIdle() throws ErrnoException {
        var priorityZero = Scratch.ofThread().buffer.fill((byte) 0); // struct sched_param { int sched_priority; }
        SCHED_SETSCHEDULER.call(0, SCHED_IDLE, priorityZero);
    }

    /// From now on the calling thread runs as soon as it can, before all of ordinary priority (SCHED_FIFO, at its
    /// lowest): it must sleep nearly all the time. Needs CAP_SYS_NICE, and a cgroup with a share of that.
    public static void scheduleFirst() throws ErrnoException {
        var lowest = Scratch.ofThread().buffer; // struct sched_param { int sched_priority; }
        lowest.set(JAVA_INT, 0, 1);
        SCHED_SETSCHEDULER.call(0, SCHED_FIFO, lowest);
    }

    /// From now on the calling thread is preferred to all that are not its like: nice(2) of -20. Needs CAP_SYS_NICE.
    public static void prefer() throws ErrnoException {
        SETPRIORITY.call(PRIO_PROCESS, 0, HIGHEST_PRIORITY);
    }

    /// How many descriptors one table may have: the soft RLIMIT_NOFILE, which the JVM raises to the hard one.
    public static long descriptorLimit() throws ErrnoException {
        return resourceLimit(CALLING_PROCESS, Resource.NOFILE).soft();
    }

    /// What is bounded for one process (`sys/resource.h`).
    public enum Resource {
        /// Threads of its user.
        NPROC(6),
        /// Descriptors of its table.
        NOFILE(RLIMIT_NOFILE);

        private final int number;

        Resource(int number) {
            this.number = number;
        }
    }

    /// A soft limit, and the hard one up to which a process may raise it by itself. RLIM_INFINITY, all bits set, is
    /// read as [Long#MAX_VALUE].
    public record ResourceLimit(long soft, long hard) {}

    /// A process's limit. One of another user's process takes CAP_SYS_RESOURCE.
    public static ResourceLimit resourceLimit(int pid, Resource resource) throws ErrnoException {
        var limit = Scratch.ofThread().buffer; // struct rlimit { rlim_t rlim_cur; rlim_t rlim_max; }
        PRLIMIT.call(pid, resource.number, MemorySegment.NULL, limit);
        return new ResourceLimit(orInfinity(limit.get(JAVA_LONG, 0)), orInfinity(limit.get(JAVA_LONG, Long.BYTES)));
    }

    private static long orInfinity(long limit) {
        return limit < 0 ? Long.MAX_VALUE : limit;
    }

    /// What the kernel says of a file.
    ///
    /// @param links a folder's subfolders, and 2
    /// @param size  bytes; of a process's `fd` folder, since Linux 6.2, how many descriptors are open
    public record FileStatus(long links, long owner, long inode, long size) {

        /// `struct statx` (`linux/stat.h`), which is the same on every processor.
        private static FileStatus of(MemorySegment statx) {
            return new FileStatus(
                    Integer.toUnsignedLong(statx.get(JAVA_INT, 16)),
                    Integer.toUnsignedLong(statx.get(JAVA_INT, 20)),
                    statx.get(JAVA_LONG, 32),
                    statx.get(JAVA_LONG, 40));
        }
    }

    public static FileStatus status(String path) throws ErrnoException {
        return status(AT_FDCWD, path, 0);
    }

    public static FileStatus status(int descriptor) throws ErrnoException {
        return status(descriptor, "", AT_EMPTY_PATH);
    }

    private static FileStatus status(int descriptor, String path, int flags) throws ErrnoException {
        var scratch = Scratch.ofThread();
        var name = scratch.path(path);
        STATX.quickly(descriptor, name.address(), flags, STATX_BASIC_STATS, scratch.page.address());
        return FileStatus.of(scratch.page);
    }

    /// What one `read(2)` brings of a short file of ASCII text: for those that are read by the thousand.
    public static String readShort(String path) throws ErrnoException {
        var scratch = Scratch.ofThread();
        int descriptor = open(path);
        try {
            return scratch.text(read(descriptor, scratch.page));
        } finally {
            close(descriptor);
        }
    }

    /// Reads once, and returns how many bytes came: 0 at the end.
    public static int read(int descriptor, MemorySegment into) throws ErrnoException {
        try {
            return READ.quickly(descriptor, into.address(), into.byteSize());
        } finally {
            Reference.reachabilityFence(into);
        }
    }

    /// The same from the beginning of a file that is open, as often as it is asked for.
    public static String readShort(int descriptor) throws ErrnoException {
        var scratch = Scratch.ofThread();
        return scratch.text(PREAD.quickly(descriptor, scratch.page.address(), scratch.page.byteSize(), 0, 0));
    }

    /// Where a symbolic link leads.
    public static String link(String path) throws ErrnoException {
        var scratch = Scratch.ofThread();
        var name = scratch.path(path);
        return scratch.text(READLINK.quickly(name.address(), scratch.page.address(), Scratch.PAGE));
    }

    /// Opens the namespace around the pid namespace behind `descriptor`; EPERM where that is around the caller's own,
    /// or there is none.
    public static int parentNamespace(int descriptor) throws ErrnoException {
        return IOCTL.call(descriptor, NS_GET_PARENT);
    }

    /// A queue of events at files, each with a descriptor of the file and one of the process. Needs CAP_SYS_ADMIN, and
    /// Linux 5.15.
    public static int fanotify() throws ErrnoException {
        int flags = FAN_CLOEXEC | FAN_REPORT_PIDFD;
        return FANOTIFY_INIT.call(flags, O_CLOEXEC);
    }

    /// From now on, what happens at any file of the file system that `path` is in goes to the queue, for those `events`
    /// (`linux/fanotify.h`).
    public static void watchFileSystem(int fanotify, String path, long events) throws ErrnoException {
        var name = Scratch.ofThread().path(path);
        int flags = FAN_MARK_ADD | FAN_MARK_FILESYSTEM;
        FANOTIFY_MARK.call(fanotify, flags, events, AT_FDCWD, name);
    }

    /// A queue of events at files, that does not tell whose they are. Takes no right.
    public static int inotify() throws ErrnoException {
        return INOTIFY_INIT.call(IN_CLOEXEC);
    }

    /// From now on, what happens at a file goes to the queue, for those `events` (`linux/inotify.h`); returns by which
    /// number.
    public static int watchFile(int inotify, String path, int events) throws ErrnoException {
        var name = Scratch.ofThread().path(path);
        return INOTIFY_ADD_WATCH.call(inotify, name, events);
    }

    /// A pipe.
    ///
    /// @param out what one reads from
    /// @param in  what one writes to
    public record Pipe(int out, int in) {}

    public static Pipe pipe() throws ErrnoException {
        var ends = Scratch.ofThread().buffer;
        PIPE2.call(ends, O_CLOEXEC);
        return new Pipe(ends.getAtIndex(JAVA_INT, 0), ends.getAtIndex(JAVA_INT, 1));
    }

    /// Starts a program, with no environment, whose standard output is `output`; returns its pid. Other than the JDK's
    /// own way it starts no thread, which one that has changed its children's pid namespace can't.
    public static int spawn(List<String> command, int output) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var pid = arena.allocate(JAVA_INT);
            var actions = arena.allocate(FILE_ACTIONS, Long.BYTES);
            var arguments = arena.allocate(ADDRESS, command.size() + 1L);
            for (int i = 0; i < command.size(); i++) {
                arguments.setAtIndex(ADDRESS, i, arena.allocateFrom(command.get(i)));
            }
            var none = arena.allocate(ADDRESS);
            FILE_ACTIONS_INIT.callForError(actions);
            try {
                FILE_ACTIONS_DUP2.callForError(actions, output, STDOUT);
                POSIX_SPAWN.callForError(pid, arguments.get(ADDRESS, 0), actions, MemorySegment.NULL, arguments, none);
            } finally {
                FILE_ACTIONS_DESTROY.callForError(actions);
            }
            return pid.get(JAVA_INT, 0);
        }
    }

    /// Waits until a process that this one has started has ended.
    public static void await(int pid) throws ErrnoException {
        WAITPID.call(pid, MemorySegment.NULL, 0);
    }

    /// A socket to the part of the kernel that `protocol` names (`linux/netlink.h`), in the calling thread's network
    /// namespace.
    public static int netlinkSocket(int protocol) throws ErrnoException {
        int type = SOCK_RAW | SOCK_CLOEXEC;
        return SOCKET.call(AF_NETLINK, type, protocol);
    }

    public static void send(int socket, MemorySegment message) throws ErrnoException {
        SEND.call(socket, message, message.byteSize(), 0);
    }

    /// Waits for what comes next, and returns its length.
    public static int receive(int socket, MemorySegment into) throws ErrnoException {
        return RECV.call(socket, into, into.byteSize(), 0);
    }

    /// A TCP socket for addresses like `address`, whose calls don't block.
    public static int tcpSocket(SocketAddress address) throws ErrnoException {
        int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
        return SOCKET.repeatably(address.domain(), type, 0, 0);
    }

    /// Sends a datagram of no length to `address`, and says why it did not leave the machine: what a connection is not
    /// told of.
    public static void sendDatagram(SocketAddress address) throws ErrnoException {
        int socket = SOCKET.call(address.domain(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        try {
            SETSOCKOPT.call(
                    socket,
                    address.isInet6() ? IPPROTO_IPV6 : IPPROTO_IP,
                    address.isInet6() ? IPV6_RECVERR : IP_RECVERR,
                    ONE,
                    (int) ONE.byteSize());
            CONNECT.call(socket, address.bytes, address.length());
            SEND.call(socket, ONE, 0, 0);
        } finally {
            close(socket);
        }
    }

    /// Whether the kernel tracks the connection of `socket`, which is to an address like `address`. Sees only the
    /// default zone of connection tracking.
    public static boolean isTracked(int socket, SocketAddress address) {
        var scratch = Scratch.ofThread();
        scratch.length.set(JAVA_INT, 0, address.length());
        try {
            GETSOCKOPT.call(
                    socket,
                    address.isInet6() ? IPPROTO_IPV6 : IPPROTO_IP,
                    SO_ORIGINAL_DST,
                    scratch.buffer,
                    scratch.length);
            return true;
        } catch (ErrnoException _) {
            return false; // ENOENT; ENOPROTOOPT where the kernel can't track anything
        }
    }

    /// Makes every end of this socket an RST, so that it leaves no TIME_WAIT behind, however its process ends. What is
    /// accepted from a listener inherits it.
    public static void resetOnClose(int socket) throws ErrnoException {
        SETSOCKOPT.quickly(socket, SOL_SOCKET, SO_LINGER, LINGER_ZERO.address(), LINGER_ZERO.byteSize());
    }

    public static void bind(int socket, SocketAddress address) throws ErrnoException {
        BIND.call(socket, address.bytes, address.length());
    }

    public static void listen(int socket, int backlog) throws ErrnoException {
        LISTEN.call(socket, backlog);
    }

    /// The port that `socket` is bound to.
    public static int localPort(int socket) throws ErrnoException {
        var scratch = Scratch.ofThread();
        scratch.length.set(JAVA_INT, 0, (int) scratch.buffer.byteSize());
        GETSOCKNAME.call(socket, scratch.buffer, scratch.length);
        return Short.toUnsignedInt(scratch.buffer.get(PORT, SocketAddress.PORT_OFFSET));
    }

    /// Starts to connect; true when the connection is already established. If it is not, [#poll] for [#POLLOUT] and
    /// ask [#pendingError].
    public static boolean connect(int socket, SocketAddress address) throws ErrnoException {
        try {
            return CONNECT.quicklyUnless(Errno.EINPROGRESS, socket, address.bytes.address(), address.length(), 0)
                    .isPresent();
        } finally {
            Reference.reachabilityFence(address);
        }
    }

    /// The next connection that waits at `listener`; empty when none does.
    public static OptionalInt accept(int listener) throws ErrnoException {
        return ACCEPT4.repeatablyUnless(Errno.EAGAIN, listener, NULL, NULL, SOCK_CLOEXEC);
    }

    /// What went wrong at `socket` since the last question; 0 for nothing.
    public static int pendingError(int socket) throws ErrnoException {
        return socketOption(socket, SO_ERROR, JAVA_INT).get(JAVA_INT, 0);
    }

    /// How many packets the kernel has dropped at `socket`, for whatever reason; of a listener: those that would have
    /// been connections.
    public static long drops(int socket) throws ErrnoException {
        var scratch = Scratch.ofThread(); // an array of unsigned int
        scratch.length.set(JAVA_INT, 0, (int) scratch.page.byteSize());
        GETSOCKOPT.call(socket, SOL_SOCKET, SO_MEMINFO, scratch.page, scratch.length);
        return Integer.toUnsignedLong(scratch.page.getAtIndex(JAVA_INT, SK_MEMINFO_DROPS));
    }

    /// The id of the calling thread's network namespace, which is never used again before the next boot (Linux 5.14).
    public static long netnsCookie() throws ErrnoException {
        int type = SOCK_STREAM | SOCK_CLOEXEC;
        int socket = SOCKET.call(AF_INET, type, 0);
        try {
            return socketOption(socket, SO_NETNS_COOKIE, JAVA_LONG).get(JAVA_LONG, 0);
        } finally {
            close(socket);
        }
    }

    private static MemorySegment socketOption(int socket, int option, ValueLayout layout) throws ErrnoException {
        var scratch = Scratch.ofThread();
        scratch.length.set(JAVA_INT, 0, (int) layout.byteSize());
        GETSOCKOPT.call(socket, SOL_SOCKET, option, scratch.buffer, scratch.length);
        return scratch.buffer;
    }

    /// Waits until something happens at one of `descriptors`.
    public static void poll(PollSet descriptors) throws ErrnoException {
        poll(descriptors, FOREVER);
    }

    /// Waits until something happens at one of `descriptors`, at most `timeout`, and returns at how many it did.
    public static int poll(PollSet descriptors, Duration timeout) throws ErrnoException {
        int milliseconds = Math.toIntExact(timeout.toMillis());
        OptionalInt ready;
        do {
            ready = POLL.quicklyUnless(Errno.EINTR, descriptors.entries.address(), descriptors.size, milliseconds, 0);
        } while (ready.isEmpty());
        Reference.reachabilityFence(descriptors);
        return ready.getAsInt();
    }

    /// A function of the C library. Its arguments are integers and pointers, at most six. Each is passed in a
    /// register of its own, as wide as a pointer, and what a function does not expect it does not look at: so say
    /// the calling conventions of x86-64 and arm64. So one signature, and one handle, serves them all: each new
    /// signature takes 10 ms, and each handle is slow until it has been used some hundred times.
    private static final class Function {
        private static final Linker LINKER = Linker.nativeLinker();
        private static final FunctionDescriptor SIGNATURE =
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        private static final MethodHandle ANY =
                LINKER.downcallHandle(SIGNATURE, Linker.Option.captureCallState("errno"));
        private static final int CAPTURED_ERRNO =
                (int) Linker.Option.captureStateLayout().byteOffset(PathElement.groupElement("errno"));

        private final String name;
        private final MemorySegment address;

        Function(String name) {
            this.name = name;
            this.address = LINKER.defaultLookup().findOrThrow(name);
        }

        /// What it returns, of which -1 stands for an error.
        ///
        /// @param arguments each an int, a long or a memory segment
        int call(Object... arguments) throws ErrnoException {
            return orThrow((int) invoke(arguments));
        }

        /// [#call] for what is called by the thousand: it leaves nothing to collect. Arguments are integers, and
        /// addresses of memory that the caller keeps reachable.
        int quickly(long a, long b, long c, long d, long e) throws ErrnoException {
            return orThrow((int) invokeWith(a, b, c, d, e, 0));
        }

        int quickly(long a, long b, long c) throws ErrnoException {
            return quickly(a, b, c, 0, 0);
        }

        int quickly(long a) throws ErrnoException {
            return quickly(a, 0, 0);
        }

        /// Like [#quickly], but `expected` is an answer, an empty one, and no failure.
        OptionalInt quicklyUnless(Errno expected, long a, long b, long c, long d) throws ErrnoException {
            int result = (int) invokeWith(a, b, c, d, 0, 0);
            return result < 0 && errno() == expected.number ? OptionalInt.empty() : OptionalInt.of(orThrow(result));
        }

        /// Like [#quickly], for what changes nothing where it fails: it is called once more then, for its errno. To do
        /// without that makes most calls shorter.
        int repeatably(long a, long b, long c, long d) throws ErrnoException {
            int result = invokeWithoutErrno(a, b, c, d);
            return result >= 0 ? result : quickly(a, b, c, d, 0);
        }

        /// [#quicklyUnless], called like [#repeatably].
        OptionalInt repeatablyUnless(Errno expected, long a, long b, long c, long d) throws ErrnoException {
            int result = invokeWithoutErrno(a, b, c, d);
            return result >= 0 ? OptionalInt.of(result) : quicklyUnless(expected, a, b, c, d);
        }

        private int invokeWithoutErrno(long a, long b, long c, long d) {
            try {
                return (int) (long) WithoutErrno.ANY.invokeExact(address, a, b, c, d, 0L, 0L);
            } catch (Throwable failure) {
                throw new IllegalStateException(name + " could not be called", failure);
            }
        }

        /// Linked when it is first called: few commands ever do.
        private static final class WithoutErrno {
            static final MethodHandle ANY = LINKER.downcallHandle(SIGNATURE);
        }

        /// Of those that return their error, and set no errno.
        void callForError(Object... arguments) throws ErrnoException {
            int error = (int) invoke(arguments);
            if (error != 0) {
                throw new ErrnoException(name, error);
            }
        }

        private int orThrow(int result) throws ErrnoException {
            if (result < 0) {
                throw new ErrnoException(name, errno());
            }
            return result;
        }

        private long invoke(Object... arguments) {
            try {
                return invokeWith(
                        word(arguments, 0),
                        word(arguments, 1),
                        word(arguments, 2),
                        word(arguments, 3),
                        word(arguments, 4),
                        word(arguments, 5));
            } finally {
                Reference.reachabilityFence(arguments);
            }
        }

        private static long word(Object[] arguments, int register) {
            if (register >= arguments.length) {
                return 0;
            }
            return arguments[register] instanceof MemorySegment memory
                    ? memory.address()
                    : ((Number) arguments[register]).longValue();
        }

        private long invokeWith(long a, long b, long c, long d, long e, long f) {
            try {
                return (long) ANY.invokeExact(address, Scratch.ofThread().callState, a, b, c, d, e, f);
            } catch (Throwable failure) {
                throw new IllegalStateException(name + " could not be called", failure);
            }
        }

        private static int errno() {
            return Scratch.ofThread().callStateBytes.getInt(CAPTURED_ERRNO);
        }
    }

    /// A thread for many calls: it has its memory for them at hand, which another one looks up each time. With the
    /// first compiler that takes as long as a short system call.
    public static final class Caller extends Thread {
        private final Scratch scratch = new Scratch();

        public Caller(Runnable work, String name) {
            super(work, name);
        }
    }

    /// Memory that a thread uses again for each call: errno as it was right after it, and what it takes or gives.
    private static final class Scratch {
        private static final long PATH_MAX = 4_096; // linux/limits.h
        private static final long PAGE = 4_096;
        private static final ThreadLocal<Scratch> BY_THREAD = ThreadLocal.withInitial(Scratch::new);

        private final Arena memory = Arena.ofAuto();
        final MemorySegment callState = memory.allocate(Linker.Option.captureStateLayout());
        final MemorySegment buffer = memory.allocate(SocketAddress.LENGTH_INET6, Long.BYTES);
        final MemorySegment length = memory.allocate(JAVA_INT);
        final MemorySegment path = memory.allocate(PATH_MAX);
        final MemorySegment page = memory.allocate(PAGE, Long.BYTES);

        // To read and copy through these takes the least code, which counts where it has hardly run yet.
        final ByteBuffer callStateBytes = callState.asByteBuffer().order(ByteOrder.nativeOrder());
        private final ByteBuffer pathBytes = path.asByteBuffer();
        private final ByteBuffer pageBytes = page.asByteBuffer();

        static Scratch ofThread() {
            return Thread.currentThread() instanceof Caller caller ? caller.scratch : BY_THREAD.get();
        }

        MemorySegment path(String text) {
            pathBytes.clear().put(text.getBytes(UTF_8)).put((byte) 0);
            return path;
        }

        /// The beginning of the page.
        String text(int length) {
            var bytes = new byte[length];
            pageBytes.get(0, bytes);
            return new String(bytes, US_ASCII);
        }
    }

    /// `struct sockaddr_in` or `struct sockaddr_in6` (`netinet/in.h`): both start with the family, a short, and the
    /// port.
    public static final class SocketAddress {
        private static final long PORT_OFFSET = 2;
        private static final long LENGTH_INET = 16;
        private static final long LENGTH_INET6 = 28;

        private final InetAddress host;
        private final MemorySegment bytes;

        /// @param port 0 lets the kernel choose when the address is bound
        public SocketAddress(InetAddress address, int port) {
            boolean inet6 = address instanceof Inet6Address;
            this.host = address;
            this.bytes = Arena.ofAuto().allocate(inet6 ? LENGTH_INET6 : LENGTH_INET, Integer.BYTES);
            bytes.set(JAVA_SHORT, 0, (short) (inet6 ? AF_INET6 : AF_INET));
            bytes.set(PORT, PORT_OFFSET, (short) port);
            MemorySegment.copy(address.getAddress(), 0, bytes, JAVA_BYTE, inet6 ? 8 : 4, inet6 ? 16 : 4);
        }

        public InetAddress host() {
            return host;
        }

        public int port() {
            return Short.toUnsignedInt(bytes.get(PORT, PORT_OFFSET));
        }

        private boolean isInet6() {
            return domain() == AF_INET6;
        }

        private int domain() {
            return bytes.get(JAVA_SHORT, 0);
        }

        private int length() {
            return (int) bytes.byteSize();
        }
    }

    /// The descriptors of one [#poll]: an array of `struct pollfd { int fd; short events; short revents; }` (`poll.h`).
    public static final class PollSet {
        private static final int ENTRY = 8;
        private static final int EVENTS = 4;
        private static final int RETURNED_EVENTS = 6;

        private final MemorySegment entries;
        private final ByteBuffer bytes;
        private int size;

        public PollSet(int capacity) {
            this.entries = Arena.ofAuto().allocate((long) capacity * ENTRY, Integer.BYTES);
            this.bytes = entries.asByteBuffer().order(ByteOrder.nativeOrder());
        }

        public void add(int descriptor, short events) {
            bytes.putInt(size * ENTRY, descriptor).putShort(size * ENTRY + EVENTS, events);
            size++;
        }

        public void clear() {
            size = 0;
        }

        /// Whether the last [#poll] saw an error, or no connection, at the descriptor that was added as number `index`.
        public boolean hasFailed(int index) {
            return (returnedEvents(index) & (POLLERR | POLLHUP)) != 0;
        }

        /// Whether the last [#poll] saw anything at the descriptor that was added as number `index`.
        public boolean isReady(int index) {
            return returnedEvents(index) != 0;
        }

        private short returnedEvents(int index) {
            return bytes.getShort(index * ENTRY + RETURNED_EVENTS);
        }
    }

    /// The errors that have a name here (`asm-generic/errno-base.h`, `asm-generic/errno.h`).
    public enum Errno {
        EPERM(1),
        ENOENT(2),
        ESRCH(3),
        EINTR(4),
        EIO(5),
        EBADF(9),
        EAGAIN(11),
        ENOMEM(12),
        EACCES(13),
        EINVAL(22),
        ENFILE(23),
        EMFILE(24),
        ENOSPC(28),
        EROFS(30),
        EPIPE(32),
        ENOSYS(38),
        EPROTO(71),
        ENOPROTOOPT(92),
        EOPNOTSUPP(95),
        EAFNOSUPPORT(97),
        EADDRINUSE(98),
        EADDRNOTAVAIL(99),
        ENETDOWN(100),
        ENETUNREACH(101),
        ECONNABORTED(103),
        ECONNRESET(104),
        ENOBUFS(105),
        ENOTCONN(107),
        ETIMEDOUT(110),
        ECONNREFUSED(111),
        EHOSTUNREACH(113),
        EINPROGRESS(115);

        private final int number;

        Errno(int number) {
            this.number = number;
        }

        /// The C library's words for it, which are all that the JDK passes on, such as `Invalid argument`.
        String words() {
            return description(number);
        }

        private static Optional<Errno> of(int number) {
            return Arrays.stream(values())
                    .filter(errno -> errno.number == number)
                    .findFirst();
        }
    }

    /// A system call that failed, such as `connect: EADDRNOTAVAIL (Cannot assign requested address)`.
    public static final class ErrnoException extends IOException {

        private final String call;
        private final int number;

        public ErrnoException(String call, Errno errno) {
            this(call, errno.number);
        }

        public ErrnoException(String call, int number) {
            this.call = call;
            this.number = number;
        }

        /// Put together when somebody reads it: most are answers, and nobody does.
        @Override
        public String getMessage() {
            return "%s: %s (%s)".formatted(call, name(number), description(number));
        }

        /// The system call's name, such as `connect`.
        public String call() {
            return call;
        }

        /// The error's name, such as `EADDRNOTAVAIL`, or `errno 42` for one without a name here.
        public String errno() {
            return name(number);
        }

        /// Whether what was asked for is not there, or no longer.
        public boolean isAbsence() {
            return number == Errno.ENOENT.number || number == Errno.ESRCH.number;
        }

        /// Whether the right to it is missing.
        public boolean isRefusal() {
            return number == Errno.EPERM.number || number == Errno.EACCES.number;
        }

        private static String name(int number) {
            return Errno.of(number).map(Errno::name).orElse("errno " + number);
        }
    }

    private static String description(int number) {
        var text = MemorySegment.ofAddress(STRERROR.invoke(number));
        return text.reinterpret(Long.MAX_VALUE).getString(0);
    }
}
