package dev.socketcapacity.agent.kernel;

import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.kernel.WriteWatch.Write;
import dev.socketcapacity.it.KernelLock;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// On the real kernel, in network namespaces of its own. A value that all of the machine shares is written as it is.
class WriteWatchTest {

    private static final String NAME =
            "sockcap-watch-" + ProcessHandle.current().pid();
    private static final String OTHER = NAME + "-other";
    private static final Procfs PROC = new Procfs(Path.of("/proc"));

    private static final String SOMAXCONN = "net.core.somaxconn";
    private static final String STAT_INTERVAL = "vm.stat_interval";
    private static final String OF_A_LINK = "net.ipv4.conf.late0.arp_ignore";

    /// What is heard before it was written before it.
    private static final String FENCE = "net.ipv4.ip_default_ttl";

    private static final Set<String> KEYS = Set.of(SOMAXCONN, OF_A_LINK, FENCE);
    private static final Set<String> WITH_KERNEL_WIDE = Set.of(SOMAXCONN, STAT_INTERVAL, FENCE);

    private static final int WRITES = 100;

    /// Of so many writers that end at once, how many must be named.
    private static final int NAMED_AT_LEAST = 80;

    private final BlockingQueue<Write> events = new LinkedBlockingQueue<>();
    private NetworkNamespace network;
    private WriteWatch watch;
    private Shell shell;

    @BeforeAll
    static void needsRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
    }

    @BeforeEach
    void start() throws Exception {
        command("ip", "netns", "add", NAME);
        command("ip", "netns", "add", OTHER);
        network = NetworkNamespace.enter(Path.of("/run/netns", NAME));
        shell = new Shell("ip", "netns", "exec", NAME);
        shell.run("exec 3> /proc/sys/net/ipv4/ip_default_ttl");
        watch = WriteWatch.start(PROC, network, KEYS, events::add);
    }

    @AfterEach
    void end() throws Exception {
        watch.close();
        shell.close();
        network.close();
        command("ip", "netns", "delete", NAME);
        command("ip", "netns", "delete", OTHER);
    }

    @Test
    void aWriterThatStaysIsAlwaysNamed() throws Exception {
        for (int i = 0; i < WRITES; i++) {
            shell.write(SOMAXCONN, 1_000 + i);
            assertThat(heard()).isNotEmpty().allSatisfy(write -> isBy(write, shell.pid(), "bash"));
        }
    }

    @Test
    void aWriterThatEndsAtOnceIsMostlyNamedAndNeverWrongly() throws Exception {
        var writers = new HashSet<Integer>();
        for (int i = 0; i < WRITES; i++) {
            var assignment = SOMAXCONN + "=" + (1_000 + i);
            var sysctl = new ProcessBuilder("ip", "netns", "exec", NAME, "sysctl", "-qw", assignment).start();
            assertThat(sysctl.waitFor()).isZero();
            writers.add(Math.toIntExact(sysctl.pid()));
        }
        var heard = heard();
        assertThat(pids(heard)).isEqualTo(writers);
        var named = heard.stream().filter(write -> write.command().isPresent()).toList();
        assertThat(named).allSatisfy(write -> assertThat(write.command()).contains("sysctl"));
        assertThat(pids(named)).hasSizeGreaterThanOrEqualTo(NAMED_AT_LEAST);
    }

    private static Set<Integer> pids(List<Write> writes) {
        return writes.stream().map(write -> write.pid().orElseThrow()).collect(toSet());
    }

    @Test
    void aShellInAnotherMountNamespaceIsHeard() throws Exception {
        try (var elsewhere = new Shell("ip", "netns", "exec", NAME, "unshare", "--mount")) {
            elsewhere.write(SOMAXCONN, 1_001);
            assertThat(heard()).isNotEmpty().allSatisfy(write -> isBy(write, elsewhere.pid(), "bash"));
        }
    }

    @Test
    void aWriteToWhatTheWholeKernelSharesIsHeardFromAnyNamespace() throws Exception {
        watch.close();
        watch = WriteWatch.start(PROC, network, WITH_KERNEL_WIDE, events::add);
        try (var elsewhere = new Shell("ip", "netns", "exec", OTHER)) {
            elsewhere.write(STAT_INTERVAL, PROC.read(Procfs.setting(STAT_INTERVAL)));
            assertThat(heard()).anySatisfy(write -> {
                assertThat(write.key()).isEqualTo(STAT_INTERVAL);
                assertThat(write.pid()).hasValue(elsewhere.pid());
            });
        }
    }

    @Test
    void anotherNetworkNamespacesWriteIsNotOurs() throws Exception {
        try (var elsewhere = new Shell("ip", "netns", "exec", OTHER)) {
            elsewhere.write(SOMAXCONN, 1_001);
            assertThat(heard()).isEmpty();
        }
    }

    @Test
    void aWriteThatTheKernelRefusesIsHeard() throws Exception {
        assertThat(shell.run("echo -1 > /proc/sys/net/core/somaxconn")).contains("Invalid argument");
        assertThat(heard()).isNotEmpty().allSatisfy(write -> isBy(write, shell.pid(), "bash"));
    }

    @Test
    void ourOwnWritesAreNotTold() throws Exception {
        assertThat(new Sysctls(PROC, network).write(SOMAXCONN, "1001").holds()).contains("1001");
        assertThat(heard()).isEmpty();
    }

    @Test
    void writesToOtherFilesAreNotTold() throws Exception {
        shell.run("echo 0x33 > /proc/self/coredump_filter; echo 50 > /proc/sys/net/ipv4/tcp_fin_timeout");
        assertThat(heard()).isEmpty();
    }

    @Test
    void aSettingThatComesLaterAndComesAnewIsHeard() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(shell.run("ip link add late0 type veth peer name late1")).isEmpty();
            shell.write(OF_A_LINK, 1);
            assertThat(heard()).extracting(Write::key).containsOnly(OF_A_LINK);
            assertThat(shell.run("ip link delete late0")).isEmpty();
        }
    }

    @Test
    void everySettingIsToldWhereEventsWereDropped() throws Exception {
        watch.close();
        var released = new CountDownLatch(1);
        watch = startWithQueueOfOne(write -> {
            await(released);
            events.add(write);
        });
        for (var key : List.of(SOMAXCONN, "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_time")) {
            shell.write(key, 1_000);
        }
        released.countDown();
        var told = new HashSet<String>();
        while (!told.equals(KEYS)) {
            var write = next();
            if (write.pid().isEmpty()) {
                told.add(write.key());
            }
        }
    }

    /// How many events a queue takes is settled when it is made.
    private WriteWatch startWithQueueOfOne(Consumer<Write> listener) throws IOException {
        var sysctls = new Sysctls(PROC, network);
        var key = "fs.fanotify.max_queued_events";
        try (var _ = KernelLock.take()) {
            var found = sysctls.read(key).orElseThrow();
            try {
                sysctls.write(key, "1");
                return WriteWatch.start(PROC, network, KEYS, listener);
            } finally {
                sysctls.write(key, found);
            }
        }
    }

    @Test
    void whereTheKernelNamesNoWriterWritesAreHeardAllTheSame() throws Exception {
        watch.close();
        watch = new WriteWatch(Inotify.watch(PROC, network, WITH_KERNEL_WIDE), events::add);
        assertThat(watch.namesWriters()).isFalse();
        shell.write(SOMAXCONN, 1_001);
        shell.write(STAT_INTERVAL, PROC.read(Procfs.setting(STAT_INTERVAL)));
        try (var elsewhere = new Shell("ip", "netns", "exec", OTHER)) {
            elsewhere.write(FENCE, 63);
        }
        assertThat(heard())
                .allSatisfy(write -> {
                    assertThat(write.pid()).isEmpty();
                    assertThat(write.command()).isEmpty();
                })
                .extracting(Write::key)
                .containsOnly(SOMAXCONN, STAT_INTERVAL);
    }

    @Test
    void noDescriptorStaysOpen() throws Exception {
        try (var elsewhere = new Shell("ip", "netns", "exec", OTHER)) {
            watch.close();
            var before = descriptors();
            watch = WriteWatch.start(PROC, network, KEYS, events::add);
            for (int i = 0; i < WRITES; i++) {
                shell.write(SOMAXCONN, 1_000 + i);
                elsewhere.write(SOMAXCONN, 1_000 + i);
            }
            assertThat(heard()).isNotEmpty();
            watch.close();
            // what earlier tests left open may be collected meanwhile
            assertThat(before).containsAll(descriptors());
        }
    }

    /// The number of each that is open, and what it is; but for the one that this takes.
    private static List<String> descriptors() throws IOException {
        var open = new ArrayList<String>();
        for (var number : new File("/proc/self/fd").list()) {
            var link = Path.of("/proc/self/fd", number);
            if (Files.isSymbolicLink(link)) {
                open.add(number + " " + Files.readSymbolicLink(link));
            }
        }
        return open;
    }

    private static void isBy(Write write, int pid, String command) {
        assertThat(write.key()).isEqualTo(SOMAXCONN);
        assertThat(write.pid()).hasValue(pid);
        assertThat(write.command()).contains(command);
    }

    /// All writes so far. The fence's file is kept open, so that it makes one event.
    private List<Write> heard() throws Exception {
        shell.run("echo 64 >&3");
        var writes = new ArrayList<Write>();
        for (var write = next(); !write.key().equals(FENCE); write = next()) {
            writes.add(write);
        }
        return writes;
    }

    private Write next() throws InterruptedException {
        return Optional.ofNullable(events.poll(10, SECONDS)).orElseThrow(() -> new AssertionError("nothing is heard"));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void command(String... words) throws Exception {
        assertThat(new ProcessBuilder(words).inheritIO().start().waitFor())
                .as(() -> String.join(" ", words))
                .isZero();
    }
}
