package dev.socketcapacity.agent.survey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.Reading;
import dev.socketcapacity.plan.Survey;
import dev.socketcapacity.plan.Survey.Subject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// On the real kernel: the test's own process, children whose numbers are known, and namespaces of their own.
class SurveyorOnRealKernelTest {

    private static final Path PROC = Path.of("/proc");
    private static final int PID = (int) ProcessHandle.current().pid();
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private final Surveyor surveyor = new Surveyor(PROC);
    private final List<Process> children = new ArrayList<>();

    /// A child ends when its input does, and what it has started in a namespace of its own ends with it.
    @AfterEach
    void endChildren() throws Exception {
        for (var child : children) {
            child.getOutputStream().close();
            if (!child.waitFor(10, TimeUnit.SECONDS)) {
                child.destroyForcibly();
            }
        }
    }

    /// Starts a program that prints a line when it is ready, and ends when its input does.
    private BufferedReader start(String... command) throws IOException {
        var child = new ProcessBuilder(command).redirectErrorStream(true).start();
        children.add(child);
        return child.inputReader(UTF_8);
    }

    private int pidOfChild() {
        return (int) children.getLast().pid();
    }

    private static List<Reading> readings(Survey survey, Limit limit) {
        return survey.readings().stream()
                .filter(reading -> reading.limit() == limit)
                .toList();
    }

    private static Reading reading(Survey survey, Limit limit) {
        assertThat(readings(survey, limit)).as("%s", survey.unseen()).hasSize(1);
        return readings(survey, limit).getFirst();
    }

    private static void requireRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "namespaces need root");
    }

    @Test
    void everyLimitOfTheMachineIsRead() throws IOException {
        var expected = EnumSet.allOf(Limit.class);
        // of a machine on which nobody but root runs anything, and no cgroup is limited
        expected.removeAll(EnumSet.of(Limit.TASKS_OF_USER, Limit.CGROUP_TASKS, Limit.CGROUP_MEMORY, Limit.BACKLOG));
        assertThat(surveyor.machine().readings()).extracting(Reading::limit).containsAll(expected);
    }

    @Test
    void itsOwnProcessIsReadAsItKnowsItself() throws IOException {
        var survey = surveyor.process(PID);
        assertThat(survey.subject()).isInstanceOfSatisfying(Subject.Process.class, subject -> {
            assertThat(subject.pid()).isEqualTo(PID);
            assertThat(subject.command()).isEqualTo("java");
            assertThat(subject.threads()).isGreaterThan(5);
            assertThat(subject.kernel()).isEqualTo(System.getProperty("os.version"));
        });
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            assertThat(reading(survey, Limit.MAX_MAP_COUNT).used().getAsLong()).isCloseTo(maps.count(), within(30L));
        }
        assertThat(reading(survey, Limit.MEMORY).used().getAsLong()).isPositive();
    }

    @Test
    void countsTheDescriptorsOfAChildAgainstItsOwnLimit() throws IOException {
        var ready = start(
                "prlimit",
                "--nofile=64:100",
                "bash",
                "-c",
                "for fd in {10..29}; do eval \"exec $fd</dev/null\"; done; echo ready; read end");
        assertThat(ready.readLine()).isEqualTo("ready");
        var survey = surveyor.process(pidOfChild());
        assertThat(reading(survey, Limit.DESCRIPTORS))
                .isEqualTo(Reading.of(Limit.DESCRIPTORS, "pid %d (bash)".formatted(pidOfChild()), 23, 64)
                        .upTo(100));
        assertThat(reading(surveyor.machine(), Limit.DESCRIPTORS).at())
                .as("no process here is closer to its limit")
                .isEqualTo("pid %d (bash)".formatted(pidOfChild()));
        assertThat(reading(survey, Limit.NR_OPEN).exempt()).hasValue("its own limit is lower");
    }

    @Test
    void readsQueueAndBacklogOfAListener() throws IOException {
        try (var listener = new ServerSocket(0, 5, LOOPBACK);
                var first = new Socket(LOOPBACK, listener.getLocalPort());
                var second = new Socket(LOOPBACK, listener.getLocalPort())) {
            assertThat(first.isConnected() && second.isConnected()).isTrue();
            assertThat(readings(surveyor.process(PID), Limit.BACKLOG))
                    .filteredOn(reading -> reading.at().equals("port " + listener.getLocalPort()))
                    .singleElement()
                    .satisfies(reading -> {
                        assertThat(reading.used()).hasValue(2);
                        assertThat(reading.max()).hasValue(6);
                        assertThat(reading.hits()).isPresent();
                    });
        }
    }

    @Test
    void countsTheWatchesOfItsEpollDescriptors() throws IOException {
        long before = reading(surveyor.process(PID), Limit.EPOLL_WATCHES).used().orElse(0);
        try (var selector = Selector.open();
                var listener = new ServerSocket(0, 50, LOOPBACK);
                var channels = new Channels()) {
            for (int i = 0; i < 40; i++) {
                channels.connect(listener.getLocalSocketAddress()).register(selector, 1);
            }
            selector.selectNow();
            assertThat(reading(surveyor.process(PID), Limit.EPOLL_WATCHES)
                            .used()
                            .getAsLong())
                    .as("other processes of this user come and go")
                    .isBetween(before + 30, before + 1000);
            assertThat(surveyor.process(PID).subject())
                    .isInstanceOfSatisfying(
                            Subject.Process.class,
                            subject -> assertThat(subject.sockets()).isGreaterThanOrEqualTo(41));
        }
    }

    @Test
    void countsThePortsOfTheBusiestWayInANamespaceOfItsOwn() throws Exception {
        requireRoot();
        var name = "sockcap-survey-" + PID;
        run("ip", "netns", "add", name);
        try (var network = NetworkNamespace.enter(Path.of("/run/netns", name));
                var channels = new Channels()) {
            run("ip", "-n", name, "link", "set", "lo", "up");
            network.call(() -> {
                write("/proc/sys/net/ipv4/ip_local_port_range", "40000 40099");
                write("/proc/sys/net/ipv4/ip_local_reserved_ports", "40010-40019");
                var listener = channels.listen(new InetSocketAddress("127.0.0.1", 8080));
                for (int i = 0; i < 30; i++) {
                    channels.connect(listener);
                }
                return null;
            });
            var ready = start(
                    "nsenter",
                    "--net=/run/netns/" + name,
                    "bash",
                    "-c",
                    "for fd in {20..24}; do eval \"exec $fd<>/dev/tcp/127.0.0.1/8080\"; done; echo ready; read end");
            assertThat(ready.readLine()).isEqualTo("ready");

            var survey = surveyor.process(pidOfChild());

            assertThat(reading(survey, Limit.PORT_RANGE))
                    .as("all connections of the namespace that way, of the ports that are not reserved")
                    .isEqualTo(Reading.of(Limit.PORT_RANGE, "127.0.0.1 to 127.0.0.1:8080", 35, 90));
            assertThat(reading(survey, Limit.RESERVED_PORTS).max()).hasValue(10);
            assertThat(survey.unseen()).isEmpty();
        } finally {
            run("ip", "netns", "delete", name);
        }
    }

    @Test
    void readsThePidMaxOfANamespaceThatItIsNotIn() throws IOException {
        requireRoot();
        var ready = start(
                "unshare",
                "--pid",
                "--fork",
                "--mount-proc",
                "--kill-child",
                "bash",
                "-c",
                "echo 1234 >/proc/sys/kernel/pid_max; sleep 100 & echo ready; read end");
        assertThat(ready.readLine()).isEqualTo("ready");
        var inner = readings(surveyor.process(grandchild()), Limit.PID_MAX);
        assertThat(inner).hasSize(2);
        assertThat(inner.getFirst().used()).hasValue(2);
        assertThat(inner.getFirst().max()).hasValue(1233);
        assertThat(inner.getLast().used().getAsLong()).isGreaterThan(2);
    }

    @Test
    void aFullPidNamespaceIsFullThoughNothingCanBeStartedInIt() throws IOException {
        requireRoot();
        var ready = start(
                "unshare",
                "--pid",
                "--fork",
                "--mount-proc",
                "--kill-child",
                "sh",
                "-c",
                "echo 301 >/proc/sys/kernel/pid_max; (while true; do sleep 100 & done) 2>/dev/null; echo ready; read end");
        assertThat(ready.readLine()).isEqualTo("ready");
        var inner = readings(surveyor.process(grandchild()), Limit.PID_MAX).getFirst();
        assertThat(inner.headroom()).hasValue(0);
        assertThat(inner.max().getAsLong()).isCloseTo(300, within(3L));
    }

    /// What unshare has forked.
    private int grandchild() {
        return (int) children.getLast().children().findFirst().orElseThrow().pid();
    }

    @Test
    void aUserWithoutRightsSeesWhatThereIsForAllAndIsToldTheRest() throws Exception {
        requireRoot();
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var output = start(
                "setpriv",
                "--reuid=65534",
                "--clear-groups",
                java,
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                SurveyPrinter.class.getName(),
                Integer.toString(PID));
        assertThat(output.lines().toList())
                .contains("unseen descriptors of pid %d (java): no right to look what they are, nor where its"
                                .formatted(PID)
                        + " connections lead")
                .contains("unseen vm.max_map_count: no right to read /proc/%d/maps".formatted(PID))
                .anyMatch(line -> line.matches("DESCRIPTORS pid %d \\(java\\) [1-9][0-9]* of [0-9]+".formatted(PID)))
                .anyMatch(line -> line.matches("SOMAXCONN network namespace [0-9]+ \\? of [0-9]+"));
    }

    /// Prints the survey of a process, a line for each thing.
    static final class SurveyPrinter {
        static void main(String[] arguments) throws IOException {
            var survey = new Surveyor(PROC).process(Integer.parseInt(arguments[0]));
            survey.readings()
                    .forEach(reading -> System.out.println("%s %s %s of %s"
                            .formatted(reading.limit(), reading.at(), text(reading.used()), text(reading.max()))));
            survey.unseen().forEach(line -> System.out.println("unseen " + line));
        }

        private static String text(OptionalLong number) {
            return number.isPresent() ? Long.toString(number.getAsLong()) : "?";
        }
    }

    /// Sockets that are closed together.
    private static final class Channels implements AutoCloseable {
        private final List<Channel> open = new ArrayList<>();

        SocketAddress listen(InetSocketAddress address) throws IOException {
            var listener = ServerSocketChannel.open();
            open.add(listener);
            return listener.bind(address, 100).getLocalAddress();
        }

        SocketChannel connect(SocketAddress address) throws IOException {
            var channel = SocketChannel.open(address);
            open.add(channel);
            channel.configureBlocking(false);
            return channel;
        }

        @Override
        public void close() throws IOException {
            for (var channel : open) {
                channel.close();
            }
        }
    }

    private static void write(String file, String text) {
        try (var channel = FileChannel.open(Path.of(file), StandardOpenOption.WRITE)) {
            channel.write(UTF_8.encode(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).as("%s", List.of(command)).isZero();
    }
}
