package dev.socketcapacity.agent.probe;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.Errno;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// One byte by which a [ProbeServer] tells that it has accepted a connection: what connects is told that its handshake
/// is complete long before, and where nobody accepts.
final class Greeting {

    private static final byte ACKNOWLEDGE = 6; // in ASCII; no protocol's first word

    private static final MemorySegment WORD = Arena.global().allocateFrom(JAVA_BYTE, ACKNOWLEDGE);

    private final MemorySegment read = Arena.ofAuto().allocate(WORD.byteSize());

    static void send(int socket) throws ErrnoException {
        Libc.send(socket, WORD);
    }

    /// Takes it from a socket where something has come.
    ///
    /// @throws ErrnoException ECONNRESET where the other side has closed, EPROTO where it says something else
    void receive(int socket) throws ErrnoException {
        if (Libc.read(socket, read) == 0) {
            throw new ErrnoException("read", Errno.ECONNRESET);
        }
        if (read.get(JAVA_BYTE, 0) != ACKNOWLEDGE) {
            throw new ErrnoException("read", Errno.EPROTO);
        }
    }
}
