package dev.socketcapacity.agent.survey;

import static java.util.stream.Collectors.joining;

import dev.socketcapacity.agent.kernel.NetworkCounters;
import dev.socketcapacity.agent.kernel.ProcessTable;
import dev.socketcapacity.agent.kernel.SysctlFiles;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Reading;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Trap;
import dev.socketcapacity.plan.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.EnumSet;

/// What is no limit, and will hurt all the same.
final class Traps {

    /// Of the ephemeral range.
    private static final double MUCH_RESERVED = 0.25;

    private static final double NEARLY_FULL = 0.9;
    private static final int MOST_NAMED = 5;

    private Traps() {}

    static void reservedPorts(PortSet range, PortSet reserved, Findings findings) {
        int hidden = reserved.within(range).size();
        if (hidden > MUCH_RESERVED * range.size()) {
            findings.add(new Trap(
                    Trap.Kind.ReservedPortsHide,
                    "%d of the %d ports of %s are reserved, and never given to a connection"
                            .formatted(hidden, range.size(), Limit.PORT_RANGE.key()),
                    "shorten " + Limit.RESERVED_PORTS.key() + ", or widen the range"));
        }
    }

    /// @param ports that are listened on, and may be given to a connection
    static void listeners(BitSet ports, Findings findings) {
        if (!ports.isEmpty()) {
            var named =
                    ports.stream().limit(MOST_NAMED).mapToObj(Integer::toString).collect(joining(", "));
            int others = ports.cardinality() - MOST_NAMED;
            findings.add(new Trap(
                    Trap.Kind.ListenerInRange,
                    ("TCP listeners are at ephemeral ports that are not reserved: %s%s; if one of them has a fixed port,"
                                    + " which can't be told from here, a connection may take it while the listener is away")
                            .formatted(named, others > 0 ? " and %d more".formatted(others) : ""),
                    "add the fixed ones to " + Limit.RESERVED_PORTS.key()));
        }
    }

    /// What the readings so far have to say for themselves.
    static void ofReadings(NetworkCounters counters, Findings findings) {
        var hit = EnumSet.noneOf(Limit.class);
        for (var reading : findings.readings()) {
            long hits = reading.hits().orElse(0);
            if (hits > 0 && hit.add(reading.limit())) {
                findings.add(wasHit(reading.limit(), hits));
            }
            if (reading.limit() == Limit.CONNTRACK_MAX) {
                conntrack(reading, findings);
            }
        }
        findings.look("TCPTimeWaitOverflow", () -> {
            long overflows = counters.event("TCPTimeWaitOverflow").orElse(0);
            if (overflows > 0) {
                findings.add(wasHit(Limit.TW_BUCKETS, overflows));
            }
        });
    }

    private static Trap wasHit(Limit limit, long times) {
        return new Trap(
                Trap.Kind.WasHit,
                "%s was hit %d times since the kernel began to count".formatted(limit.key(), times),
                "raise it, or lower what uses it, before it is hit again");
    }

    private static void conntrack(Reading reading, Findings findings) {
        long used = reading.used().orElse(0);
        long max = reading.max().orElse(Long.MAX_VALUE);
        if (used >= NEARLY_FULL * max) {
            findings.add(new Trap(
                    Trap.Kind.ConntrackFull,
                    "%d of %d connections are tracked in %s: further ones are dropped without an answer"
                            .formatted(used, max, reading.at()),
                    "raise " + Limit.CONNTRACK_MAX.key()));
        }
    }

    /// @param root   of the machine's file system
    /// @param values of the machine's own network namespace
    static void configuration(Path root, Values values, Findings findings) {
        findings.look("sysctl.d", () -> {
            var assignments = SysctlFiles.read(root);
            for (var setting : Setting.values()) {
                var assignment = assignments.get(setting.key());
                if (assignment != null) {
                    findings.look(setting.limit(), () -> compare(setting, assignment, values, findings));
                }
            }
        });
    }

    private static void compare(Setting setting, SysctlFiles.Assignment assignment, Values values, Findings findings)
            throws IOException {
        Value assigned;
        try {
            assigned = setting.shape().parse(assignment.value());
        } catch (IllegalArgumentException _) {
            return; // the kernel will not take it either
        }
        var now = setting.shape().parse(values.text(setting.limit()));
        if (!assigned.covers(now)) {
            findings.add(new Trap(
                    Trap.Kind.ConfigurationOverrules,
                    "%s sets %s to %s at boot; now it is %s"
                            .formatted(assignment.file(), setting.key(), assigned.text(), now.text()),
                    "correct that line, or remove it"));
        }
    }

    /// tuned writes the settings of its profile when it starts, and whenever that changes.
    static void tuned(Path root, ProcessTable processes, Findings findings) {
        findings.look("tuned", () -> {
            try {
                var profile = Files.readString(root.resolve("etc/tuned/active_profile"))
                        .strip();
                if (processes.rows().stream()
                        .anyMatch(row -> row.stat().command().equals("tuned"))) {
                    findings.add(new Trap(
                            Trap.Kind.TunedOverrules,
                            "tuned is at work, and writes the settings of its profile " + profile,
                            "put values of your own into a profile of your own, with include=" + profile));
                }
            } catch (NoSuchFileException _) {
                // not installed
            }
        });
    }
}
