package dev.socketcapacity.cli;

import dev.socketcapacity.agent.survey.Surveyor;
import dev.socketcapacity.plan.Diagnosis;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which limit is in the way, of this machine or of a process on it.
@Command(
        name = "doctor",
        header = "Which limit is in the way, of this machine or of one process.",
        description =
                "%nReads every limit of sockets and threads, and how much of it is in use. Changes nothing. Without root"
                        + " it sees less, and says what.%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sockcap doctor                            # this machine",
            "  sockcap doctor --pid 812                  # why does process 812 get no more sockets, or threads?",
            "  sockcap doctor --pid $(pidof nginx | cut -d' ' -f1) -o json | jq .binding.limit"
        })
final class DoctorCommand implements Callable<Integer> {

    @Option(
            names = {"-p", "--pid"},
            paramLabel = "<pid>",
            converter = PidConverter.class,
            description = "A process. Left out: the machine as a whole.")
    private Integer pid;

    @Option(names = "--all", description = "Lists also the limits that bind nobody here, and why.")
    private boolean all;

    @Mixin
    private ProcRoot proc;

    @Mixin
    private Output output;

    @Override
    public Integer call() throws IOException {
        var surveyor = new Surveyor(proc.path());
        var survey = pid == null ? surveyor.machine() : surveyor.process(pid);
        var diagnosis = Diagnosis.of(survey);
        output.print(DoctorReport.of(diagnosis), () -> new DoctorText(diagnosis, all).toString());
        return diagnosis.stuck() ? Sockcap.FALLS_SHORT : Sockcap.HOLDS;
    }
}
