package dev.socketcapacity.agent.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
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

    /// There is something to read, or to accept (`poll.h`).
    public static final short POLLIN = 0x001;

    /// Writing would not block; of a socket that connects: it has come to an end (`poll.h`).
    public static final short POLLOUT = 0x004;

    /// The peer closed its end (`poll.h`). POLLERR and POLLHUP are reported unasked.
    public static final short POLLRDHUP = 0x2000;

    private static final int O_CLOEXEC = 0x8_0000; // fcntl.h; O_RDONLY is 0
    private static final int AF_INET = 2; // sys/socket.h
    private static final int AF_INET6 = 10;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x8_0000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;
    private static final int SO_LINGER = 13;
    private static final int SO_NETNS_COOKIE = 71;
    private static final int SCHED_IDLE = 5; // sched.h
    private static final int RLIMIT_NOFILE = 7; // sys/resource.h

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle OPEN = function("open", ADDRESS, JAVA_INT);
    private static final MethodHandle CLOSE = function("close", JAVA_INT);
    private static final MethodHandle SETNS = function("setns", JAVA_INT, JAVA_INT);
    private static final MethodHandle UNSHARE = function("unshare", JAVA_INT);
    private static final MethodHandle SCHED_SETSCHEDULER = function("sched_setscheduler", JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle GETRLIMIT = function("getrlimit", JAVA_INT, ADDRESS);
    private static final MethodHandle SOCKET = function("socket", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle BIND = function("bind", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle LISTEN = function("listen", JAVA_INT, JAVA_INT);
    private static final MethodHandle ACCEPT4 = function("accept4", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle CONNECT = function("connect", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle GETSOCKNAME = function("getsockname", JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle GETSOCKOPT =
            function("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle SETSOCKOPT =
            function("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle POLL = function("poll", ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle STRERROR = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

    private static final VarHandle CAPTURED_ERRNO =
            Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    /// `struct linger { int l_onoff; int l_linger; }`: on, 0 seconds.
    private static final MemorySegment LINGER_ZERO = Arena.global().allocateFrom(JAVA_INT, 1, 0);

    private static final ValueLayout.OfShort PORT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private Libc() {}

    /// Opens `path` for reading.
    public static int open(Path path) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(path.toString());
            return call("open", state -> (int) OPEN.invokeExact(state, name, O_CLOEXEC));
        }
    }

    public static void close(int descriptor) throws ErrnoException {
        call("close", state -> (int) CLOSE.invokeExact(state, descriptor));
    }

    /// Moves the calling thread into the namespace behind `descriptor`.
    public static void setns(int descriptor, int type) throws ErrnoException {
        call("setns", state -> (int) SETNS.invokeExact(state, descriptor, type));
    }

    /// Gives the calling thread its own copy of what it shared with the process.
    public static void unshare(int flags) throws ErrnoException {
        call("unshare", state -> (int) UNSHARE.invokeExact(state, flags));
    }

    /// From now on the calling thread gets the processor time that nobody else wants (SCHED_IDLE).
    public static void scheduleIdle() throws ErrnoException {
        var priorityZero = SCRATCH.get().buffer.fill((byte) 0); // struct sched_param { int sched_priority; }
        call("sched_setscheduler", state -> (int) SCHED_SETSCHEDULER.invokeExact(state, 0, SCHED_IDLE, priorityZero));
    }

    /// How many descriptors one table may have: the soft RLIMIT_NOFILE, which the JVM raises to the hard one.
    public static long descriptorLimit() throws ErrnoException {
        var limit = SCRATCH.get().buffer; // struct rlimit { rlim_t rlim_cur; rlim_t rlim_max; }
        call("getrlimit", state -> (int) GETRLIMIT.invokeExact(state, RLIMIT_NOFILE, limit));
        return limit.get(JAVA_LONG, 0);
    }

    /// A TCP socket for addresses like `address`, whose calls don't block.
    public static int tcpSocket(SocketAddress address) throws ErrnoException {
        int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
        return call("socket", state -> (int) SOCKET.invokeExact(state, address.domain(), type, 0));
    }

    /// Makes every end of this socket an RST, so that it leaves no TIME_WAIT behind, however its process ends. What is
    /// accepted from a listener inherits it.
    public static void resetOnClose(int socket) throws ErrnoException {
        call("setsockopt", state -> (int) SETSOCKOPT.invokeExact(
                state, socket, SOL_SOCKET, SO_LINGER, LINGER_ZERO, (int) LINGER_ZERO.byteSize()));
    }

    public static void bind(int socket, SocketAddress address) throws ErrnoException {
        call("bind", state -> (int) BIND.invokeExact(state, socket, address.bytes, address.length()));
    }

    public static void listen(int socket, int backlog) throws ErrnoException {
        call("listen", state -> (int) LISTEN.invokeExact(state, socket, backlog));
    }

    /// The port that `socket` is bound to.
    public static int localPort(int socket) throws ErrnoException {
        var scratch = SCRATCH.get();
        scratch.length.set(JAVA_INT, 0, (int) scratch.buffer.byteSize());
        call("getsockname", state -> (int) GETSOCKNAME.invokeExact(state, socket, scratch.buffer, scratch.length));
        return Short.toUnsignedInt(scratch.buffer.get(PORT, SocketAddress.PORT_OFFSET));
    }

    /// Starts to connect; true when the connection is already established. If it is not, [#poll] for [#POLLOUT] and
    /// ask [#pendingError].
    public static boolean connect(int socket, SocketAddress address) throws ErrnoException {
        return callUnless(Errno.EINPROGRESS, "connect", state ->
                        (int) CONNECT.invokeExact(state, socket, address.bytes, address.length()))
                .isPresent();
    }

    /// The next connection that waits at `listener`; empty when none does.
    public static OptionalInt accept(int listener) throws ErrnoException {
        return callUnless(Errno.EAGAIN, "accept4", state ->
                (int) ACCEPT4.invokeExact(state, listener, MemorySegment.NULL, MemorySegment.NULL, SOCK_CLOEXEC));
    }

    /// What went wrong at `socket` since the last question; 0 for nothing.
    public static int pendingError(int socket) throws ErrnoException {
        return socketOption(socket, SO_ERROR, JAVA_INT).get(JAVA_INT, 0);
    }

    /// The id of the calling thread's network namespace, which is never used again before the next boot (Linux 5.14).
    public static long netnsCookie() throws ErrnoException {
        int type = SOCK_STREAM | SOCK_CLOEXEC;
        int socket = call("socket", state -> (int) SOCKET.invokeExact(state, AF_INET, type, 0));
        try {
            return socketOption(socket, SO_NETNS_COOKIE, JAVA_LONG).get(JAVA_LONG, 0);
        } finally {
            close(socket);
        }
    }

    private static MemorySegment socketOption(int socket, int option, ValueLayout layout) throws ErrnoException {
        var scratch = SCRATCH.get();
        scratch.length.set(JAVA_INT, 0, (int) layout.byteSize());
        call("getsockopt", state ->
                (int) GETSOCKOPT.invokeExact(state, socket, SOL_SOCKET, option, scratch.buffer, scratch.length));
        return scratch.buffer;
    }

    /// Waits until something happens at one of `descriptors`, at most `timeout`, and returns at how many it did.
    public static int poll(PollSet descriptors, Duration timeout) throws ErrnoException {
        int milliseconds = Math.toIntExact(timeout.toMillis());
        OptionalInt ready;
        do {
            ready = callUnless(Errno.EINTR, "poll", state ->
                    (int) POLL.invokeExact(state, descriptors.entries, descriptors.size, milliseconds));
        } while (ready.isEmpty());
        return ready.getAsInt();
    }

    private static MethodHandle function(String name, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(JAVA_INT, arguments),
                Linker.Option.captureCallState("errno"));
    }

    private static int call(String name, Call call) throws ErrnoException {
        return orThrow(name, invoke(name, call));
    }

    /// Like [#call], but `expected` is an answer, an empty one, and no failure.
    private static OptionalInt callUnless(Errno expected, String name, Call call) throws ErrnoException {
        int result = invoke(name, call);
        return result == -expected.number ? OptionalInt.empty() : OptionalInt.of(orThrow(name, result));
    }

    private static int orThrow(String name, int result) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(name, -result);
        }
        return result;
    }

    /// What the call returned; or, as the kernel itself has it, its errno as a negative number.
    private static int invoke(String name, Call call) {
        var callState = SCRATCH.get().callState;
        try {
            int result = call.invoke(callState);
            return result >= 0 ? result : -(int) CAPTURED_ERRNO.get(callState, 0L);
        } catch (Throwable e) {
            throw new IllegalStateException(name + " could not be called", e);
        }
    }

    @FunctionalInterface
    private interface Call {
        int invoke(MemorySegment callState) throws Throwable;
    }

    /// Memory that a thread uses again for each call: errno as it was right after it, and what it takes or gives.
    private static final class Scratch {
        final MemorySegment callState = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
        final MemorySegment buffer = Arena.ofAuto().allocate(SocketAddress.LENGTH_INET6, Long.BYTES);
        final MemorySegment length = Arena.ofAuto().allocate(JAVA_INT);
    }

    /// `struct sockaddr_in` or `struct sockaddr_in6` (`netinet/in.h`): both start with the family, a short, and the
    /// port.
    public static final class SocketAddress {
        private static final long PORT_OFFSET = 2;
        private static final long LENGTH_INET = 16;
        private static final long LENGTH_INET6 = 28;

        private final MemorySegment bytes;

        /// @param port 0 lets the kernel choose when the address is bound
        public SocketAddress(InetAddress address, int port) {
            boolean inet6 = address instanceof Inet6Address;
            this.bytes = Arena.ofAuto().allocate(inet6 ? LENGTH_INET6 : LENGTH_INET, Integer.BYTES);
            bytes.set(JAVA_SHORT, 0, (short) (inet6 ? AF_INET6 : AF_INET));
            bytes.set(PORT, PORT_OFFSET, (short) port);
            MemorySegment.copy(address.getAddress(), 0, bytes, JAVA_BYTE, inet6 ? 8 : 4, inet6 ? 16 : 4);
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
        private static final long ENTRY = 8;
        private static final long EVENTS = 4;
        private static final long RETURNED_EVENTS = 6;

        private final MemorySegment entries;
        private long size;

        public PollSet(int capacity) {
            this.entries = Arena.ofAuto().allocate(capacity * ENTRY, Integer.BYTES);
        }

        public void add(int descriptor, short events) {
            entries.set(JAVA_INT, size * ENTRY, descriptor);
            entries.set(JAVA_SHORT, size * ENTRY + EVENTS, events);
            size++;
        }

        public void clear() {
            size = 0;
        }

        /// Whether the last [#poll] saw anything at the descriptor that was added as number `index`.
        public boolean isReady(int index) {
            return entries.get(JAVA_SHORT, index * ENTRY + RETURNED_EVENTS) != 0;
        }
    }

    /// The errors that have a name here (`asm-generic/errno-base.h`, `asm-generic/errno.h`).
    public enum Errno {
        EPERM(1),
        ENOENT(2),
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
        EPIPE(32),
        ENOSYS(38),
        ENOPROTOOPT(92),
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
            super("%s: %s (%s)".formatted(call, name(number), description(number)));
            this.call = call;
            this.number = number;
        }

        /// The system call's name, such as `connect`.
        public String call() {
            return call;
        }

        /// The error's name, such as `EADDRNOTAVAIL`, or `errno 42` for one without a name here.
        public String errno() {
            return name(number);
        }

        private static String name(int number) {
            return Errno.of(number).map(Errno::name).orElse("errno " + number);
        }

        private static String description(int number) {
            try {
                var text = (MemorySegment) STRERROR.invokeExact(number);
                return text.reinterpret(Long.MAX_VALUE).getString(0);
            } catch (Throwable e) {
                throw new IllegalStateException("strerror could not be called", e);
            }
        }
    }
}
