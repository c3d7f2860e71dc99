package dev.socketcapacity.agent;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Refusal;
import dev.socketcapacity.agent.kernel.Sysctls;
import dev.socketcapacity.it.Command;
import dev.socketcapacity.it.KernelLock;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.Limit.Beyond;
import dev.socketcapacity.plan.PortRange;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Setting;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What the table of limits claims is what this kernel does: each setting is written at the ends of its range, one step
/// beyond, and put back.
///
/// What a namespace has is tried in one of the test's own, at both ends. What the whole kernel has is never set lower
/// than it is, so there it is the present value and the upper end. The file that puts it back is open beforehand: no
/// file could be opened under a wrong `fs.file-max` or `fs.nr_open`.
class SettingBoundsIT {

    private static final Path PROC = Path.of("/proc");
    private static final Procfs PROCFS = new Procfs(PROC);
    private static final String NAME =
            "sockcap-bounds-" + ProcessHandle.current().pid();

    /// The largest hash takes 2 GiB of memory while it is there.
    private static final long MEMORY_FOR_THE_LARGEST_HASH = 6L << 30;

    private static KernelLock lock;
    private static Kernel machine;
    private static Kernel network;
    private static PidNamespace processes;

    private record Written(String holds, Optional<String> refusal) {}

    /// Where settings are read and written.
    private interface Place {

        Optional<String> read(String key) throws IOException;

        Written write(String key, String text) throws IOException;

        WayBack wayBack(String key) throws IOException;
    }

    /// Puts back what was there when it was made.
    private interface WayBack extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    private interface Attempt {
        void on(Place place, String found) throws IOException;
    }

    @BeforeAll
    static void makeNamespaces() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "namespaces need root");
        lock = KernelLock.take();
        machine = Kernel.in(PROC.resolve("self/ns/net"));
        assumeTrue(
                machine.read(Limit.NETDEV_BACKLOG.key()).isPresent(), "the kernel's own values need its own network");
        Command.run("ip", "netns", "add", NAME).succeeds();
        network = Kernel.in(Path.of("/run/netns", NAME));
        // Else the range of ports must not begin below it.
        assertThat(network.write(Limit.UNPRIVILEGED_PORT_START.key(), "0").refusal())
                .isEmpty();
        processes = new PidNamespace();
    }

    @AfterAll
    static void removeNamespaces() throws IOException {
        if (processes != null) {
            processes.close();
        }
        if (network != null) {
            network.close();
            Command.run("ip", "netns", "delete", NAME).succeeds();
        }
        if (machine != null) {
            machine.close();
        }
        if (lock != null) {
            lock.close();
        }
    }

    private static Place place(Setting setting) throws IOException {
        return switch (setting.scope()) {
            case KERNEL -> machine;
            case NODE_NETWORK -> network;
            case NODE_PROCESSES -> {
                assumeTrue(hasPidMaxForEachNamespace(), "the lowest kernel.pid_max would be the machine's");
                yield processes;
            }
        };
    }

    private static boolean hasPidMaxForEachNamespace() throws IOException {
        var release = machine.read("kernel.osrelease").orElseThrow().split("[.-]");
        return Arrays.compare(new int[] {Integer.parseInt(release[0]), Integer.parseInt(release[1])}, new int[] {6, 14})
                >= 0;
    }

    private static Path file(String key) {
        return PROC.resolve("sys", key.replace('.', '/'));
    }

    private static void attempt(Place place, String key, Attempt attempt) throws IOException {
        var found = place.read(key).orElseThrow();
        try (var _ = place.wayBack(key)) {
            attempt.on(place, found);
        }
        assertThat(place.read(key)).as("%s is as it was", key).contains(found);
    }

    @ParameterizedTest
    @EnumSource
    void takesTheEndsOfItsRange(Setting setting) throws IOException {
        attempt(place(setting), setting.key(), (place, found) -> {
            for (var end : ends(setting, found)) {
                var written = place.write(setting.key(), end);
                assertThat(written.refusal()).as(end).isEmpty();
                assertThat(setting.shape().parse(written.holds()))
                        .isEqualTo(setting.shape().parse(end));
            }
        });
    }

    private static List<String> ends(Setting setting, String found) throws IOException {
        return switch (setting.shape()) {
            case RANGE -> List.of(setting.limit().min() + " " + setting.max());
            case PORTS -> List.of(setting.limit().min() + "-" + setting.max(), "");
            case AMOUNT ->
                List.of(
                        setting.scope() == Setting.Scope.KERNEL
                                ? found
                                : Long.toString(setting.limit().min()),
                        Long.toString(most(setting)));
        };
    }

    /// On a machine without room for the largest hash, one of 64 MiB stands in for it.
    private static long most(Setting setting) throws IOException {
        var isTooLarge = setting == Setting.CONNTRACK_BUCKETS
                && new Host(PROCFS).memory().free() < MEMORY_FOR_THE_LARGEST_HASH;
        return isTooLarge ? 8L << 20 : setting.max();
    }

    @ParameterizedTest
    @EnumSource
    void refusesOneStepBeyondAndKeepsWhatItHas(Setting setting) throws IOException {
        attempt(place(setting), setting.key(), (place, found) -> {
            for (var beyond : beyond(setting)) {
                var written = place.write(setting.key(), beyond);
                assertThat(written.refusal())
                        .as(beyond)
                        .contains(refusal(setting.limit().beyond()));
                assertThat(written.holds()).as(beyond).isEqualTo(found);
            }
        });
    }

    private static List<String> beyond(Setting setting) {
        var below = setting.limit().min() - 1;
        var above = BigInteger.valueOf(setting.max()).add(BigInteger.ONE);
        return switch (setting.shape()) {
            case RANGE -> List.of(below + " " + setting.max(), setting.limit().min() + " " + above);
            case PORTS -> List.of(Long.toString(below), above.toString());
            case AMOUNT ->
                setting.scope() == Setting.Scope.KERNEL
                        ? List.of(above.toString())
                        : List.of(Long.toString(below), above.toString());
        };
    }

    private static String refusal(Beyond beyond) {
        return switch (beyond) {
            case REFUSED, HALF_APPLIED -> "Invalid argument";
            case NO_MEMORY -> "Cannot allocate memory";
            case FORBIDDEN, CLAMPED, UNBOUNDED, FIXED -> throw new AssertionError("no setting is " + beyond);
        };
    }

    @Test
    void theHashIsRoundedUpToWholePages() throws IOException {
        attempt(machine, Setting.CONNTRACK_BUCKETS.key(), (place, found) -> {
            var asked = Long.parseLong(found) + 1;
            var written = place.write(Setting.CONNTRACK_BUCKETS.key(), Long.toString(asked));
            assertThat(written.refusal()).isEmpty();
            assertThat(Long.parseLong(written.holds()) * Long.BYTES % 4_096).isZero();
            assertThat(Long.parseLong(written.holds())).isBetween(asked, asked + 8_191);
        });
    }

    @Test
    void aRangeOfOneNumberChangesTheLowEndOnly() throws IOException {
        attempt(network, Setting.PORT_RANGE.key(), (place, found) -> {
            var written = place.write(Setting.PORT_RANGE.key(), "50001");
            assertThat(written.refusal()).isEmpty();
            assertThat(PortRange.parse(written.holds()))
                    .isEqualTo(new PortRange(50_001, PortRange.parse(found).last()));
        });
    }

    @Test
    void aNumberTooManyIsNotTakenAndThatIsSaid() throws IOException {
        attempt(network, Setting.PORT_RANGE.key(), (place, _) -> {
            var written = place.write(Setting.PORT_RANGE.key(), "1024 65535 7");
            assertThat(written.refusal()).contains("the kernel took 11 of 12 characters");
            assertThat(PortRange.parse(written.holds())).isEqualTo(new PortRange(1_024, 65_535));
        });
    }

    @Test
    void aListBeyondOneWriteIsCutBetweenPortsAndThatIsSaid() throws IOException {
        var odd = new PortSet(IntStream.range(0, 3_000)
                .map(i -> 2 * i + 1)
                .mapToObj(port -> new PortRange(port, port))
                .toList());
        attempt(network, Setting.RESERVED_PORTS.key(), (place, _) -> {
            var written = place.write(Setting.RESERVED_PORTS.key(), odd.text());
            assertThat(written.refusal())
                    .hasValueSatisfying(why -> assertThat(why)
                            .matches("the kernel took 40\\d\\d of %d characters"
                                    .formatted(odd.text().length())));
            var held = PortSet.parse(written.holds());
            assertThat(odd.covers(held)).isTrue();
            assertThat(held.size()).isBetween(1, odd.size() - 1);
        });
    }

    static Stream<Limit> halfApplied() {
        return Stream.of(Limit.values()).filter(limit -> limit.beyond() == Beyond.HALF_APPLIED);
    }

    /// Raises the first of three numbers by one.
    @ParameterizedTest
    @MethodSource("halfApplied")
    void aVectorThatIsRefusedIsHalfApplied(Limit limit) throws IOException {
        attempt(machine, limit.key(), (place, found) -> {
            var first = Long.parseLong(found.split("\\s+")[0]) + 1;
            var written = place.write(limit.key(), first + " -1");
            assertThat(written.refusal()).contains(refusal(limit.beyond()));
            assertThat(written.holds()).isEqualTo(found.replaceFirst("\\d+", Long.toString(first)));
        });
    }

    static Stream<Limit> files() {
        return Arrays.stream(Limit.values()).filter(limit -> limit.key().matches("(fs|kernel|net|vm)\\..*"));
    }

    @ParameterizedTest
    @MethodSource("files")
    void anotherNamespaceHasOfItWhatTheTableSays(Limit limit) throws IOException {
        var key = limit.key();
        var here = machine.read(key);
        var there = network.read(key);
        assertThat(here).isPresent();
        switch (limit.inNewNamespaces()) {
            case SHARED -> assertThat(there).isEqualTo(here);
            case HIDDEN -> assertThat(there).isEmpty();
            case READ_ONLY -> {
                assertThat(there).isEqualTo(here);
                assertThat(network.write(key, there.orElseThrow()).refusal())
                        .contains("there is no permission to write it here");
            }
            case CREATOR ->
                assertThat(network.write(key, there.orElseThrow()).refusal())
                        .contains("there is no permission to write it here");
            case KERNEL_DEFAULT ->
                assertThat(network.write(key, there.orElseThrow()).refusal()).isEmpty();
            case FIRST_NAMESPACE -> {
                assertThat(there).isEqualTo(here);
                assertThat(network.write(key, there.orElseThrow()).refusal()).isEmpty();
            }
            case LARGEST -> assertThat(processes.read(key)).contains(Long.toString(limit.max()));
            case FORK, PROGRAM, PARENT -> throw new AssertionError("no file of the kernel is " + limit);
        }
    }

    /// The files below `/proc/sys` that a thread in a network namespace sees.
    private record Kernel(NetworkNamespace network, Sysctls sysctls) implements Place, AutoCloseable {

        static Kernel in(Path namespace) throws IOException {
            var network = NetworkNamespace.enter(namespace);
            return new Kernel(network, new Sysctls(PROCFS, network));
        }

        @Override
        public Optional<String> read(String key) throws IOException {
            return sysctls.read(key);
        }

        @Override
        public Written write(String key, String text) throws IOException {
            var written = sysctls.write(key, text);
            return new Written(written.holds().orElseThrow(), written.refusal().map(Refusal::sentence));
        }

        @Override
        public WayBack wayBack(String key) throws IOException {
            var found = read(key).orElseThrow();
            var file = network.call(() -> FileChannel.open(file(key), StandardOpenOption.WRITE));
            return () -> {
                try (file) {
                    // At its beginning: the kernel ignores a number that is written anywhere else.
                    file.write(ByteBuffer.wrap((found + "\n").getBytes(US_ASCII)), 0);
                }
            };
        }

        @Override
        public void close() {
            network.close();
        }
    }

    /// A pid namespace, and a shell in it: `kernel.pid_max` is that of who asks.
    private static final class PidNamespace implements Place, AutoCloseable {

        private final Process shell;
        private final BufferedReader answers;
        private final BufferedWriter orders;

        PidNamespace() throws IOException {
            var command = new ProcessBuilder("unshare", "--pid", "--fork", "--kill-child", "bash");
            command.environment().put("LC_ALL", "C");
            shell = command.redirectErrorStream(true).start();
            answers = shell.inputReader();
            orders = shell.outputWriter();
        }

        @Override
        public Optional<String> read(String key) throws IOException {
            return Optional.of(ask("cat " + file(key)));
        }

        @Override
        public Written write(String key, String text) throws IOException {
            var said = ask("echo '%s' > %s".formatted(text, file(key)));
            var refusal = said.isEmpty() ? Optional.<String>empty() : Optional.of(said.replaceFirst(".*: ", ""));
            return new Written(read(key).orElseThrow(), refusal);
        }

        @Override
        public WayBack wayBack(String key) throws IOException {
            var found = read(key).orElseThrow();
            return () -> write(key, found);
        }

        private String ask(String command) throws IOException {
            orders.write(command + "\necho END\n");
            orders.flush();
            var lines = new StringBuilder();
            for (var line = answer(); !line.equals("END"); line = answer()) {
                lines.append(line);
            }
            return lines.toString();
        }

        private String answer() throws IOException {
            return requireNonNull(answers.readLine(), "the shell has ended");
        }

        @Override
        public void close() throws IOException {
            orders.close();
            shell.onExit().join();
        }
    }
}
