package dev.socketcapacity.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// The lowest value that a setting has while this is open, read ten times a second. The first node shares the machine's
/// own network namespace, so that it is read there.
final class Lowest implements AutoCloseable {

    private final Path file;
    private final AtomicLong seen = new AtomicLong(Long.MAX_VALUE);
    private final AtomicInteger readings = new AtomicInteger();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

    private Lowest(Path file) {
        this.file = file;
    }

    static Lowest of(String setting) {
        var lowest = new Lowest(Path.of("/proc/sys", setting.split("\\.")));
        lowest.clock.scheduleAtFixedRate(lowest::read, 0, 100, MILLISECONDS);
        return lowest;
    }

    private void read() {
        try (var in = new FileInputStream(file.toFile())) {
            var text = new String(in.readNBytes(64), US_ASCII);
            seen.accumulateAndGet(Long.parseLong(text.strip()), Math::min);
            readings.incrementAndGet();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long seen() {
        return seen.get();
    }

    int readings() {
        return readings.get();
    }

    @Override
    public void close() {
        clock.close();
    }
}
