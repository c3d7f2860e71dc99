package dev.socketcapacity.agent;

import dev.socketcapacity.plan.Setting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Who has written which setting besides us, as far as it was seen. A write from another container's procfs is not.
final class Writers {

    /// Writes of one setting that are remembered, for their rhythm.
    private static final int REMEMBERED = 16;

    /// What is heard of again within that time is the same write.
    private static final Duration ECHO = Duration.ofMillis(20);

    /// How long after a write was found it may still be heard of.
    static final Duration LATEST = Duration.ofMillis(50);

    private final Map<Setting, Deque<Instant>> times = new EnumMap<>(Setting.class);
    private final Map<Setting, Writer> last = new EnumMap<>(Setting.class);

    /// Who wrote.
    ///
    /// @param pid       empty where the kernel does not tell
    /// @param command   its name; empty where it was gone before it could be asked
    /// @param container the beginning of its container's id, empty where it is in none; slow, so asked for at last
    record Writer(OptionalInt pid, Optional<String> command, Supplier<Optional<String>> container) {

        static final Writer UNKNOWN = new Writer(OptionalInt.empty(), Optional.empty(), Optional::empty);

        /// As a log has it: `kube-proxy (pid 812)`, `unknown (pid 812, gone)`, or somebody who was not seen.
        String text() {
            return pid.isEmpty()
                    ? name()
                    : command.map(name -> "%s (pid %d%s)"
                                    .formatted(
                                            name,
                                            pid.getAsInt(),
                                            container
                                                    .get()
                                                    .map(", container "::concat)
                                                    .orElse("")))
                            .orElseGet(() -> "unknown (pid %d, gone)".formatted(pid.getAsInt()));
        }

        /// The same without what differs from write to write.
        String name() {
            return command.orElse(pid.isEmpty() ? "somebody who was not seen" : "somebody who is gone at once");
        }

        /// What is known to keep it from writing, as a sentence without its full stop.
        Optional<String> fix() {
            return command.flatMap(name -> switch (name) {
                case "kube-proxy" -> Optional.of("set conntrack.maxPerCore to 0 in kube-proxy's configuration");
                case "systemd-sysctl", "sysctl" ->
                    Optional.of("look for the setting in /etc/sysctl.d, and in what runs 'sysctl'");
                case "tuned" -> Optional.of("take the setting out of tuned's active profile");
                default -> Optional.empty();
            });
        }
    }

    synchronized void saw(Setting setting, Writer writer, Instant now) {
        last.put(setting, writer);
        notifyAll();
        var seen = times.computeIfAbsent(setting, _ -> new ArrayDeque<>());
        if (!seen.isEmpty() && seen.getLast().plus(ECHO).isAfter(now)) {
            return;
        }
        seen.add(now);
        if (seen.size() > REMEMBERED) {
            seen.removeFirst();
        }
    }

    /// What was written since [#takeLast] was last asked of it.
    synchronized Set<Setting> written() {
        return Set.copyOf(last.keySet());
    }

    /// Who wrote it last; forgets it, so that nobody is blamed for the next one's write. To be asked also where
    /// nothing is wrong.
    synchronized Writer takeLast(Setting setting) {
        return Optional.ofNullable(last.remove(setting)).orElse(Writer.UNKNOWN);
    }

    /// The same, where what was written has been found before it was heard of: the kernel tells only when the writer is
    /// done.
    ///
    /// @param deadline by [System#nanoTime]
    synchronized Writer awaitLast(Setting setting, long deadline) {
        try {
            while (!last.containsKey(setting) && deadline > System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, deadline - System.nanoTime());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return takeLast(setting);
    }

    /// How far apart the last writes were, on average; empty where fewer than two were seen.
    synchronized Optional<Duration> rhythm(Setting setting) {
        var seen = times.getOrDefault(setting, new ArrayDeque<>());
        return seen.size() < 2
                ? Optional.empty()
                : Optional.of(Duration.between(seen.getFirst(), seen.getLast()).dividedBy(seen.size() - 1));
    }
}
