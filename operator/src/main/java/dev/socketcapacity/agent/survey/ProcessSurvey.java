package dev.socketcapacity.agent.survey;

import static dev.socketcapacity.plan.Limit.DESCRIPTORS;
import static dev.socketcapacity.plan.Limit.EPOLL_WATCHES;
import static dev.socketcapacity.plan.Limit.MAX_MAP_COUNT;
import static dev.socketcapacity.plan.Limit.NR_OPEN;
import static dev.socketcapacity.plan.Limit.TASKS_OF_USER;
import static java.util.stream.Collectors.toSet;

import dev.socketcapacity.agent.kernel.Cgroups;
import dev.socketcapacity.agent.kernel.Cgroups.Controller;
import dev.socketcapacity.agent.kernel.Libc.Resource;
import dev.socketcapacity.agent.kernel.ProcessEntry;
import dev.socketcapacity.agent.kernel.ProcessEntry.Descriptor;
import dev.socketcapacity.agent.kernel.ProcessEntry.Status;
import dev.socketcapacity.agent.kernel.ProcessTable;
import dev.socketcapacity.plan.Reading;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// What bounds one process: its own limits, those of its user and of its cgroups.
final class ProcessSurvey {

    private static final int CAP_SYS_ADMIN = 21; // linux/capability.h
    private static final int CAP_SYS_RESOURCE = 24;
    private static final int ROOT = 0;

    private final ProcessEntry process;
    private final Status status;
    private final Optional<List<Descriptor>> openFiles;
    private final Values values;
    private final Findings findings;

    /// @param values of this process's own network namespace
    ProcessSurvey(ProcessEntry process, Status status, Values values, Findings findings) {
        this.process = process;
        this.status = status;
        this.values = values;
        this.findings = findings;
        this.openFiles = openFiles();
    }

    private Optional<List<Descriptor>> openFiles() {
        try {
            return Optional.of(process.openFiles());
        } catch (IOException _) {
            findings.unseen("descriptors of " + at(), "no right to look what they are, nor where its connections lead");
            return Optional.empty();
        }
    }

    void take(ProcessTable processes) {
        findings.look(DESCRIPTORS, this::descriptors);
        findings.look(
                MAX_MAP_COUNT,
                () -> findings.add(ProcessReadings.maps(at(), process.maps(), values.number(MAX_MAP_COUNT))));
        findings.look(EPOLL_WATCHES, () -> findings.add(watches(processes)));
        findings.look(TASKS_OF_USER, () -> findings.add(tasks(processes)));
        findings.look("cgroups of " + at(), this::cgroups);
    }

    /// Its descriptors that are sockets; empty where they may not be looked at.
    Optional<List<Descriptor>> sockets() {
        return openFiles.map(
                files -> files.stream().filter(Descriptor::isSocket).toList());
    }

    /// The sockets by which ports and queues are its own.
    Optional<NetworkSurvey.Sockets> ownSockets() {
        return sockets().map(own -> {
            var inodes = own.stream().map(Descriptor::inode).collect(toSet());
            return new NetworkSurvey.Sockets(
                    inodes::contains, Optional.of("it has opened no connection from an ephemeral port"));
        });
    }

    private String at() {
        return ProcessReadings.at(process.pid(), status.name());
    }

    private void descriptors() throws IOException {
        long open = process.descriptors();
        var limit = process.limit(Resource.NOFILE);
        findings.add(ProcessReadings.descriptors(at(), open, limit));
        findings.look(
                NR_OPEN,
                () -> findings.add(
                        ProcessReadings.nrOpen(at(), open, limit, values.number(NR_OPEN), status.tableSize())));
    }

    /// @param reading of all processes
    void files(Reading reading) {
        findings.add(
                status.mayUse(CAP_SYS_ADMIN)
                        ? reading.exempt("a process with CAP_SYS_ADMIN is not bound by it")
                        : reading);
    }

    /// One number for all users, up to which each may watch.
    private Reading watches(ProcessTable processes) throws IOException {
        var at = "uid " + status.uid();
        var max = OptionalLong.of(values.number(EPOLL_WATCHES));
        if (openFiles.isEmpty()) {
            return Reading.of(EPOLL_WATCHES, at, OptionalLong.empty(), max);
        }
        return openFiles.get().stream().anyMatch(Descriptor::isEpoll)
                ? Reading.of(EPOLL_WATCHES, at, OptionalLong.of(processes.watchesOf(status.uid())), max)
                : Reading.of(EPOLL_WATCHES, at, OptionalLong.empty(), max).exempt("it watches nothing by epoll");
    }

    private Reading tasks(ProcessTable processes) throws IOException {
        long threads = processes.threadsOfUsers().getOrDefault(status.uid(), 0L);
        var reading = ProcessReadings.tasks(status.uid(), threads, process.limit(Resource.NPROC));
        if (status.uid() == ROOT) {
            return reading.exempt("root is not bound by it");
        }
        return status.mayUse(CAP_SYS_ADMIN) || status.mayUse(CAP_SYS_RESOURCE)
                ? reading.exempt("a process with CAP_SYS_ADMIN or CAP_SYS_RESOURCE is not bound by it")
                : reading;
    }

    private void cgroups() throws IOException {
        var cgroups = new Cgroups(process.procfs());
        for (var controller : Controller.values()) {
            cgroups.around(process.pid(), controller)
                    .forEach(cgroup -> findings.add(ProcessReadings.cgroup(controller, cgroup)));
        }
    }
}
