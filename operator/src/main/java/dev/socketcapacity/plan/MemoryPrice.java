package dev.socketcapacity.plan;

import dev.socketcapacity.api.Target;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a target costs the kernel in memory. Measured, 64 bit, Linux 6.18; what programs keep for themselves, and
/// buffers of what is sent and not yet read, come on top.
///
/// @param bytes       what the target takes
/// @param connections what of it is for the target's connections
/// @param available   bytes that it may take
/// @param why         how the sum comes about, in words and numbers
public record MemoryPrice(long bytes, long connections, long available, String why) {

    /// Stack, task and page tables.
    static final long BYTES_PER_THREAD = 25_000;

    /// An entry with one extension, such as its counters.
    static final long BYTES_PER_TRACKED = 384;

    private static final long BYTES_PER_WATCH = 220;
    private static final long BYTES_PER_LOCAL_PORT = 256;
    private static final long BYTES_PER_BUCKET = 8;

    private record Part(long number, String of, long each) {

        long bytes() {
            return number * each;
        }

        String text() {
            return "%d %s x %d".formatted(number, of, each);
        }
    }

    /// @param buckets of the hash of tracked connections
    static MemoryPrice of(Target target, long buckets, long available) {
        var probed = ProbeTerms.of(target).ownConnections();
        var tracked = target.connections() + probed;
        var parts = Stream.of(
                        new Part(target.connections() + 2 * probed, "sockets", Baseline.BYTES_PER_SOCKET),
                        new Part(target.connections(), "epoll watches", BYTES_PER_WATCH),
                        new Part(target.outbound(), "local ports", BYTES_PER_LOCAL_PORT),
                        new Part(tracked, "tracked connections", BYTES_PER_TRACKED),
                        new Part(buckets, "buckets", BYTES_PER_BUCKET),
                        new Part(target.threadCount(), "threads", BYTES_PER_THREAD))
                .filter(part -> part.number > 0)
                .toList();
        var sum = parts.stream().mapToLong(Part::bytes).sum();
        return new MemoryPrice(sum, ofConnections(target), available, text(parts));
    }

    private static long ofConnections(Target target) {
        return target.connections() * (Baseline.BYTES_PER_SOCKET + BYTES_PER_WATCH + BYTES_PER_TRACKED)
                + target.outbound() * BYTES_PER_LOCAL_PORT;
    }

    private static String text(List<Part> parts) {
        return parts.isEmpty()
                ? "nothing"
                : String.join(" + ", parts.stream().map(Part::text).toList()) + " bytes";
    }

    /// Bytes that are missing, or 0.
    public long missing() {
        return Math.max(0, bytes - available);
    }

    /// What is missing, as a sentence without its full stop.
    Optional<String> shortage() {
        return missing() == 0
                ? Optional.empty()
                : Optional.of("%d MiB of memory are needed and %d MiB may be used, %d MiB are missing"
                        .formatted(mebibytes(bytes), mebibytes(available), mebibytes(missing())));
    }

    /// In whole MiB, rounded up.
    private static long mebibytes(long bytes) {
        return Math.ceilDiv(bytes, 1L << 20);
    }
}
