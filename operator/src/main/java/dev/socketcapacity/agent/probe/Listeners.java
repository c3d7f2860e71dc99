package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.Libc.PollSet;
import dev.socketcapacity.agent.kernel.Libc.SocketAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// The listening sockets of the probe, one for each destination. Every table that is made later has them too.
final class Listeners {

    /// More than ever wait: see [Lane].
    private static final int BACKLOG = 128;

    private final int[] sockets;
    private final SocketAddress[] addresses;
    private final PollSet waiting;
    private int turn;

    /// Listens on `count` ports of `address`, an address of the calling thread's network namespace.
    Listeners(InetAddress address, int count) throws ErrnoException {
        this.sockets = new int[count];
        this.addresses = new SocketAddress[count];
        this.waiting = new PollSet(count);
        for (int i = 0; i < count; i++) {
            sockets[i] = listen(new SocketAddress(address, 0));
            addresses[i] = new SocketAddress(address, Libc.localPort(sockets[i]));
            waiting.add(sockets[i], Libc.POLLIN);
        }
    }

    private static int listen(SocketAddress address) throws ErrnoException {
        int socket = Libc.tcpSocket(address);
        Libc.resetOnClose(socket);
        Libc.bind(socket, address);
        Libc.listen(socket, BACKLOG);
        return socket;
    }

    /// Where the next connection goes: each destination in turn.
    SocketAddress next() {
        turn = (turn + 1) % addresses.length;
        return addresses[turn];
    }

    /// Accepts a connection at any destination; empty when none came within `patience`.
    OptionalInt accept(Duration patience) throws ErrnoException {
        if (Libc.poll(waiting, patience) == 0) {
            return OptionalInt.empty();
        }
        int first = IntStream.range(0, sockets.length)
                .filter(waiting::isReady)
                .findFirst()
                .orElseThrow();
        return Libc.accept(sockets[first]);
    }
}
