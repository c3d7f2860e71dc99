package dev.socketcapacity.agent.survey;

import static dev.socketcapacity.plan.Limit.DESCRIPTORS;
import static dev.socketcapacity.plan.Limit.EPOLL_WATCHES;
import static dev.socketcapacity.plan.Limit.MAX_MAP_COUNT;
import static dev.socketcapacity.plan.Limit.NR_OPEN;
import static dev.socketcapacity.plan.Limit.TASKS_OF_USER;
import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingLong;

import dev.socketcapacity.agent.kernel.Cgroups;
import dev.socketcapacity.agent.kernel.Cgroups.Controller;
import dev.socketcapacity.agent.kernel.Cgroups.Limited;
import dev.socketcapacity.agent.kernel.Libc.Resource;
import dev.socketcapacity.agent.kernel.ProcessEntry;
import dev.socketcapacity.agent.kernel.ProcessTable;
import dev.socketcapacity.agent.kernel.ProcessTable.Row;
import dev.socketcapacity.agent.kernel.Procfs;
import java.io.IOException;
import java.util.Comparator;
import java.util.Map;

/// Of what bounds each process, each user and each cgroup: the one that is closest to its limit.
final class MachineSurvey {

    private static final long ROOT = 0;
    private static final int MOST_CGROUPS = 3;

    /// Who can't have a tenth of the maps that there may be is far from the limit, and not asked.
    private static final int FAR = 10;

    private static final Comparator<Row> BY_SHARE_OF_LIMIT = comparingDouble(row ->
            (double) row.descriptors() / Math.max(1, row.descriptorLimit().soft()));

    private final Procfs procfs;
    private final ProcessTable processes;
    private final Values values;
    private final Findings findings;

    /// @param values of this process's own network namespace
    MachineSurvey(Procfs procfs, ProcessTable processes, Values values, Findings findings) {
        this.procfs = procfs;
        this.processes = processes;
        this.values = values;
        this.findings = findings;
    }

    void take() {
        processes.rows().stream()
                .max(BY_SHARE_OF_LIMIT)
                .ifPresent(row -> findings.look(
                        DESCRIPTORS,
                        () -> findings.add(ProcessReadings.descriptors(
                                at(row.process()), row.descriptors(), row.descriptorLimit()))));
        processes.rows().stream()
                .max(comparingLong(Row::descriptors))
                .ifPresent(row -> findings.look(NR_OPEN, () -> nrOpen(row)));
        findings.look(MAX_MAP_COUNT, this::maps);
        findings.look(EPOLL_WATCHES, () -> findings.addValue(EPOLL_WATCHES, "each user", values.number(EPOLL_WATCHES)));
        findings.look(TASKS_OF_USER, this::tasks);
        findings.look("cgroups", this::cgroups);
    }

    private void nrOpen(Row row) throws IOException {
        var status = row.process().status();
        findings.add(ProcessReadings.nrOpen(
                at(row.process()),
                row.descriptors(),
                row.descriptorLimit(),
                values.number(NR_OPEN),
                status.tableSize()));
    }

    private void maps() throws IOException {
        long value = values.number(MAX_MAP_COUNT);
        var most = processes.mostMaps(value / FAR);
        if (most.isPresent()) {
            findings.add(
                    ProcessReadings.maps(at(most.get().process()), most.get().count(), value));
        } else {
            findings.addValue(MAX_MAP_COUNT, "each process", value);
        }
    }

    private void tasks() throws IOException {
        var most = processes.threadsOfUsers().entrySet().stream()
                .filter(user -> user.getKey() != ROOT)
                .max(Map.Entry.comparingByValue());
        if (most.isPresent()) {
            long uid = most.get().getKey();
            var one = processes.rows().stream().filter(row -> row.uid() == uid).findFirst();
            findings.add(ProcessReadings.tasks(
                    uid, most.get().getValue(), one.orElseThrow().process().limit(Resource.NPROC)));
        }
    }

    private void cgroups() throws IOException {
        var cgroups = new Cgroups(procfs);
        for (var controller : Controller.values()) {
            cgroups.all(controller).stream()
                    .sorted(comparingDouble(MachineSurvey::fill).reversed())
                    .limit(MOST_CGROUPS)
                    .forEach(cgroup -> findings.add(ProcessReadings.cgroup(controller, cgroup)));
        }
    }

    private static double fill(Limited cgroup) {
        return (double) cgroup.used() / Math.max(1, cgroup.max());
    }

    private static String at(ProcessEntry process) throws IOException {
        return ProcessReadings.at(process.pid(), process.command());
    }
}
