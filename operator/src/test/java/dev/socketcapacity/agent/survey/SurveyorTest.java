package dev.socketcapacity.agent.survey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.Reading;
import dev.socketcapacity.plan.Survey;
import dev.socketcapacity.plan.Survey.Subject;
import dev.socketcapacity.plan.Trap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On a procfs in a folder: what becomes of what is written there.
class SurveyorTest {

    private static final String NETWORK = "network namespace 4026531833";
    private static final String KERNEL = "the kernel";
    private static final int PF_KTHREAD = 0x0020_0000;

    @TempDir
    private Path folder;

    private FakeProc proc;

    @BeforeEach
    void create() throws IOException {
        proc = new FakeProc(folder);
    }

    private Survey process() throws IOException {
        return new Surveyor(proc.root()).process(FakeProc.PID);
    }

    private Survey machine() throws IOException {
        return new Surveyor(proc.root()).machine();
    }

    private static List<Reading> readings(Survey survey, Limit limit) {
        return survey.readings().stream()
                .filter(reading -> reading.limit() == limit)
                .toList();
    }

    private static Reading reading(Survey survey, Limit limit) {
        assertThat(readings(survey, limit)).hasSize(1);
        return readings(survey, limit).getFirst();
    }

    @Test
    void tellsWhoTheProcessIs() throws IOException {
        assertThat(process().subject()).isEqualTo(new Subject.Process("6.12.43", 812, "nginx", 33, 1, 1));
        assertThat(machine().subject()).isEqualTo(new Subject.Machine("6.12.43"));
    }

    @Test
    void readsWhatTheProcessUsesAndMayUse() throws IOException {
        var survey = process();
        assertThat(reading(survey, Limit.DESCRIPTORS))
                .isEqualTo(Reading.of(Limit.DESCRIPTORS, "pid 812 (nginx)", 3, 1024)
                        .upTo(4096));
        assertThat(reading(survey, Limit.NR_OPEN))
                .isEqualTo(Reading.of(Limit.NR_OPEN, "pid 812 (nginx)", 3, 1_048_576)
                        .exempt("its own limit is lower"));
        assertThat(reading(survey, Limit.MAX_MAP_COUNT))
                .isEqualTo(Reading.of(Limit.MAX_MAP_COUNT, "pid 812 (nginx)", 3, 65_530));
        assertThat(reading(survey, Limit.EPOLL_WATCHES)).isEqualTo(Reading.of(Limit.EPOLL_WATCHES, "uid 33", 0, 5000));
        assertThat(reading(survey, Limit.TASKS_OF_USER).max()).hasValue(500);
    }

    @Test
    void countsTheWatchesOfAllProcessesOfTheUser() throws IOException {
        proc.status(FakeProc.PID, FakeProc.PID, "nginx", uidOfThisTest());
        assertThat(reading(process(), Limit.EPOLL_WATCHES).used()).hasValue(2);
    }

    private static long uidOfThisTest() throws IOException {
        return ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
    }

    @Test
    void aTableThatWasLargerBeforeNrOpenWasLoweredStaysSo() throws IOException {
        proc.file("sys/fs/nr_open", "16");
        assertThat(reading(process(), Limit.NR_OPEN)).isEqualTo(Reading.of(Limit.NR_OPEN, "pid 812 (nginx)", 3, 64));
    }

    @Test
    void readsTheCgroupsAroundTheProcessThatHaveALimit() throws IOException {
        var survey = process();
        assertThat(readings(survey, Limit.CGROUP_TASKS))
                .containsExactly(
                        Reading.of(Limit.CGROUP_TASKS, "cgroup /a/b", 40, 100).hit(OptionalLong.of(5)));
        assertThat(readings(survey, Limit.CGROUP_MEMORY))
                .containsExactly(Reading.of(Limit.CGROUP_MEMORY, "cgroup /a", 1_000_000, 4_096_000)
                        .hit(OptionalLong.of(0)));
        assertThat(readings(machine(), Limit.CGROUP_TASKS)).isEqualTo(readings(survey, Limit.CGROUP_TASKS));
    }

    @Test
    void readsCgroupsOfVersion2() throws IOException {
        proc.file("812/mountinfo", "30 23 0:28 / %s/cg2 rw - cgroup2 cgroup2 rw".formatted(proc.root()));
        proc.file("812/cgroup", "0::/pod/container");
        proc.file("cg2/pod/pids.max", "50");
        proc.file("cg2/pod/pids.current", "49");
        proc.file("cg2/pod/pids.events", "max 0");
        proc.file("cg2/pod/container/pids.max", "max");
        proc.file("cg2/pod/container/memory.max", "4096");
        proc.file("cg2/pod/container/memory.current", "1024");
        proc.file("cg2/pod/container/memory.stat", "anon 900\ninactive_file 24");
        proc.file("cg2/pod/container/memory.events", "low 0\noom 2\noom_kill 1");
        var survey = process();
        assertThat(reading(survey, Limit.CGROUP_TASKS))
                .isEqualTo(Reading.of(Limit.CGROUP_TASKS, "cgroup /pod", 49, 50).hit(OptionalLong.of(0)));
        assertThat(reading(survey, Limit.CGROUP_MEMORY))
                .isEqualTo(Reading.of(Limit.CGROUP_MEMORY, "cgroup /pod/container", 1000, 4096)
                        .hit(OptionalLong.of(1)));
    }

    @Test
    void readsWhatIsOfTheKernel() throws IOException {
        var survey = machine();
        assertThat(reading(survey, Limit.FILE_MAX)).isEqualTo(Reading.of(Limit.FILE_MAX, KERNEL, 1500, Long.MAX_VALUE));
        assertThat(reading(survey, Limit.THREADS_MAX)).isEqualTo(Reading.of(Limit.THREADS_MAX, KERNEL, 300, 190_000));
        assertThat(reading(survey, Limit.PID_MAX))
                .isEqualTo(Reading.of(Limit.PID_MAX, "pid namespace 4026531836", 300, 32_767));
        assertThat(reading(survey, Limit.MEMORY)).isEqualTo(Reading.of(Limit.MEMORY, KERNEL, 500 * 1024, 1000 * 1024));
        assertThat(reading(survey, Limit.TCP_MEM)).isEqualTo(Reading.of(Limit.TCP_MEM, KERNEL, 5, 575_802));
        assertThat(reading(survey, Limit.ORPHANS)).isEqualTo(Reading.of(Limit.ORPHANS, KERNEL, 3, 131_072));
        assertThat(reading(survey, Limit.NEIGHBOURS))
                .isEqualTo(Reading.of(Limit.NEIGHBOURS, KERNEL, 16, 1024).hit(OptionalLong.of(0)));
        assertThat(reading(survey, Limit.CONNECTION_HASH).max()).hasValue(262_144);
    }

    @Test
    void readsWhatIsOfTheNetworkNamespace() throws IOException {
        var survey = process();
        assertThat(reading(survey, Limit.CONNTRACK_MAX))
                .isEqualTo(Reading.of(Limit.CONNTRACK_MAX, NETWORK, 930, 1000).hit(OptionalLong.of(3)));
        assertThat(reading(survey, Limit.TW_BUCKETS)).isEqualTo(Reading.of(Limit.TW_BUCKETS, NETWORK, 7, 131_072));
        assertThat(reading(survey, Limit.RESERVED_PORTS).max()).hasValue(10_000);
        assertThat(reading(survey, Limit.TCP_RMEM).max()).hasValue(6_291_456);
        assertThat(reading(survey, Limit.PORT_RANGE).exempt())
                .hasValue("it has opened no connection from an ephemeral port");
        assertThat(reading(survey, Limit.PORT_RANGE).max()).hasValue(18_232);
    }

    @Test
    void aTableThatTracksNothingBindsNobody() throws IOException {
        proc.file("net/stat/nf_conntrack", "entries drop\n00000000 00000000");
        assertThat(reading(process(), Limit.CONNTRACK_MAX).exempt())
                .isEqualTo(Optional.of("nothing is tracked in its network namespace"));
    }

    @Test
    void aTableWithoutALimitHasNone() throws IOException {
        proc.file("sys/net/netfilter/nf_conntrack_max", "0");
        assertThat(reading(process(), Limit.CONNTRACK_MAX).max()).isEmpty();
    }

    @Test
    void namesWhatThisKernelDoesNotHaveAndGoesOn() throws IOException {
        proc.remove("net/stat/nf_conntrack");
        proc.remove("sys/fs/epoll");
        for (var survey : List.of(process(), machine())) {
            assertThat(survey.unseen())
                    .contains("fs.epoll.max_user_watches: there is no such setting here")
                    .anyMatch(line -> line.matches("net.netfilter.nf_conntrack_max: there is no .*/nf_conntrack"));
            assertThat(readings(survey, Limit.EPOLL_WATCHES)).isEmpty();
            assertThat(reading(survey, Limit.FILE_MAX).used()).hasValue(1500);
        }
    }

    @Test
    void findsTheProcessThatIsClosestToItsLimit() throws IOException {
        assertThat(reading(machine(), Limit.DESCRIPTORS))
                .isEqualTo(Reading.of(Limit.DESCRIPTORS, "pid 812 (nginx)", 3, 1024)
                        .upTo(4096));
        assertThat(reading(machine(), Limit.MAX_MAP_COUNT))
                .isEqualTo(Reading.of(Limit.MAX_MAP_COUNT, "pid 812 (nginx)", 3, 65_530));
    }

    @Test
    void aProcessWithFewPagesIsFarFromTheLimitOfMapsAndNotRead() throws IOException {
        proc.stat(812, "nginx", 'S', 0, 6_000);
        assertThat(reading(machine(), Limit.MAX_MAP_COUNT).used()).isEmpty();
    }

    @Test
    void leavesOutAProcessThatVanishes() throws IOException {
        proc.remove("812/stat");
        assertThat(readings(machine(), Limit.DESCRIPTORS)).isEmpty();
    }

    @Test
    void refusesWhatIsNoProcessWithLimits() {
        assertThatThrownBy(() -> new Surveyor(proc.root()).process(4711))
                .isInstanceOf(NoSuchProcessException.class)
                .hasMessage("there is no process with pid 4711");
        proc.status(2, 2, "kthreadd", 0);
        proc.stat(2, 'S', PF_KTHREAD);
        assertThatThrownBy(() -> new Surveyor(proc.root()).process(2))
                .isInstanceOf(NoSuchProcessException.class)
                .hasMessage("pid 2 (kthreadd) is a thread of the kernel: it has no limits of its own");
        proc.status(813, 812, "worker", 33);
        assertThatThrownBy(() -> new Surveyor(proc.root()).process(813))
                .isInstanceOf(NoSuchProcessException.class)
                .hasMessage("pid 813 (worker) is a thread: its process is pid 812");
        proc.stat(812, 'Z', 0);
        assertThatThrownBy(this::process)
                .isInstanceOf(NoSuchProcessException.class)
                .hasMessage("pid 812 (nginx) has ended, and waits for its parent to take notice");
    }

    @Test
    void aProcessThatEndsBetweenTwoLooksIsNamed() throws IOException {
        proc.remove("812/stat");
        assertThatThrownBy(this::process)
                .isInstanceOf(NoSuchProcessException.class)
                .hasMessage("pid 812 (nginx) ended while it was looked at");
    }

    @Test
    void aFolderThatIsNoProcfsIsRefused() {
        assertThatThrownBy(() -> new Surveyor(folder.resolve("nowhere")).machine())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nowhere");
    }

    @Test
    void findsTheTraps() throws IOException {
        proc.file("1/root/etc/sysctl.d/60-low.conf", "fs.file-max = 100000\nvm.max_map_count = 262144");
        proc.file("1/root/etc/tuned/active_profile", "throughput-performance");
        proc.stat(812, "tuned", 'S', 0, 9_000);
        assertThat(process().traps())
                .contains(new Trap(
                        Trap.Kind.ConfigurationOverrules,
                        "/etc/sysctl.d/60-low.conf sets fs.file-max to 100000 at boot;"
                                + " now it is 9223372036854775807",
                        "correct that line, or remove it"))
                .noneMatch(trap -> trap.what().contains("max_map_count"));
        assertThat(process().traps())
                .filteredOn(trap -> trap.kind() != Trap.Kind.ListenerInRange)
                .extracting(trap -> trap.kind() + ": " + trap.what())
                .contains(
                        "TunedOverrules: tuned is at work, and writes the settings of its profile"
                                + " throughput-performance",
                        "ReservedPortsHide: 10000 of the 28232 ports of net.ipv4.ip_local_port_range are reserved,"
                                + " and never given to a connection",
                        "ConntrackFull: 930 of 1000 connections are tracked in " + NETWORK
                                + ": further ones are dropped without an answer",
                        "WasHit: net.netfilter.nf_conntrack_max was hit 3 times since the kernel began to count",
                        "WasHit: pids.max was hit 5 times since the kernel began to count");
    }

    @Test
    void saysWhenValuesAreWithinReason() throws IOException {
        proc.file("sys/net/ipv4/ip_local_reserved_ports", "40000-40099");
        proc.file("net/stat/nf_conntrack", "entries drop\n00000001 00000000");
        proc.file("cg/pids/a/b/pids.events", "max 0");
        assertThat(process().traps())
                .extracting(Trap::kind)
                .isSubsetOf(Trap.Kind.ListenerInRange); // this machine's own listeners
    }

    @Test
    void readingsComeInTheOrderOfTheTable() throws IOException {
        assertThat(Stream.of(process(), machine()))
                .allSatisfy(survey ->
                        assertThat(survey.readings()).extracting(Reading::limit).isSorted());
    }
}
