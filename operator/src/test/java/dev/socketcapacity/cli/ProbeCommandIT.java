package dev.socketcapacity.cli;

import static dev.socketcapacity.agent.probe.NodeAndPod.POD_IPV4;
import static dev.socketcapacity.agent.probe.NodeAndPod.POD_IPV6;
import static dev.socketcapacity.cli.SockcapCommand.sockcap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.probe.MemoryCgroup;
import dev.socketcapacity.agent.probe.NodeAndPod;
import dev.socketcapacity.cli.SockcapCommand.Result;
import dev.socketcapacity.it.Command;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// `sockcap probe` on the real kernel, in network namespaces of its own.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ProbeCommandIT {

    private static final String PROGRAM =
            SockcapCommand.IMAGE.resolve("bin/sockcap").toString();
    private static final Duration PROMPTLY = Duration.ofSeconds(5);

    private NodeAndPod machines;

    @BeforeAll
    static void needsRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
    }

    @BeforeEach
    void create() {
        machines = NodeAndPod.create();
        machines.onNode("ip", "link", "set", "lo", "up");
    }

    @AfterEach
    void delete() {
        machines.close();
    }

    private List<String> onNode() {
        return List.of("nsenter", "--net=" + machines.nodePath(), "env", "--default-signal=INT");
    }

    private Result probe(String... arguments) {
        return probe(onNode(), arguments);
    }

    private static Result probe(List<String> by, String... arguments) {
        var words = Stream.concat(Stream.of("probe"), Stream.of(arguments)).toArray(String[]::new);
        return sockcap(by, PROGRAM, words);
    }

    private static Process start(List<String> by, String... arguments) throws IOException {
        var command = new ArrayList<>(by);
        command.addAll(List.of(PROGRAM, "probe"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).start();
    }

    private void awaitSocketsOnNode(int number) {
        await().atMost(Duration.ofMinutes(1)).until(() -> machines.socketsOnNode() >= number);
    }

    private void assertThatNothingIsLeft() {
        await().atMost(PROMPTLY)
                .untilAsserted(() -> assertThat(List.of(machines.socketsOnNode(), machines.socketsInPod()))
                        .containsExactly(0, 0));
        assertThat(machines.timeWaits()).isZero();
    }

    @Test
    void whatIsAskedForIsHeldAndToldWithItsFigures() {
        var ran = probe("--connections", "3000", "--output", "json");

        assertThat(ran.status()).as("%s", ran).isEqualTo(Sockcap.HOLDS);
        var report = ran.json();
        assertThat(report.at("/outcome").textValue()).isEqualTo("Held");
        assertThat(report.at("/held").intValue()).isEqualTo(3_000);
        assertThat(report.at("/latency/median").doubleValue())
                .isPositive()
                .isLessThanOrEqualTo(report.at("/latency/max").doubleValue());
        assertThat(report.at("/samples").size()).isBetween(2, 60);
        assertThat(report.at("/samples")
                        .get(report.at("/samples").size() - 1)
                        .at("/connections")
                        .intValue())
                .isEqualTo(3_000);
        assertThat(report.at("/cause").isNull()).isTrue();
        assertThat(report.at("/computed/connections").longValue()).isGreaterThan(3_000);
        assertThatNothingIsLeft();
    }

    @Test
    void whatIsHeldTheKernelCountsAsWell() throws IOException {
        var probe = start(onNode(), "--connections", "2000", "--destinations", "1", "--hold", "600");
        try {
            awaitSocketsOnNode(2 * 2_000);
            await().during(Duration.ofMillis(500)).until(() -> machines.socketsOnNode() == 2 * 2_000 + 1);
        } finally {
            probe.destroy();
        }
    }

    @Test
    void oneTableShowsTheLimitOfOneProcess() {
        var by = new ArrayList<>(onNode());
        by.addAll(List.of("prlimit", "--nofile=5000"));
        var ran = probe(by, "-c", "5000", "--tables", "1", "-o", "json");

        assertThat(ran.status()).as("%s", ran).isEqualTo(Sockcap.FALLS_SHORT);
        var report = ran.json();
        assertThat(report.at("/cause/limit").textValue()).isEqualTo("RLIMIT_NOFILE");
        assertThat(report.at("/cause/evidence").textValue()).contains("RLIMIT_NOFILE is 5000");
        assertThat(report.at("/held").intValue()).isCloseTo(5_000 / 2, withinPercentage(1));
        assertThat(report.at("/computed/connections").intValue())
                .isCloseTo(report.at("/held").intValue(), withinPercentage(1));
        assertThat(report.at("/fix/service").textValue()).contains("LimitNOFILE=10000");
        assertThat(report.at("/next/limit").isTextual()).isTrue();
    }

    @Test
    void oneDestinationShowsThePorts() {
        machines.onNode("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40999");
        var ran = probe("-c", "3000", "--destinations", "1", "-o", "json");

        assertThat(ran.status()).as("%s", ran).isEqualTo(Sockcap.FALLS_SHORT);
        var report = ran.json();
        assertThat(report.at("/cause/name").textValue()).isEqualTo("ports");
        assertThat(report.at("/cause/limit").textValue()).isEqualTo("net.ipv4.ip_local_port_range");
        assertThat(report.at("/held").intValue()).isCloseTo(1_000, withinPercentage(1));
        assertThat(report.at("/computed/connections").intValue()).isEqualTo(1_000);
        assertThatNothingIsLeft();
    }

    @Test
    void aRateIsKept() {
        var report = probe("-c", "500", "--rate", "500", "-o", "json").json();
        assertThat(report.at("/perSecond").intValue()).isBetween(100, 550);
    }

    @Test
    void moreThanTheMachineHasRoomForIsRefusedBeforehand() {
        assertThat(probe("-c", "16777216").refusal(Sockcap.FALLS_SHORT)).contains("has room for", "not for 16777216");
    }

    @Test
    void aTerminalIsShownAPicture() {
        var ran = Command.run(
                "env",
                "LC_ALL=C.UTF-8",
                "script",
                "-qec",
                String.join(" ", onNode()) + " " + PROGRAM + " probe -c 2000",
                "/dev/null");
        assertThat(ran.succeeds()).contains("connections", "┤", "█", "median").doesNotContain("?");
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143", "KILL, 137"})
    void whoeverEndsItNothingIsLeft(String signal, int status) throws Exception {
        var probe = start(onNode(), "-c", "3000", "--hold", "600");
        awaitSocketsOnNode(2 * 3_000);
        Command.run("kill", "-" + signal, Long.toString(probe.pid())).succeeds();

        assertThat(probe.waitFor()).isEqualTo(status);
        assertThatNothingIsLeft();
        if (!signal.equals("KILL")) {
            assertThat(new String(probe.getErrorStream().readAllBytes()))
                    .containsPattern("interrupted: \\d+ of 3000 connections were held, and none is left");
        }
    }

    /// So that one is left to tell when the kernel kills the other.
    @Test
    void whereACgroupBoundsTheMemoryAnotherProcessHoldsThemAndEndsWithThisOne() throws Exception {
        try (var cgroup = MemoryCgroup.create(512 << 20)) {
            var probe = start(cgroup.entering(onNode()), "-c", "3000", "--hold", "600");
            awaitSocketsOnNode(2 * 3_000);
            var children = probe.descendants().toList();
            probe.destroyForcibly().waitFor();

            assertThat(children).isNotEmpty();
            await().atMost(PROMPTLY).until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
            assertThatNothingIsLeft();
        }
    }

    @Test
    void aNamespaceThatVanishesMeanwhileChangesNothing() throws Exception {
        var probe = start(onNode(), "-c", "1000", "--hold", "3");
        awaitSocketsOnNode(2 * 1_000);
        machines.close();

        assertThat(probe.waitFor()).isEqualTo(Sockcap.HOLDS);
    }

    static Stream<InetAddress> families() {
        return Stream.of(POD_IPV4, POD_IPV6);
    }

    @ParameterizedTest
    @MethodSource("families")
    void oneMachineServesAndAnotherConnects(InetAddress address) throws Exception {
        try (var server = Server.start(machines, address)) {
            var ran = probe("connect", server.address, "-c", "3000", "-o", "json");

            assertThat(ran.status()).as("%s", ran).isEqualTo(Sockcap.HOLDS);
            assertThat(ran.json().at("/held").intValue()).isEqualTo(3_000);
            assertThat(ran.json().at("/path").textValue()).isEqualTo("the network");
            await().atMost(PROMPTLY).until(() -> machines.socketsInPod() == 1);
            assertThat(server.end()).contains("3000 were accepted, up to ", "; none is left");
        }
        assertThatNothingIsLeft();
    }

    @Test
    void aServerHoldsMoreThanOneProcessMayOpen() throws Exception {
        try (var server = Server.start(machines, POD_IPV4)) {
            assertThat(probe("connect", server.address, "-c", "9000").status()).isEqualTo(Sockcap.HOLDS);
        }
    }

    @Test
    void whereNobodyListensThatIsSaid() {
        var ran = probe("connect", POD_IPV4.getHostAddress() + ":7475", "-c", "10", "-o", "json");

        assertThat(ran.status()).isEqualTo(Sockcap.FALLS_SHORT);
        assertThat(ran.json().at("/cause/name").textValue()).isEqualTo("nobody-listens");
        assertThat(ran.json().at("/held").intValue()).isZero();
    }

    @Test
    void aServerThatIsGoneIsNoticed() throws Exception {
        try (var server = Server.start(machines, POD_IPV4)) {
            var probe = start(onNode(), "connect", server.address, "-c", "500", "--hold", "5");
            awaitSocketsOnNode(500);
            server.process.destroyForcibly().waitFor();

            assertThat(probe.waitFor()).isNotEqualTo(Sockcap.HOLDS);
            assertThatNothingIsLeft();
        }
    }

    /// `sockcap probe serve` in the pod, which may open few files.
    private record Server(Process process, String address) implements AutoCloseable {

        private static final int DESCRIPTORS = 5_000;

        static Server start(NodeAndPod machines, InetAddress address) throws IOException {
            var host = address.getHostAddress();
            var listen = (host.contains(":") ? "[%s]:0" : "%s:0").formatted(host);
            var process = ProbeCommandIT.start(
                    machines.inPod(DESCRIPTORS, List.of("env", "--default-signal=INT")), "serve", "--listen", listen);
            var said = process.inputReader().readLine();
            assertThat(said).startsWith("Listening at ");
            return new Server(process, said.split("[ ,]+")[2]);
        }

        /// What it says when it is interrupted.
        String end() throws Exception {
            Command.run("kill", "-INT", Long.toString(process.pid())).succeeds();
            assertThat(process.waitFor()).isEqualTo(Sockcap.INTERRUPTED);
            return process.inputReader().readAllAsString();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
