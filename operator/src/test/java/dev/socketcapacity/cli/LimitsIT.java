package dev.socketcapacity.cli;

import static dev.socketcapacity.cli.SockcapCommand.sockcap;
import static dev.socketcapacity.cli.Stage.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.it.Command;
import dev.socketcapacity.it.MachineUse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Programs that really run into a limit of this kernel, and what `sockcap doctor` says of them.
///
/// Some limits are of the whole kernel: each is lowered while its program runs, and never below what is in use.
@Isolated("it lowers values of the whole kernel")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LimitsIT {

    private static final Procfs PROC = new Procfs(Path.of("/proc"));
    private static final Path HIT = Path.of("target/hit").toAbsolutePath();

    /// Nobody's on this machine, so that what counts is the program's alone.
    private static final String USER = "65534";

    private static final String PORT = "8080";
    private static final long AS_MANY_AS_IT_GETS = Long.MAX_VALUE;

    @BeforeAll
    static void build() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "namespaces and kernel-wide values need root");
        for (var needed : List.of("cc=gcc", "nft=nftables", "ip=iproute2", "prlimit=util-linux")) {
            var name = needed.split("=");
            assertThat(Command.run("sh", "-c", "command -v " + name[0]).status())
                    .as("These tests need %s: install what Debian calls %s", name[0], name[1])
                    .isZero();
        }
        MachineUse.forEachProcess(LimitsIT::isNoKubelet);
        Command.run(
                        "cc",
                        "-std=gnu17",
                        "-O2",
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        "-pthread",
                        "src/test/c/hit.c",
                        "-o",
                        HIT.toString())
                .succeeds();
    }

    private static void isNoKubelet(String pid) throws IOException {
        if (PROC.read(pid + "/comm").strip().equals("kubelet")) {
            fail("A kubelet runs here, process %s: these tests lower values of the kernel that it shares", pid);
        }
    }

    /// A way into a limit.
    ///
    /// @param limit   its name
    /// @param errno   what the program is told
    /// @param counter the figure of the report that must agree with the program's own count
    /// @param reaches about how far the program comes, or further
    private record Case(String limit, String errno, String counter, long reaches, Way way) {}

    private interface Way {
        /// @param most where the program ends if nobody refuses it more
        Subject go(Stage stage, long most) throws IOException;
    }

    /// @param pid     the process to look at
    /// @param program the one that counts: the same, except where the other one only waits to be called
    /// @param max     the limit
    private record Subject(long pid, HeldProgram program, long max) {

        static Subject of(HeldProgram program, long max) {
            return new Subject(program.pid(), program, max);
        }
    }

    static Stream<Arguments> limits() {
        return Stream.of(
                limit("RLIMIT_NOFILE", "EMFILE", "/sockets/open", 4_000, LimitsIT::descriptors),
                limit("fs.nr_open", "EMFILE", "/sockets/open", 8_192, LimitsIT::descriptorsOfAnyProcess),
                limit("fs.file-max", "ENFILE", "/sockets/open", 15_000, LimitsIT::filesOfAUser),
                limit(
                        "net.ipv4.ip_local_port_range",
                        "EADDRNOTAVAIL",
                        "/sockets/open",
                        1_000,
                        LimitsIT::portsToOneDestination),
                limit("vm.max_map_count", "EAGAIN", "/threads/running", 4_988, LimitsIT::mapsOfCThreads),
                limit("vm.max_map_count", "EAGAIN", "/threads/running", 4_900, LimitsIT::mapsOfJavaThreads),
                limit("kernel.pid_max", "EAGAIN", "/threads/running", 1_998, LimitsIT::processNumbers),
                limit("pids.max", "EAGAIN", "/threads/running", 499, LimitsIT::threadsOfACgroup),
                limit(
                        "net.netfilter.nf_conntrack_max",
                        "ETIMEDOUT",
                        "/binding/used",
                        1_000,
                        LimitsIT::trackedConnections),
                limit("listen backlog", "ETIMEDOUT", "/binding/used", 201, LimitsIT::connectionsThatWait),
                limit("fs.epoll.max_user_watches", "ENOSPC", "/binding/used", 4_000, LimitsIT::epollWatches));
    }

    private static Arguments limit(String limit, String errno, String counter, long reaches, Way way) {
        return Arguments.argumentSet(limit, new Case(limit, errno, counter, reaches, way));
    }

    private static Subject descriptors(Stage stage, long most) throws IOException {
        return Subject.of(stage.start(List.of("prlimit", "--nofile=4000"), hit("sockets", most)), 4_000);
    }

    /// The table of descriptors is what counts here: an own limit above this one is what many programs have.
    private static Subject descriptorsOfAnyProcess(Stage stage, long most) throws IOException {
        stage.lower("sys/fs/nr_open", 8_192, MachineUse.descriptors());
        return Subject.of(stage.start(List.of(), hit("sockets", most)), 8_192);
    }

    private static Subject filesOfAUser(Stage stage, long most) throws IOException {
        var inUse = MachineUse.openFiles();
        var max = inUse + 15_000;
        stage.lower("sys/fs/file-max", max, inUse);
        return Subject.of(stage.start(List.of(), hitAsUser("sockets", most)), max);
    }

    private static Subject portsToOneDestination(Stage stage, long most) throws IOException {
        var network = stage.network();
        stage.start(network, hit("acceptor", PORT));
        var narrow = shell("echo 30000 30999 >/proc/sys/net/ipv4/ip_local_port_range");
        return Subject.of(stage.start(and(network, narrow), hit("connections", PORT, most)), 1_000);
    }

    private static Subject mapsOfCThreads(Stage stage, long most) throws IOException {
        stage.lower("sys/vm/max_map_count", 10_000, MachineUse.maps());
        return Subject.of(stage.start(List.of(), hit("threads", most)), 10_000);
    }

    private static Subject mapsOfJavaThreads(Stage stage, long most) throws IOException {
        stage.lower("sys/vm/max_map_count", 10_000, MachineUse.maps());
        var java = List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:ErrorFile=/dev/null", // what the JVM would leave behind when it ends without a map to spare
                "-cp",
                "target/test-classes",
                ThreadsUntilRefused.class.getName());
        return Subject.of(stage.start(java, List.of(Long.toString(most))), 10_000);
    }

    private static Subject processNumbers(Stage stage, long most) throws IOException {
        var namespace = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
        var few = shell("echo 2000 >/proc/sys/kernel/pid_max");
        return Subject.of(stage.start(and(namespace, few), hit("threads", most)), 1_999); // numbers are below it
    }

    private static Subject threadsOfACgroup(Stage stage, long most) throws IOException {
        return Subject.of(stage.start(stage.cgroup(500), hit("threads", most)), 500);
    }

    private static Subject trackedConnections(Stage stage, long most) throws IOException {
        var network = stage.network();
        // Without a rule that asks for the state of a connection nothing is tracked.
        Command.run(and(
                                network,
                                List.of(
                                        "nft",
                                        "add table inet t; add chain inet t in { type filter hook input priority 0; };"
                                                + " add rule inet t in ct state established accept"))
                        .toArray(String[]::new))
                .succeeds();
        stage.start(network, hit("acceptor", PORT));
        stage.lower("sys/net/netfilter/nf_conntrack_max", 1_000, MachineUse.trackedConnections());
        return Subject.of(stage.start(network, hit("connections", PORT, most)), 1_000);
    }

    private static Subject connectionsThatWait(Stage stage, long most) throws IOException {
        var network = stage.network();
        var listener = stage.start(network, hit("listener", PORT, 200));
        return new Subject(
                listener.pid(),
                stage.start(network, hit("connections", PORT, most)),
                201); // one more than listen() asks for
    }

    private static Subject epollWatches(Stage stage, long most) throws IOException {
        var inUse = MachineUse.epollWatches();
        var max = inUse + 4_000;
        stage.lower("sys/fs/epoll/max_user_watches", max, inUse);
        return Subject.of(stage.start(List.of(), hitAsUser("watches", most)), max);
    }

    private static List<String> hit(Object... arguments) {
        return Stream.concat(Stream.of(HIT), Stream.of(arguments))
                .map(Object::toString)
                .toList();
    }

    private static List<String> hitAsUser(Object... arguments) {
        return Stream.concat(Stream.of(HIT, "-u", USER), Stream.of(arguments))
                .map(Object::toString)
                .toList();
    }

    private static List<String> and(List<String> first, List<String> then) {
        return Stream.of(first, then).flatMap(List::stream).toList();
    }

    @ParameterizedTest
    @MethodSource("limits")
    void namesTheLimitThatAProcessHasHit(Case expected) throws IOException {
        try (var stage = new Stage()) {
            var subject = expected.way.go(stage, AS_MANY_AS_IT_GETS);
            assertThat(subject.program.errno()).isEqualTo(expected.errno);
            assertThat(subject.program.reached()).isGreaterThan(expected.reaches * 9 / 10);

            var ran = doctor(subject);
            var report = ran.json();
            assertThat(report.at("/binding/limit").textValue()).as("%s", ran).isEqualTo(expected.limit);
            assertThat(report.at("/stuck").booleanValue()).as("%s", ran).isTrue();
            assertThat(report.at("/binding/max").longValue()).as("%s", ran).isEqualTo(subject.max);
            assertThat(report.at("/binding/used").longValue())
                    .as("%s", ran)
                    .isCloseTo(subject.max, withinPercentage(1));
            assertThat(report.at(expected.counter).longValue())
                    .as("%s in %s", expected.counter, ran)
                    .isCloseTo(subject.program.reached(), withinPercentage(1));
            assertThat(report.at("/evidence").textValue())
                    .as("%s", ran)
                    .contains(report.at("/binding/used").asText());
            assertThat(report.at("/fix")).as("%s", ran).anyMatch(JsonNode::isTextual);
            assertThat(ran.status()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void saysThatAProcessHalfWayToTheLimitIsNotStuck(Case expected) throws IOException {
        try (var stage = new Stage()) {
            var subject = expected.way.go(stage, expected.reaches / 2);
            assertThat(subject.program.errno()).isEqualTo("none");

            var ran = doctor(subject);
            assertThat(ran.json().at("/stuck").booleanValue()).as("%s", ran).isFalse();
            assertThat(ran.status()).isZero();
        }
    }

    private static SockcapCommand.Result doctor(Subject subject) {
        return sockcap("doctor", "--pid", Long.toString(subject.pid), "--output", "json");
    }
}
