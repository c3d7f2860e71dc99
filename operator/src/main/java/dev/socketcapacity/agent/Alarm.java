package dev.socketcapacity.agent;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// What ends the agent's sleep: news, which take a whole pass, or a write to the kernel's settings, which takes a look.
final class Alarm {

    private final Semaphore bell = new Semaphore(0);
    private final AtomicBoolean news = new AtomicBoolean();

    /// A wish has changed, or a probe has ended.
    void news() {
        news.set(true);
        bell.release();
    }

    /// Somebody has written a setting.
    void written() {
        bell.release();
    }

    /// Sleeps until something happens, at most so long.
    ///
    /// @return whether there is news
    boolean sleep(Duration atMost) throws InterruptedException {
        if (bell.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
            bell.drainPermits();
        }
        return news.getAndSet(false);
    }
}
