package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.Libc.PollSet;
import dev.socketcapacity.agent.kernel.Libc.SocketAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.OptionalInt;

/// Where connections lead.
sealed interface Destination {

    SocketAddress address();

    /// What connect(2) to it took.
    PortSearch portSearch();

    /// How many connections the kernel is known to have dropped before they could be accepted.
    long drops() throws ErrnoException;

    /// Closes what the probe has opened for it, in the descriptor table of the calling thread.
    void close() throws ErrnoException;

    /// A listening socket of the probe's own. Every table that is made later has it too.
    record Own(int listener, SocketAddress address, PortSearch portSearch) implements Destination {

        /// The kernel takes at most net.core.somaxconn.
        private static final int BACKLOG = 4_096;

        /// Listens on a free port of `address`, an address of the calling thread's network namespace.
        static Own at(InetAddress address) throws ErrnoException {
            return at(address, 0);
        }

        /// @param port 0 for any that is free
        static Own at(InetAddress address, int port) throws ErrnoException {
            var any = new SocketAddress(address, port);
            int listener = Libc.tcpSocket(any);
            Libc.resetOnClose(listener);
            Libc.bind(listener, any);
            Libc.listen(listener, BACKLOG);
            return new Own(listener, new SocketAddress(address, Libc.localPort(listener)), new PortSearch());
        }

        /// Accepts a connection that waits; empty where none does.
        OptionalInt accept() throws ErrnoException {
            return Libc.accept(listener);
        }

        @Override
        public long drops() throws ErrnoException {
            return Libc.drops(listener);
        }

        @Override
        public void close() throws ErrnoException {
            Libc.close(listener);
        }

        /// Returns when a connection waits, or after `patience`.
        void await(Duration patience) throws ErrnoException {
            var waiting = new PollSet(1);
            waiting.add(listener, Libc.POLLIN);
            Libc.poll(waiting, patience);
        }
    }

    /// A [ProbeServer], here or elsewhere.
    record Server(SocketAddress address, PortSearch portSearch) implements Destination {

        Server(SocketAddress address) {
            this(address, new PortSearch());
        }

        @Override
        public long drops() {
            return 0; // its own kernel's to know
        }

        @Override
        public void close() {
            // its own process's to do
        }
    }
}
