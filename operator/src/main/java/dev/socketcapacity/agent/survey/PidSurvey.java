package dev.socketcapacity.agent.survey;

import static dev.socketcapacity.plan.Limit.PID_MAX;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.PidNamespace;
import dev.socketcapacity.agent.kernel.ProcessEntry;
import dev.socketcapacity.agent.kernel.ProcessTable;
import dev.socketcapacity.plan.Reading;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;

/// What is one for a pid namespace. A thread has a number in its own and in all that are around it.
final class PidSurvey {

    private static final String KERNELS_FIRST = "pid:[4026531836]";

    private final ProcessEntry self;
    private final Host host;
    private final ProcessTable processes;
    private final Values values;
    private final Findings findings;

    PidSurvey(ProcessEntry self, Host host, ProcessTable processes, Values values, Findings findings) {
        this.self = self;
        this.host = host;
        this.processes = processes;
        this.values = values;
        this.findings = findings;
    }

    /// The namespace that we are in.
    void takeOwn() {
        findings.look(PID_MAX, () -> {
            var name = self.namespace("pid");
            // The kernel counts for itself, also what we may not see.
            long threads = name.equals(KERNELS_FIRST) ? host.tasks() : processes.threads();
            add(digits(name), threads, OptionalLong.of(values.number(PID_MAX)));
        });
    }

    /// Those around a process, but for our own.
    void takeAround(ProcessEntry process) {
        findings.look(PID_MAX, () -> {
            var own = digits(self.namespace("pid"));
            var threads = processes.threadsOfPidNamespaces();
            for (var namespace : PidNamespace.around(process)) {
                try (namespace) {
                    findings.look(PID_MAX, () -> takeOther(namespace, own, threads));
                }
            }
        });
    }

    private void takeOther(PidNamespace namespace, String own, Map<Long, Long> threads) throws IOException {
        var id = Long.toString(namespace.id());
        if (!id.equals(own)) {
            add(id, threads.getOrDefault(namespace.id(), 0L), namespace.pidMax(self.procfs()));
        }
    }

    private void add(String id, long threads, OptionalLong pidMax) {
        // The numbers end before it. Where there is none left, what is there is all there may be.
        long max = pidMax.isPresent() ? pidMax.getAsLong() - 1 : threads;
        findings.add(Reading.of(PID_MAX, "pid namespace " + id, threads, max));
    }

    private static String digits(String name) {
        return name.replaceAll("[^0-9]", "");
    }
}
