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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

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

    /// Glances at which nothing has come.
    private static final long PATIENCE = CONNECT_TIMEOUT.toMillis() / GLANCE.toMillis();

    /// Descriptors kept back from the connections: where the table is full, Java may have to open a file to load what
    /// it tells that with.
    private static final int RESERVE = 4;

    private static final Path NOTHING = Path.of("/dev/null");

    private final int size;
    private final List<Destination> destinations;
    private final Pace pace;
    private final FileTable files;
    private final DescriptorTable table;
    private final Ends connecting;
    private final Ends accepting;
    private final ConnectTimes times;
    private final boolean acceptedHere;

    /// Nothing comes between the two ends then, which saves system calls: what is accepted has come from the batch, and
    /// resets its other end by itself, as its listener does.
    private final boolean overLoopback;

    private final int[] batch = new int[BATCH];
    private final boolean[] greeted = new boolean[BATCH];
    private final Greeting greeting = new Greeting();
    private final long[] begun = new long[BATCH];
    private final long[] took = new long[BATCH];
    private final int[] reserve = new int[RESERVE];
    private final PollSet pending = new PollSet(BATCH);
    private volatile Refusal refusal;
    private volatile boolean tracked;

    static {
        // Naming them loads them: a table that is full may have no descriptor left to read them with.
        var _ = List.of(Refused.class, Refusal.class, Step.class);
    }

    /// A connection that was refused, and where it was to go.
    ///
    /// @param ports the local ports of all that were opened with it
    record Refusal(Refused refused, Destination destination, Set<Integer> ports) {}

    /// Must be called by a thread with the process's own descriptor table, and [#awaitReady] after.
    Lane(int size, Route route, List<Destination> destinations, Pace pace, FileTable files) {
        this.size = size;
        this.destinations = destinations;
        this.pace = pace;
        this.files = files;
        this.connecting = new Ends(size);
        this.accepting = new Ends(size);
        this.times = new ConnectTimes(size);
        this.acceptedHere = route.ends() == 2;
        this.overLoopback = route instanceof Route.Loopback;
        this.table = new DescriptorTable("lane", () -> prepare(route));
    }

    private void prepare(Route route) throws IOException {
        if (route instanceof Route.HostToPod way) {
            NetworkNamespace.join(way.nodeNamespace());
        }
        if (pace.isLimited()) {
            Libc.scheduleIdle();
        }
        for (int i = 0; i < RESERVE; i++) {
            reserve[i] = Libc.open(NOTHING);
        }
    }

    void awaitReady() throws IOException, InterruptedException {
        table.awaitReady();
    }

    /// Starts to open, until all are open or one is refused.
    ///
    /// @param opened   hears how many more there are, on the lane's thread; from then on false ends it
    /// @param finished gets its future when it is done
    void open(Opened opened, BlockingQueue<Future<Void>> finished) {
        table.submit(finished, () -> {
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
        long drops = 0;
        try {
            drops = destination.drops();
            try (var claim = files.claim(pace.await(wanted))) {
                while (count < claim.connections()) {
                    batch[count] = connection(destination.address(), count);
                    count++;
                }
                switch (destination) {
                    case Destination.Own own -> accept(own, count);
                    case Destination.Server _ -> awaitGreetings(count);
                }
            }
            keep(destination, count);
            return true;
        } catch (ErrnoException e) {
            releaseReserve();
            settle(destination, count, drops, e);
            return false;
        }
    }

    private void releaseReserve() {
        try {
            for (int descriptor : reserve) {
                Libc.close(descriptor);
            }
        } catch (ErrnoException e) {
            throw new IllegalStateException(e); // they are open, and ours
        }
    }

    private int connection(SocketAddress destination, int index) throws ErrnoException {
        int socket = Libc.tcpSocket(destination);
        try {
            if (!overLoopback) {
                Libc.resetOnClose(socket);
            }
            begun[index] = System.nanoTime();
            greeted[index] = false;
            Libc.connect(socket, destination);
            took[index] = System.nanoTime() - begun[index];
            if (acceptedHere) {
                times.add(took[index]);
            }
            return socket;
        } catch (ErrnoException e) {
            Libc.close(socket);
            throw e;
        }
    }

    /// Accepts that many, until those of the batch are established too: others may connect to a listener as well. Over
    /// loopback one of theirs may take the place of one of the batch, until [#verify] or [#recount].
    private void accept(Destination.Own destination, int count) throws ErrnoException {
        int wanted = accepting.size() + count;
        for (long patience = PATIENCE; ; ) {
            int before = accepting.size();
            takeWaiting(destination);
            if (overLoopback && accepting.size() == wanted || areEstablished(count) && accepting.size() >= wanted) {
                return;
            }
            if (accepting.size() == before && patience-- == 0) {
                throw new ErrnoException("connect", Errno.ETIMEDOUT);
            }
            destination.await(GLANCE);
        }
    }

    /// Waits for the greetings of the other side. What is established without one is not accepted there.
    private void awaitGreetings(int count) throws ErrnoException {
        int before = 0;
        for (long patience = PATIENCE; ; ) {
            int now = readGreetings(count);
            if (now == count) {
                return;
            }
            if (now == before && patience-- == 0) {
                throw new ErrnoException(anyEstablished(count) ? "read" : "connect", Errno.ETIMEDOUT);
            }
            before = now;
        }
    }

    /// Reads what comes within a glance, and returns how many are greeted by now.
    private int readGreetings(int count) throws ErrnoException {
        pending.clear();
        for (int i = 0; i < count; i++) {
            pending.add(batch[i], Libc.POLLIN);
        }
        Libc.poll(pending, GLANCE);
        for (int i = 0; i < count; i++) {
            if (!greeted[i] && pending.isReady(i)) {
                greeting.receive(batch[i]);
                greeted[i] = true;
                times.add(System.nanoTime() - begun[i]);
            }
        }
        return countGreeted(count);
    }

    private int countGreeted(int count) {
        return (int) IntStream.range(0, count).filter(i -> greeted[i]).count();
    }

    private boolean anyEstablished(int count) throws ErrnoException {
        pollBatch(count);
        return IntStream.range(0, count).anyMatch(i -> !greeted[i] && pending.isReady(i));
    }

    private void takeWaiting(Destination.Own destination) throws ErrnoException {
        for (var socket = destination.accept(); socket.isPresent(); socket = destination.accept()) {
            accepting.add(socket.getAsInt());
        }
    }

    /// Whether all of the batch are; throws what has befallen the first that failed.
    private boolean areEstablished(int count) throws ErrnoException {
        int settled = pollBatch(count);
        for (int i = 0; i < count; i++) {
            if (pending.hasFailed(i)) {
                throw new ErrnoException("connect", Libc.pendingError(batch[i]));
            }
        }
        return settled == count;
    }

    /// Returns how many have come to an end, good or bad.
    private int pollBatch(int count) throws ErrnoException {
        pending.clear();
        for (int i = 0; i < count; i++) {
            pending.add(batch[i], Libc.POLLOUT);
        }
        return Libc.poll(pending, Duration.ZERO);
    }

    private void keep(Destination destination, int count) {
        if (connecting.size() == 0 && count > 0) {
            tracked = Libc.isTracked(batch[0], destination.address());
        }
        destination.portSearch().add(took, count);
        for (int i = 0; i < count; i++) {
            connecting.add(batch[i]);
        }
    }

    /// Keeps what of the batch is established and accepted, gives up the rest, and notes what happened.
    private void settle(Destination destination, int count, long dropsBefore, ErrnoException failure) {
        var after = Duration.ofNanos(count == 0 ? 0 : System.nanoTime() - begun[0]);
        int wanted = connecting.size() + count;
        var ports = new HashSet<Integer>();
        var drops = new AtomicLong();
        afterFailure(() -> drops.set(destination.drops() - dropsBefore));
        afterFailure(() -> takeRest(destination, count));
        int accepted = acceptedHere ? accepting.size() : connecting.size() + countGreeted(count);
        afterFailure(() -> settleBatch(count, ports));
        afterFailure(() -> balance(destination));
        int unanswered = Math.max(0, wanted - accepted);
        var refused = new Refused(failure.call(), failure.errno(), after, unanswered, drops.get());
        refusal = new Refusal(refused, destination, ports);
    }

    private interface Step {
        void run() throws ErrnoException;
    }

    /// The first failure is the one that counts.
    private static void afterFailure(Step step) {
        try {
            step.run();
        } catch (ErrnoException _) {
            // and this a later one
        }
    }

    /// What is on its way to the other side is waited for as long as some arrives.
    private void takeRest(Destination destination, int count) throws ErrnoException {
        switch (destination) {
            case Destination.Own own -> takeWaiting(own);
            case Destination.Server _ -> {
                for (int before = -1, now = 0; now < count && now > before; ) {
                    before = now;
                    now = readGreetings(count);
                }
            }
        }
    }

    private void settleBatch(int count, Set<Integer> ports) throws ErrnoException {
        pollBatch(count);
        for (int i = 0; i < count; i++) {
            ports.add(Libc.localPort(batch[i]));
            if (acceptedHere ? pending.isReady(i) && !pending.hasFailed(i) : greeted[i]) {
                connecting.add(batch[i]);
            } else {
                Libc.close(batch[i]);
            }
        }
    }

    /// Where no descriptor is left to accept what is established, each that is given up leaves one to another.
    private void balance(Destination destination) throws ErrnoException {
        if (destination instanceof Destination.Own own) {
            while (connecting.size() > accepting.size()) {
                connecting.closeLast();
                own.accept().ifPresent(accepting::add);
            }
        }
    }

    /// Looks whether every connection is still alive on both sides. Others may have connected to a listener, and gone.
    void verify() throws IOException, InterruptedException {
        table.call(() -> {
            try {
                if (overLoopback) {
                    connecting.requireEstablished();
                }
                connecting.verify();
                accepting.verify();
            } catch (ErrnoException e) {
                if (connecting.alive() < size || accepting.alive() < size) {
                    var lost = new Refused(e.call(), e.errno(), Duration.ZERO, 0, 0);
                    refusal = new Refusal(lost, destinations.getFirst(), Set.of());
                }
            }
        });
    }

    /// Counts without those whose place others have taken.
    void recount() throws IOException, InterruptedException {
        if (overLoopback) {
            table.call(connecting::countEstablished);
        }
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

    /// Ends its thread, once that has done what it is at, and with it all that is left open.
    void end() {
        table.end();
    }

    /// How many connections both sides have.
    int held() {
        return acceptedHere ? Math.min(connecting.alive(), accepting.alive()) : connecting.alive();
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
