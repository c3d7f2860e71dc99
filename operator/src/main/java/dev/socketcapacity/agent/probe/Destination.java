package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.Libc.PollSet;
import dev.socketcapacity.agent.kernel.Libc.SocketAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.OptionalInt;

/// A listening socket of the probe, and where it is reached. Every table that is made later has it too.
record Destination(int listener, SocketAddress address) {

    /// The kernel takes at most net.core.somaxconn.
    private static final int BACKLOG = 4_096;

    /// Listens on a free port of `address`, an address of the calling thread's network namespace.
    static Destination at(InetAddress address) throws ErrnoException {
        var any = new SocketAddress(address, 0);
        int listener = Libc.tcpSocket(any);
        Libc.resetOnClose(listener);
        Libc.bind(listener, any);
        Libc.listen(listener, BACKLOG);
        return new Destination(listener, new SocketAddress(address, Libc.localPort(listener)));
    }

    /// Accepts a connection that waits; empty where none does.
    OptionalInt accept() throws ErrnoException {
        return Libc.accept(listener);
    }

    /// Returns when a connection waits, or after `patience`.
    void await(Duration patience) throws ErrnoException {
        var waiting = new PollSet(1);
        waiting.add(listener, Libc.POLLIN);
        Libc.poll(waiting, patience);
    }
}
