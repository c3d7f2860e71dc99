package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.Errno;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.Libc.PollSet;
import dev.socketcapacity.agent.kernel.Libc.SocketAddress;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;

/// Up to one descriptor table's worth of connections, with both their ends: opened and accepted in turn, a batch each,
/// by a thread that opens them where the route begins.
final class Lane {

    /// Few enough that a poll of them all stays below any RLIMIT_NOFILE, and that they fit into an accept queue: its
    /// bound net.core.somaxconn was 128 before Linux 5.4.
    private static final int BATCH = 126;

    /// Just over the 3.1 s after which the kernel reports a neighbour that does not answer, so that this is told apart.
    /// Without a bound, a full connection tracking table would let a connect wait for two minutes.
    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(3_200);

    /// How long one wait for what has not come takes. The timeout is counted in them, and not by the clock: at low
    /// priority a thread may be kept from looking for longer, and what it then finds has come in time.
    private static final Duration GLANCE = Duration.ofMillis(50);

    private final int size;
    private final List<Destination> destinations;
    private final Pace pace;
    private final DescriptorTable table;
    private final Ends connecting;
    private final Ends accepting;
    private final ConnectTimes times;
    private final int[] batch = new int[BATCH];
    private final long[] begun = new long[BATCH];
    private final PollSet pending = new PollSet(BATCH);
    private volatile Refusal refusal;
    private volatile boolean tracked;

    /// A connection that was refused, and where it was to go.
    record Refusal(Refused refused, SocketAddress destination) {}

    /// Must be called by a thread with the process's own descriptor table.
    Lane(int size, Route route, List<Destination> destinations, Pace pace) throws IOException, InterruptedException {
        this.size = size;
        this.destinations = destinations;
        this.pace = pace;
        this.connecting = new Ends(size);
        this.accepting = new Ends(size);
        this.times = new ConnectTimes(size);
        this.table = new DescriptorTable("lane");
        if (route instanceof Route.HostToPod way) {
            table.call(() -> NetworkNamespace.join(way.nodeNamespace()));
        }
        if (pace.isLimited()) {
            table.call(Libc::scheduleIdle);
        }
    }

    /// Starts to open, until all are open or one is refused.
    ///
    /// @param opened hears how many more there are, on the lane's thread; from then on false ends it
    Future<?> open(Opened opened) {
        return table.submit(() -> {
            boolean goesOn = true;
            int share = Math.ceilDiv(size, destinations.size());
            while (goesOn && connecting.size() < size) {
                int before = connecting.size();
                var destination = destinations.get(before / share);
                int missing = Math.min(size - before, share - before % share);
                goesOn = open(destination, Math.min(BATCH, missing)) && opened.goesOnAfter(connecting.size() - before);
            }
        });
    }

    /// Hears of progress, and decides whether to go on.
    interface Opened {
        boolean goesOnAfter(int more);
    }

    /// Opens some connections to one destination, and accepts them. Returns whether none was refused.
    private boolean open(Destination destination, int wanted) {
        int count = 0;
        try {
            int steps = FileTable.room(pace.await(wanted));
            while (count < steps) {
                batch[count] = connection(destination.address(), count);
                count++;
            }
            accept(destination, count);
            keep(destination, count);
            return true;
        } catch (ErrnoException e) {
            settle(destination, count, e);
            return false;
        }
    }

    private int connection(SocketAddress destination, int index) throws ErrnoException {
        int socket = Libc.tcpSocket(destination);
        try {
            Libc.resetOnClose(socket);
            begun[index] = System.nanoTime();
            Libc.connect(socket, destination);
            times.add(System.nanoTime() - begun[index]);
            return socket;
        } catch (ErrnoException e) {
            Libc.close(socket);
            throw e;
        }
    }

    /// Accepts that many. What has been accepted is established: on one machine, nothing has to be asked of the other
    /// end.
    private void accept(Destination destination, int count) throws ErrnoException {
        int wanted = accepting.size() + count;
        for (long patience = CONNECT_TIMEOUT.dividedBy(GLANCE); ; patience--) {
            takeWaiting(destination);
            if (accepting.size() >= wanted) {
                return;
            }
            failWhereRefused(count);
            if (patience == 0) {
                throw new ErrnoException("connect", Errno.ETIMEDOUT);
            }
            destination.await(GLANCE);
        }
    }

    private void takeWaiting(Destination destination) throws ErrnoException {
        for (var socket = destination.accept(); socket.isPresent(); socket = destination.accept()) {
            accepting.add(socket.getAsInt());
        }
    }

    /// Throws what has befallen the first of the batch that failed.
    private void failWhereRefused(int count) throws ErrnoException {
        pollBatch(count);
        for (int i = 0; i < count; i++) {
            if (pending.isReady(i)) {
                int error = Libc.pendingError(batch[i]);
                if (error != 0) {
                    throw new ErrnoException("connect", error);
                }
            }
        }
    }

    private void pollBatch(int count) throws ErrnoException {
        pending.clear();
        for (int i = 0; i < count; i++) {
            pending.add(batch[i], Libc.POLLOUT);
        }
        Libc.poll(pending, Duration.ZERO);
    }

    private void keep(Destination destination, int count) {
        if (connecting.size() == 0 && count > 0) {
            tracked = Libc.isTracked(batch[0], destination.address());
        }
        for (int i = 0; i < count; i++) {
            connecting.add(batch[i]);
        }
    }

    /// Keeps what of the batch is established, gives up the rest, and notes what happened.
    private void settle(Destination destination, int count, ErrnoException failure) {
        var after = Duration.ofNanos(count == 0 ? 0 : System.nanoTime() - begun[0]);
        refusal = new Refusal(Refused.of(failure, after), destination.address());
        try {
            pollBatch(count);
            for (int i = 0; i < count; i++) {
                if (pending.isReady(i) && Libc.pendingError(batch[i]) == 0) {
                    connecting.add(batch[i]);
                } else {
                    Libc.close(batch[i]);
                }
            }
            takeWaiting(destination);
        } catch (ErrnoException _) {
            // the first failure is the one that counts
        }
    }

    /// Looks whether every connection is still alive on both sides. Others may have connected to a listener, and gone.
    void verify() throws IOException, InterruptedException {
        table.call(() -> {
            try {
                connecting.verify();
                accepting.verify();
            } catch (ErrnoException e) {
                if (connecting.alive() < size || accepting.alive() < size) {
                    refusal = new Refusal(
                            Refused.of(e, Duration.ZERO),
                            destinations.getFirst().address());
                }
            }
        });
    }

    /// Closes both ends of every connection, a pair at a time.
    void close() throws IOException, InterruptedException {
        table.call(() -> {
            for (int i = 0; i < Math.max(connecting.size(), accepting.size()); ) {
                for (int steps = pace.await(BATCH); steps > 0; steps--, i++) {
                    if (i < connecting.size()) {
                        connecting.close(i);
                    }
                    if (i < accepting.size()) {
                        accepting.close(i);
                    }
                }
            }
        });
    }

    /// How many connections both sides have.
    int held() {
        return Math.min(connecting.alive(), accepting.alive());
    }

    /// What kept the first connection that is missing from being held.
    Optional<Refusal> refusal() {
        return Optional.ofNullable(refusal);
    }

    ConnectTimes times() {
        return times;
    }

    /// Whether the kernel tracks the first connection.
    boolean isTracked() {
        return tracked;
    }
}
