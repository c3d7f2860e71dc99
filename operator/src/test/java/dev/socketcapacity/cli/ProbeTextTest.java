package dev.socketcapacity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.probe.Cause;
import dev.socketcapacity.agent.probe.Obstacle;
import dev.socketcapacity.agent.probe.Openings;
import dev.socketcapacity.agent.probe.ProbeRequest;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.Route;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.ProbeRoom;
import dev.socketcapacity.plan.Reading;
import dev.socketcapacity.plan.Survey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

class ProbeTextTest {

    private static ProbeReport.Circumstances circumstances(boolean oneTable) {
        var survey = new Survey(
                new Survey.Subject.Process("6.12", 7, "java", 0, 0, 1),
                List.of(
                        Reading.of(Limit.DESCRIPTORS, "pid 7 (java)", 8, 20_000).upTo(20_000),
                        Reading.of(Limit.CONNTRACK_MAX, "network namespace 1", 73, 30_000),
                        Reading.of(Limit.FILE_MAX, "the kernel", 1_000, 201_000)),
                List.of(),
                List.of());
        var samples = new Samples();
        samples.add(Duration.ofMillis(1_000), 10_000);
        samples.add(Duration.ofMillis(1_500), 15_000);
        samples.end(Duration.ofMillis(3_000), 20_000);
        return new ProbeReport.Circumstances(
                new Route.Loopback(),
                new ProbeRequest(20_000, 2, Duration.ZERO, Duration.ofMinutes(1)),
                oneTable,
                ProbeRoom.of(survey, new ProbeRoom.Shape(2, 2, oneTable ? 1 : 0)),
                samples);
    }

    private static String text(ProbeReport report, boolean drawn) {
        return Ansi.OFF.string(new ProbeText(report, drawn).toString());
    }

    @Test
    void whoLooksAtATerminalSeesAPicture() {
        var held = new Held(20_000, Duration.ofSeconds(1), Openings.UNTRACKED);

        assertThat(text(ProbeReport.of(held, circumstances(false)), true)).isEqualTo("""
                Held 20000 connections at one moment, over loopback, and for 1 s
                Opened in 2.00 s, 10000 a second; 7816 bytes of the kernel's memory each

                connections
                   20000 ┤                                                           █
                         │                             ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄█
                         │                             ███████████████████████████████
                         │                   █████████████████████████████████████████
                         │                   █████████████████████████████████████████
                       0 ┤                   █████████████████████████████████████████
                          0 s                                                    3.0 s

                connect(2)
                   median ┤███████ 14.2 µs
                     90 % ┤████████ 20.0 µs
                     99 % ┤█████████ 31.4 µs
                  longest ┤█████████████████████ 3.0 ms

                Exercised      accept queues; kernel memory of both ends; local ports: 10000 towards each of 2 destinations
                Not exercised  any path between machines: interfaces, routes, neighbours, firewalls; the descriptors of \
                one process; connection tracking: nothing tracks them here
                First in the way of more: fs.file-max (the kernel), which had room for 100000 connections
                """);
    }

    @Test
    void elsewhereItIsATableWithTheCauseTheFixAndWhatIsBehindIt() {
        var cause = new Cause(Obstacle.DESCRIPTORS, "the process has no descriptors left (RLIMIT_NOFILE is 20000)");
        var fell = new FellShort(9_990, 20_000, cause, Optional.of(Openings.UNTRACKED));

        assertThat(text(ProbeReport.of(fell, circumstances(true)), false)).isEqualTo("""
                Held 9990 of 20000 connections over loopback: the process has no descriptors left (RLIMIT_NOFILE is 20000)
                Opened in 2.00 s, 4995 a second; 7816 bytes of the kernel's memory each

                CONNECT(2)    MEDIAN  90 %  99 %  LONGEST
                microseconds    14.2  20.0  31.4   3000.0

                Exercised      accept queues; kernel memory of both ends; local ports: 10000 towards each of 2 \
                destinations; the descriptors of one process
                Not exercised  any path between machines: interfaces, routes, neighbours, firewalls; connection tracking: \
                nothing tracks them here
                Behind it      fs.file-max (the kernel), which has room for 100000 connections

                What to change
                  now      prlimit --pid N --nofile=40000:40000, with CAP_SYS_RESOURCE: its hard limit is reached
                  service  LimitNOFILE=40000 in the [Service] section of its unit, then restart it
                  node     fs.nr_open must be at least as much
                """);
    }

    @Test
    void theTableOfTrackedConnectionsIsInTheWayOnlyOfThoseThatAre() {
        var held = new Held(20_000, Duration.ofSeconds(1), Openings.TRACKED);

        assertThat(text(ProbeReport.of(held, circumstances(false)), false))
                .contains("First in the way of more: net.netfilter.nf_conntrack_max", "; connection tracking\n");
    }

    @Test
    void whatSlowedTheProbeDownIsSaidWithHowManyDestinationsKeepItFast() {
        var report = ProbeReport.of(new Held(20_000, Duration.ofSeconds(1), Openings.SLOW), circumstances(false));

        assertThat(text(report, false)).contains("""

                Slowed down    connect(2) takes 94 times as long once 14116 of the 28232 local ports towards one destination \
                are taken (net.ipv4.ip_local_port_range is 32768 60999); 2 destinations or source addresses keep it fast
                Exercised""");
        assertThat(report.slowDown().limit()).isEqualTo(Limit.PORT_RANGE.key());
    }

    @Test
    void thePictureFitsIntoATerminal() {
        var held = new Held(20_000, Duration.ofSeconds(1), Openings.UNTRACKED);

        assertThat(new Graph(circumstances(false).samples().list(), 20_000)
                        .toString()
                        .lines())
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
        assertThat(text(ProbeReport.of(held, circumstances(false)), true)).contains("┤");
    }

    @Test
    void aProbeWhoseProcessWasKilledTellsTheRest() {
        var cause = new Cause(Obstacle.CGROUP_MEMORY, "the memory of cgroup /a is used up");
        var fell = new FellShort(5_000, 20_000, cause, Optional.empty());

        assertThat(text(ProbeReport.of(fell, circumstances(false)), false))
                .startsWith("Held 5000 of 20000 connections over loopback: the memory of cgroup /a is used up\n")
                .doesNotContain("Opened", "microseconds", "null");
    }
}
