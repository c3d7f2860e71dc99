package dev.socketcapacity.agent.kernel;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/// A TCP socket as the kernel lists it.
///
/// @param queue   connections that wait to be accepted, where it listens
/// @param backlog how many may wait, but for one more, where it listens
/// @param inode   of its descriptor, as in `socket:[4711]`; 0 where no process has one
public record TcpSocket(
        State state,
        Address local,
        int localPort,
        Address remote,
        int remotePort,
        long queue,
        long backlog,
        long inode) {

    /// In the kernel's order, from 1 (`net/tcp_states.h`).
    public enum State {
        ESTABLISHED,
        SYN_SENT,
        SYN_RECV,
        FIN_WAIT1,
        FIN_WAIT2,
        TIME_WAIT,
        CLOSE,
        CLOSE_WAIT,
        LAST_ACK,
        LISTEN,
        CLOSING;

        private static final State[] IN_ORDER = values();

        static State of(int number) {
            return IN_ORDER[number - 1];
        }

        /// As a set of states has it.
        int bit() {
            return 1 << ordinal() + 1;
        }
    }

    /// An IPv6 address, or an IPv4 one in its mapped form: a socket for both speaks IPv4 to IPv4, and takes its ports.
    public record Address(long high, long low) {

        private static final long MAPPED = 0xffff_0000_0000L;

        static Address ofIpv4(int bits) {
            return new Address(0, MAPPED | Integer.toUnsignedLong(bits));
        }

        private static final Pattern ZEROS = Pattern.compile("(^|:)0(:0)+(:|$)");

        /// As people write it, such as `10.0.0.7` or `fd00::7`.
        public String text() {
            try {
                var bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
                var text = InetAddress.getByAddress(bytes).getHostAddress();
                return ZEROS.matcher(text).replaceFirst("::");
            } catch (UnknownHostException e) {
                throw new IllegalStateException(e); // 16 bytes are an address
            }
        }
    }
}
