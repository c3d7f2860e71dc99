package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.Errno;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.Libc.PollSet;
import dev.socketcapacity.agent.kernel.Libc.SocketAddress;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Up to one descriptor table's worth of connections: one table, in the node's network namespace, has the connecting
/// ends, and one in the pod's has the accepted ends. One lane is at work at a time.
final class Lane {

    /// Just over the 3.1 s after which the kernel reports a neighbour that does not answer, so that this is told apart.
    /// Without a bound, a full connection tracking table would let a connect wait for two minutes.
    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(3_200);

    /// How often one side looks whether the other has ended.
    private static final Duration GLANCE = Duration.ofMillis(50);

    /// The accepting side counts its timeout in glances and not by the clock: at low priority it may be kept from
    /// looking for longer than that, and what it then finds has come in time.
    private static final long MAX_GLANCES = CONNECT_TIMEOUT.dividedBy(GLANCE);

    /// How far the connecting side may be ahead: never far enough to overflow the accept queue, whose bound
    /// net.core.somaxconn was 128 before Linux 5.4.
    private static final int WINDOW = 64;

    private final Listeners listeners;
    private final Pace pace;
    private final DescriptorTable connecting;
    private final DescriptorTable accepting;
    private final PollSet pending = new PollSet(1);
    private final Semaphore window = new Semaphore(WINDOW);
    private final int capacity;
    private volatile int expected;
    private Optional<ErrnoException> refusal = Optional.empty();

    Lane(int capacity, Path nodeNamespace, Listeners listeners, Pace pace) throws IOException, InterruptedException {
        this.capacity = capacity;
        this.listeners = listeners;
        this.pace = pace;
        this.accepting = new DescriptorTable("accepting", capacity);
        this.connecting = new DescriptorTable("connecting", capacity);
        connecting.call(() -> NetworkNamespace.join(nodeNamespace));
        if (pace.isLimited()) {
            connecting.call(Libc::scheduleIdle);
            accepting.call(Libc::scheduleIdle);
        }
    }

    /// Fills both tables, or opens what it can until a connection is refused.
    ///
    /// @param onAccepted is told of each connection, on another thread
    void open(Runnable onAccepted) throws IOException, InterruptedException {
        expected = capacity;
        var accepted = accepting.submit(() -> accept(onAccepted));
        noteRefusal(() -> connecting.call(() -> connect(accepted)));
        expected = connecting.alive();
        noteRefusal(() -> DescriptorTable.await(accepted));
    }

    /// Looks whether every connection is still alive on both sides.
    void verify() throws IOException, InterruptedException {
        noteRefusal(() -> connecting.call(connecting::verify));
        noteRefusal(() -> accepting.call(accepting::verify));
    }

    /// Closes the connecting ends, which resets the accepted ones.
    void close() throws IOException, InterruptedException {
        connecting.call(() -> connecting.closeAll(pace));
    }

    /// How many connections both sides have.
    int held() {
        return Math.min(connecting.alive(), accepting.alive());
    }

    /// What kept the first connection that is missing from being held.
    Optional<ErrnoException> refusal() {
        return refusal;
    }

    private void noteRefusal(DescriptorTable.Work work) throws IOException, InterruptedException {
        try {
            work.run();
        } catch (ErrnoException e) {
            refusal = refusal.or(() -> Optional.of(e));
        }
    }

    private void connect(Future<?> accepted) throws ErrnoException, InterruptedException {
        while (connecting.alive() < capacity && !accepted.isDone()) {
            if (window.tryAcquire(GLANCE.toMillis(), TimeUnit.MILLISECONDS)) {
                pace.await();
                connecting.add(connection(listeners.next()));
            }
        }
    }

    private int connection(SocketAddress destination) throws ErrnoException {
        int socket = Libc.tcpSocket(destination);
        try {
            Libc.resetOnClose(socket);
            if (!Libc.connect(socket, destination)) {
                awaitEstablished(socket);
            }
            return socket;
        } catch (ErrnoException e) {
            Libc.close(socket);
            throw e;
        }
    }

    private void awaitEstablished(int socket) throws ErrnoException {
        pending.clear();
        pending.add(socket, Libc.POLLOUT);
        if (Libc.poll(pending, CONNECT_TIMEOUT) == 0) {
            throw new ErrnoException("connect", Errno.ETIMEDOUT);
        }
        int error = Libc.pendingError(socket);
        if (error != 0) {
            throw new ErrnoException("connect", error);
        }
    }

    private void accept(Runnable onAccepted) throws ErrnoException {
        int glancesInVain = 0;
        while (accepting.alive() < expected) {
            boolean due = accepting.alive() < connecting.alive();
            var socket = listeners.accept(GLANCE);
            if (socket.isPresent()) {
                accepting.add(socket.getAsInt());
                window.release();
                onAccepted.run();
                glancesInVain = 0;
            } else if (due && ++glancesInVain == MAX_GLANCES) {
                throw new ErrnoException("accept4", Errno.ETIMEDOUT);
            }
        }
    }
}
