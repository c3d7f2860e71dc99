package dev.socketcapacity.agent.survey;

import static dev.socketcapacity.plan.Limit.FILE_MAX;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.NetworkCounters;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.ProcessEntry;
import dev.socketcapacity.agent.kernel.ProcessEntry.Stat;
import dev.socketcapacity.agent.kernel.ProcessEntry.Status;
import dev.socketcapacity.agent.kernel.ProcessTable;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.plan.Survey;
import dev.socketcapacity.plan.Survey.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Reads every limit of this machine, or of one process on it, with what is used of it. Changes nothing. What this
/// kernel does not have, or what there is no right to see, is named in the survey, which goes on without it.
///
/// What is of the whole kernel is read from this process's own network namespace, which should be the machine's: others
/// don't show all of it.
public final class Surveyor {

    private static final int NODE = 1;
    private static final char ENDED = 'Z';
    private static final char DEAD = 'X';

    private final Procfs procfs;
    private final Host host;

    /// @param proc where procfs is mounted, such as `/proc` or `/host/proc`
    public Surveyor(Path proc) {
        this.procfs = new Procfs(proc);
        this.host = new Host(procfs);
    }

    /// @throws IOException where `proc` is no procfs
    public Survey machine() throws IOException {
        var kernel = kernelRelease();
        var self = procfs.self();
        var findings = new Findings();
        var node = new ProcessEntry(procfs, NODE);
        var processes = ProcessTable.read(procfs);
        try (var own = NetworkNamespace.own()) {
            var values = new Values(procfs, own);
            var kernelWide = new KernelSurvey(self, host, values, findings);
            kernelWide.take();
            findings.look(FILE_MAX, () -> findings.add(kernelWide.files()));
            new PidSurvey(self, host, processes, values, findings).takeOwn();
            new MachineSurvey(procfs, processes, values, findings).take();
            NetworkSurvey.take(
                    node, values, Optional.of(new NetworkSurvey.Sockets(_ -> true, Optional.empty())), findings);
            takeTraps(node, processes, values, findings);
        }
        return findings.survey(new Subject.Machine(kernel));
    }

    /// @throws NoSuchProcessException where there is none, or it is a thread, or the kernel's, or it ends meanwhile
    public Survey process(int pid) throws IOException {
        var kernel = kernelRelease();
        var self = procfs.self();
        var process = new ProcessEntry(procfs, pid);
        var status = statusOf(process);
        var start = requireLimits(process, status).startTime();
        var findings = new Findings();
        var processes = ProcessTable.read(procfs);
        long sockets;
        try (var own = NetworkNamespace.own()) {
            var values = new Values(procfs, own);
            var kernelWide = new KernelSurvey(self, host, values, findings);
            kernelWide.take();
            var survey = new ProcessSurvey(process, status, values, findings);
            findings.look(FILE_MAX, () -> survey.files(kernelWide.files()));
            survey.take(processes);
            var pids = new PidSurvey(self, host, processes, values, findings);
            if (status.depth() > 1) {
                pids.takeAround(process);
            }
            pids.takeOwn();
            NetworkSurvey.take(process, values, survey.ownSockets(), findings);
            takeTraps(process, processes, values, findings);
            sockets = survey.sockets().map(List::size).orElse(0);
        }
        requireAlive(process, status, start);
        return findings.survey(
                new Subject.Process(kernel, pid, status.name(), status.uid(), sockets, status.threads()));
    }

    private String kernelRelease() throws IOException {
        return procfs.read("sys/kernel/osrelease").strip();
    }

    private static Status statusOf(ProcessEntry process) throws IOException {
        try {
            return process.status();
        } catch (NoSuchFileException _) {
            throw new NoSuchProcessException("there is no process with pid " + process.pid());
        }
    }

    private static Stat requireLimits(ProcessEntry process, Status status) throws NoSuchProcessException {
        var name = ProcessReadings.at(process.pid(), status.name());
        if (status.process() != process.pid()) {
            throw new NoSuchProcessException("%s is a thread: its process is pid %d".formatted(name, status.process()));
        }
        var stat = statOf(process, name);
        if (stat.kernelThread()) {
            throw new NoSuchProcessException(name + " is a thread of the kernel: it has no limits of its own");
        }
        if (hasEnded(stat)) {
            throw new NoSuchProcessException(name + " has ended, and waits for its parent to take notice");
        }
        return stat;
    }

    private static boolean hasEnded(Stat stat) {
        return stat.state() == ENDED || stat.state() == DEAD;
    }

    /// What was read of a process that was going says nothing, and its pid may be another's by now.
    private static void requireAlive(ProcessEntry process, Status status, long start) throws NoSuchProcessException {
        var name = ProcessReadings.at(process.pid(), status.name());
        var stat = statOf(process, name);
        if (hasEnded(stat) || stat.startTime() != start) {
            throw ended(name);
        }
    }

    private static Stat statOf(ProcessEntry process, String name) throws NoSuchProcessException {
        try {
            return process.stat();
        } catch (IOException _) {
            throw ended(name);
        }
    }

    private static NoSuchProcessException ended(String name) {
        return new NoSuchProcessException(name + " ended while it was looked at");
    }

    private void takeTraps(ProcessEntry process, ProcessTable processes, Values values, Findings findings) {
        var root = fileSystem();
        Traps.configuration(root, values, findings);
        Traps.tuned(root, processes, findings);
        Traps.ofReadings(new NetworkCounters(process), findings);
    }

    /// The machine's; or ours, where it may not be looked into: outside of containers that is the same.
    private Path fileSystem() {
        var machines = procfs.path("1/root");
        return Files.isReadable(machines.resolve("etc")) ? machines : Path.of("/");
    }
}
