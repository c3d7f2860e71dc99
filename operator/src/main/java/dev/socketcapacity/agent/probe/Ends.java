package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.Errno;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.Libc.PollSet;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;

/// The sockets of one side of many connections. For the thread whose descriptor table has them, and for whoever has
/// waited for it since.
final class Ends {

    /// Where the kernel can't be preempted, others that want the processor wait until a poll has looked at all that it
    /// is given. RLIMIT_NOFILE bounds its length too.
    private static final int POLL_BATCH = 16;

    private int[] sockets;
    private int size;
    private int alive;

    Ends(int capacity) {
        this.sockets = new int[capacity];
    }

    /// How many were alive when last looked at.
    int alive() {
        return alive;
    }

    int size() {
        return size;
    }

    void add(int socket) {
        if (size == sockets.length) {
            sockets = Arrays.copyOf(sockets, 2 * size); // others may connect to a listener too
        }
        sockets[size++] = socket;
        alive = size;
    }

    void closeLast() throws ErrnoException {
        close(--size);
        alive = size;
    }

    /// Closes one.
    void close(int index) throws ErrnoException {
        Libc.close(sockets[index]);
    }

    /// Looks at every connection, and throws the error of the first that is lost.
    void verify() throws ErrnoException {
        var lost = ended();
        alive = size - lost.cardinality();
        if (!lost.isEmpty()) {
            throw loss(sockets[lost.nextSetBit(0)]);
        }
    }

    /// Throws where some were never established, which [#verify] does not see.
    void requireEstablished() throws ErrnoException {
        countEstablished();
        if (alive < size) {
            throw new ErrnoException("poll", Errno.ENOTCONN);
        }
    }

    /// Leaves those out that were never established.
    void countEstablished() throws ErrnoException {
        alive = ready(Libc.POLLOUT).cardinality();
    }

    /// Closes those whose other end is gone.
    void closeEnded() throws ErrnoException {
        var ended = ended();
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (ended.get(i)) {
                close(i);
            } else {
                sockets[kept++] = sockets[i];
            }
        }
        size = kept;
        alive = kept;
    }

    /// The places of those whose other end is gone.
    private BitSet ended() throws ErrnoException {
        return ready(Libc.POLLRDHUP);
    }

    /// The places of those at which that has happened, or an error.
    private BitSet ready(short event) throws ErrnoException {
        var ready = new BitSet(size);
        var batch = new PollSet(POLL_BATCH);
        for (int from = 0; from < size; from += POLL_BATCH) {
            int to = Math.min(from + POLL_BATCH, size);
            batch.clear();
            for (int i = from; i < to; i++) {
                batch.add(sockets[i], event);
            }
            if (Libc.poll(batch, Duration.ZERO) > 0) {
                for (int i = from; i < to; i++) {
                    ready.set(i, batch.isReady(i - from));
                }
            }
        }
        return ready;
    }

    private static ErrnoException loss(int socket) throws ErrnoException {
        int error = Libc.pendingError(socket);
        return error == 0 ? new ErrnoException("poll", Errno.ECONNRESET) : new ErrnoException("poll", error);
    }
}
