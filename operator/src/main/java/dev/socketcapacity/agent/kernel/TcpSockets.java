package dev.socketcapacity.agent.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.TcpSocket.Address;
import dev.socketcapacity.agent.kernel.TcpSocket.State;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.function.Consumer;

/// The TCP sockets of a network namespace, asked for by sock_diag(7): a million of them are no million lines of text,
/// and only so the kernel tells a listener's backlog. Needs no right.
public final class TcpSockets {

    private static final int NETLINK_SOCK_DIAG = 4; // linux/netlink.h
    private static final int SOCK_DIAG_BY_FAMILY = 20; // linux/sock_diag.h
    private static final int NLMSG_ERROR = 2; // linux/netlink.h
    private static final int NLMSG_DONE = 3;
    private static final int NLM_F_REQUEST_DUMP = 0x301;
    private static final byte IPPROTO_TCP = 6;
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;

    /// `struct nlmsghdr { u32 len; u16 type; u16 flags; u32 seq; u32 pid; }`
    private static final long HEADER = 16;

    /// And `struct inet_diag_req_v2 { u8 family, protocol, ext, pad; u32 states; struct inet_diag_sockid id; }`
    private static final long REQUEST = HEADER + 56;

    private static final long BUFFER = 64 * 1024;

    private static final ValueLayout.OfShort PORT = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt IPV4 = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong HALF_IPV6 = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private TcpSockets() {}

    /// Those of the calling thread's network namespace that are in one of `states`, IPv4 before IPv6.
    public static void forEach(Set<State> states, Consumer<TcpSocket> action) throws IOException {
        int socket = Libc.netlinkSocket(NETLINK_SOCK_DIAG);
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(BUFFER, Long.BYTES);
            for (byte family : new byte[] {AF_INET, AF_INET6}) {
                Libc.send(socket, request(arena, family, states));
                receive(socket, buffer, action);
            }
        } finally {
            Libc.close(socket);
        }
    }

    private static MemorySegment request(Arena arena, byte family, Set<State> states) {
        var request = arena.allocate(REQUEST, Long.BYTES);
        request.set(JAVA_INT_UNALIGNED, 0, (int) REQUEST);
        request.set(JAVA_SHORT_UNALIGNED, 4, (short) SOCK_DIAG_BY_FAMILY);
        request.set(JAVA_SHORT_UNALIGNED, 6, (short) NLM_F_REQUEST_DUMP);
        request.set(JAVA_BYTE, HEADER, family);
        request.set(JAVA_BYTE, HEADER + 1, IPPROTO_TCP);
        request.set(
                JAVA_INT_UNALIGNED,
                HEADER + 4,
                states.stream().mapToInt(State::bit).sum());
        return request;
    }

    private static void receive(int socket, MemorySegment buffer, Consumer<TcpSocket> action) throws IOException {
        while (true) {
            int length = Libc.receive(socket, buffer);
            int size;
            for (int offset = 0; offset < length; offset += size + 3 & ~3) {
                size = buffer.get(JAVA_INT_UNALIGNED, offset);
                switch (buffer.get(JAVA_SHORT_UNALIGNED, offset + 4)) {
                    case NLMSG_DONE -> {
                        return;
                    }
                    case NLMSG_ERROR ->
                        throw new ErrnoException("sock_diag", -buffer.get(JAVA_INT_UNALIGNED, offset + HEADER));
                    default -> action.accept(socket(buffer.asSlice(offset + HEADER)));
                }
            }
        }
    }

    /// `struct inet_diag_msg { u8 family, state, timer, retrans; struct inet_diag_sockid id; u32 expires, rqueue,
    /// wqueue,
    /// uid, inode; }` and `struct inet_diag_sockid { be16 sport, dport; be32 src[4], dst[4]; u32 if, cookie[2]; }`
    /// (`linux/inet_diag.h`).
    private static TcpSocket socket(MemorySegment message) {
        byte family = message.get(JAVA_BYTE, 0);
        return new TcpSocket(
                State.of(message.get(JAVA_BYTE, 1)),
                address(message, 8, family),
                Short.toUnsignedInt(message.get(PORT, 4)),
                address(message, 24, family),
                Short.toUnsignedInt(message.get(PORT, 6)),
                Integer.toUnsignedLong(message.get(JAVA_INT_UNALIGNED, 56)),
                Integer.toUnsignedLong(message.get(JAVA_INT_UNALIGNED, 60)),
                Integer.toUnsignedLong(message.get(JAVA_INT_UNALIGNED, 68)));
    }

    private static Address address(MemorySegment message, long offset, byte family) {
        return family == AF_INET
                ? Address.ofIpv4(message.get(IPV4, offset))
                : new Address(message.get(HALF_IPV6, offset), message.get(HALF_IPV6, offset + Long.BYTES));
    }
}
