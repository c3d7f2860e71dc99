package dev.socketcapacity.agent.kernel;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/// Keeps a thread to a share of a processor, however much there is for it to do: what comes after a quiet time is done
/// at once, and what comes without end has to wait. For one thread.
final class DutyCycle {

    private final double share;
    private final Duration burst;
    private final LongSupplier nanoTime;
    private final LongConsumer parkNanos;
    private double credit;
    private long last;

    /// @param share of one processor, from 0 to 1
    /// @param burst how long it may work after a quiet time before it has to wait
    DutyCycle(double share, Duration burst) {
        this(share, burst, System::nanoTime, LockSupport::parkNanos);
    }

    DutyCycle(double share, Duration burst, LongSupplier nanoTime, LongConsumer parkNanos) {
        this.share = share;
        this.burst = burst;
        this.nanoTime = nanoTime;
        this.parkNanos = parkNanos;
        this.credit = burst.toNanos();
        this.last = nanoTime.getAsLong();
    }

    interface Work {
        void run() throws ErrnoException;
    }

    /// Works, and waits after it where that is due.
    void run(Work work) throws ErrnoException {
        long begin = nanoTime.getAsLong();
        credit = Math.min(burst.toNanos(), credit + share * (begin - last));
        work.run();
        last = nanoTime.getAsLong();
        // What took longer than a burst was no work: the process was stopped meanwhile, or its machine was.
        credit = Math.max(-burst.toNanos(), credit - (last - begin));
        if (credit < 0) {
            parkNanos.accept((long) (-credit / share));
        }
    }
}
