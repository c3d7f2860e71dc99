package dev.socketcapacity.agent.survey;

import static dev.socketcapacity.plan.Limit.CONNECTION_HASH;
import static dev.socketcapacity.plan.Limit.CONNTRACK_BUCKETS;
import static dev.socketcapacity.plan.Limit.FILE_MAX;
import static dev.socketcapacity.plan.Limit.MEMORY;
import static dev.socketcapacity.plan.Limit.NEIGHBOURS;
import static dev.socketcapacity.plan.Limit.NEIGHBOURS_IPV6;
import static dev.socketcapacity.plan.Limit.NETDEV_BACKLOG;
import static dev.socketcapacity.plan.Limit.ORPHANS;
import static dev.socketcapacity.plan.Limit.RMEM_MAX;
import static dev.socketcapacity.plan.Limit.TCP_MEM;
import static dev.socketcapacity.plan.Limit.THREADS_MAX;
import static dev.socketcapacity.plan.Limit.UDP_MEM;
import static dev.socketcapacity.plan.Limit.WMEM_MAX;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.NetworkCounters;
import dev.socketcapacity.agent.kernel.ProcessEntry;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.Reading;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;

/// What is one for the whole kernel.
final class KernelSurvey {

    private static final String AT = "the kernel";

    private static final List<Limit> PLAIN_VALUES =
            List.of(CONNTRACK_BUCKETS, NETDEV_BACKLOG, UDP_MEM, RMEM_MAX, WMEM_MAX);

    private final Host host;
    private final Values values;
    private final NetworkCounters counters;
    private final Findings findings;

    /// @param self   this process
    /// @param values of its network namespace
    KernelSurvey(ProcessEntry self, Host host, Values values, Findings findings) {
        this.host = host;
        this.values = values;
        this.counters = new NetworkCounters(self);
        this.findings = findings;
    }

    void take() {
        counted(THREADS_MAX, host::tasks);
        counted(TCP_MEM, () -> counters.tcp("mem"));
        counted(ORPHANS, () -> counters.tcp("orphan"));
        findings.look(MEMORY, () -> {
            var memory = host.memory();
            findings.add(Reading.of(MEMORY, AT, memory.total() - memory.free(), memory.total()));
        });
        neighbours(NEIGHBOURS, "arp_cache");
        neighbours(NEIGHBOURS_IPV6, "ndisc_cache");
        PLAIN_VALUES.forEach(this::value);
        // Shown negative in a namespace that shares the machine's.
        findings.look(
                CONNECTION_HASH,
                () -> findings.addValue(CONNECTION_HASH, AT, Math.abs(values.number(CONNECTION_HASH))));
    }

    /// @return open files of all processes, and how many there may be
    Reading files() throws IOException {
        return Reading.of(FILE_MAX, AT, host.openFiles(), values.number(FILE_MAX));
    }

    private interface Count {
        long read() throws IOException;
    }

    private void counted(Limit limit, Count count) {
        findings.look(limit, () -> findings.add(Reading.of(limit, AT, count.read(), values.number(limit))));
    }

    private void value(Limit limit) {
        findings.look(limit, () -> findings.addValue(limit, AT, values.number(limit)));
    }

    private void neighbours(Limit limit, String table) {
        findings.look(
                limit,
                () -> findings.add(Reading.of(limit, AT, counters.entries(table), values.number(limit))
                        .hit(OptionalLong.of(counters.total(table, "table_fulls")))));
    }
}
