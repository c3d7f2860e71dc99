package dev.socketcapacity.cli;

import static java.nio.channels.FileChannel.MapMode.READ_ONLY;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/// Starts platform threads until there are as many as its argument says, or until the kernel refuses one; says how
/// many it came to, and keeps them until its input ends.
///
/// Where a thread's stack still finds room and the guard in it does not, the JVM ends, with no error that a program
/// could catch. So each thread has its guard before the next one gets its stack, and an odd number of maps is free
/// before the last ones: a stack and its guard take two, and the kernel allows one more than it says.
final class ThreadsUntilRefused {

    /// Maps that are free when they are made odd: more than the JVM will take for itself.
    private static final int LAST = 200;

    private static final CountDownLatch NEVER = new CountDownLatch(1);
    private static final Semaphore STARTED = new Semaphore(0);

    private long count;

    private ThreadsUntilRefused() {}

    static void main(String[] arguments) throws IOException {
        var most = Long.parseLong(arguments[0]);
        var threads = new ThreadsUntilRefused();
        threads.say("starting", "none"); // loads what would find no room later
        threads.start(Math.min(most, (freeMaps() - LAST) / 2));
        if (freeMaps() % 2 == 0) {
            takeOneMap();
        }
        try {
            threads.start(most);
            threads.say("reached", "none");
        } catch (OutOfMemoryError _) {
            threads.say("reached", "EAGAIN");
        }
        while (System.in.read() >= 0) {
            Thread.onSpinWait();
        }
    }

    private void start(long most) {
        for (; count < most; count++) {
            Thread.ofPlatform().daemon().start(ThreadsUntilRefused::waitForEver);
            STARTED.acquireUninterruptibly();
        }
    }

    private static void waitForEver() {
        STARTED.release();
        try {
            NEVER.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void say(String what, String errno) {
        System.out.println(what + " " + count + " errno " + errno);
    }

    private static long freeMaps() throws IOException {
        var max = Files.readAllLines(Path.of("/proc/sys/vm/max_map_count")).getFirst();
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            // Every process has [vsyscall], and it does not count.
            return Long.parseLong(max)
                    - maps.filter(map -> !map.endsWith("[vsyscall]")).count();
        }
    }

    private static void takeOneMap() throws IOException {
        try (var file = FileChannel.open(Path.of("/proc/self/exe"))) {
            file.map(READ_ONLY, 0, 1, Arena.global());
        }
    }
}
