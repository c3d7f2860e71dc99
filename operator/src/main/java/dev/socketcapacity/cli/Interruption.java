package dev.socketcapacity.cli;

import java.util.concurrent.CountDownLatch;

/// Ctrl-C, or a SIGTERM, interrupts the thread that made this, and Java's end waits until it has closed it.
final class Interruption implements AutoCloseable {

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook;

    Interruption() {
        var worker = Thread.currentThread();
        this.hook = new Thread(() -> {
            worker.interrupt();
            try {
                closed.await();
            } catch (InterruptedException _) {
                // nobody does
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // it is at work
        }
    }
}
