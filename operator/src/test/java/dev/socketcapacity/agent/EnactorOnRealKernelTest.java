package dev.socketcapacity.agent;

import static dev.socketcapacity.plan.Setting.PORT_RANGE;
import static dev.socketcapacity.plan.Setting.RESERVED_PORTS;
import static dev.socketcapacity.plan.Setting.SOMAXCONN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Refusal;
import dev.socketcapacity.agent.kernel.Sysctls;
import dev.socketcapacity.it.KernelLock;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.Requirement;
import dev.socketcapacity.plan.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On the real kernel, in a network namespace of its own: what is written there changes nothing on this machine.
class EnactorOnRealKernelTest {

    private static final String NAME =
            "sockcap-enactor-" + ProcessHandle.current().pid();
    private static final Path NAMESPACE = Path.of("/run/netns", NAME);
    private static final Path PROC = Path.of("/proc");

    private static final Map<Setting, Requirement> REQUIRED = required(Map.of(
            RESERVED_PORTS, "8080,30000-32767",
            PORT_RANGE, "20000 65535",
            SOMAXCONN, "32000"));

    @TempDir
    private Path folder;

    /// The counters beside the settings, some of which not even root may read everywhere.
    private FakeKernel fake;

    private NetworkNamespace network;
    private Sysctls sysctls;
    private NodeKernel kernel;
    private Enactor enactor;
    private Map<Setting, String> originals;

    @BeforeAll
    static void needsRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
    }

    @BeforeEach
    void create() throws Exception {
        fake = new FakeKernel(folder.resolve("proc"));
        enterNewNamespace();
        originals = values();
        restart();
    }

    private void enterNewNamespace() throws Exception {
        ip("netns", "add", NAME);
        network = NetworkNamespace.enter(NAMESPACE);
        sysctls = new Sysctls(new Procfs(PROC), network);
        kernel = new NodeKernel(fake.host(), sysctls, network);
    }

    @AfterEach
    void delete() throws Exception {
        fake.close();
        deleteNamespace();
    }

    private void deleteNamespace() throws Exception {
        if (network != null) {
            network.close();
        }
        if (Files.exists(NAMESPACE)) {
            ip("netns", "delete", NAME);
        }
    }

    private void restart() throws IOException {
        var journal = Journals.opened(new StateFile(folder.resolve("state")));
        enactor = new Enactor(
                kernel,
                journal,
                OptionalLong.of(0),
                Duration.ofMinutes(10),
                Contest.Patience.of(5, new ClockScale(1)),
                new Writers(),
                new TestClock(),
                (_, _, _) -> {});
    }

    private static Map<Setting, Requirement> required(Map<Setting, String> values) {
        var required = new EnumMap<Setting, Requirement>(Setting.class);
        values.forEach((setting, text) ->
                required.put(setting, new Requirement(setting, setting.shape().parse(text), "a test")));
        return required;
    }

    private List<SettingOutcome> enact(Map<Setting, Requirement> required) throws IOException {
        return enactor.enact(required, kernel.observe(), kernel.identity());
    }

    private Map<Setting, String> values() throws IOException {
        var values = new EnumMap<Setting, String>(Setting.class);
        for (var setting : REQUIRED.keySet()) {
            values.put(setting, sysctls.read(setting.key()).orElseThrow());
        }
        return values;
    }

    @Test
    void aRangeAListAndANumberAreRaisedAndComeBack() throws IOException {
        var outcomes = enact(REQUIRED);
        assertThat(outcomes).hasSize(3).allSatisfy(outcome -> {
            assertThat(outcome.state()).isEqualTo(SettingState.Raised);
            assertThat(outcome.actual()).isEqualTo(outcome.required());
        });
        assertThat(values())
                .containsEntry(PORT_RANGE, "20000\t65535")
                .containsEntry(RESERVED_PORTS, "8080,30000-32767")
                .containsEntry(SOMAXCONN, "32000");
        var released = enactor.release(kernel.observe(), kernel.identity());
        assertThat(released).extracting(SettingOutcome::state).containsOnly(SettingState.Restored);
        assertThat(values()).isEqualTo(originals).containsEntry(RESERVED_PORTS, "");
        assertThat(enactor.holdsAnything()).isFalse();
    }

    @Test
    void anAgentThatWasKilledAndStartedAgainPutsTheOriginalsBack() throws IOException {
        enact(REQUIRED);
        restart();
        enact(REQUIRED);
        restart();
        enactor.release(kernel.observe(), kernel.identity());
        assertThat(values()).isEqualTo(originals);
    }

    @Test
    void theMachinesOwnNamespaceIsNotTouched() throws IOException {
        var own = new Procfs(PROC);
        var before = own.read("sys/net/core/somaxconn");
        enact(required(Map.of(SOMAXCONN, Long.toString(Long.parseLong(before.strip()) + 1))));
        assertThat(own.read("sys/net/core/somaxconn")).isEqualTo(before);
    }

    @Test
    void aValueThatTheKernelRefusesIsAnAnswer() throws IOException {
        var written = sysctls.write(PORT_RANGE.key(), "60000 20000");
        assertThat(written.refusal()).contains(Refusal.Cause.INVALID);
        assertThat(written.holds()).contains(originals.get(PORT_RANGE));
        assertThat(sysctls.write(SOMAXCONN.key(), "2147483648").refusal()).contains(Refusal.Cause.INVALID);
    }

    @Test
    void aSettingThatIsNotThereIsAbsentAndNeverMade() throws IOException {
        assertThat(sysctls.read("net.core.no_such_setting")).isEmpty();
        assertThat(sysctls.read("net.core.netdev_max_backlog"))
                .as("it lives in the machine's first network namespace only")
                .isEqualTo(Optional.empty());
        assertThat(kernel.observe().guest()).isTrue();
    }

    @Test
    void aKernelWideValueIsLeftAloneInANamespaceThatIsNotTheMachines() throws IOException {
        try (var _ = KernelLock.take()) {
            var before = sysctls.read(Setting.FILE_MAX.key());
            var outcome = enact(required(Map.of(Setting.FILE_MAX, Long.toString(Long.MAX_VALUE))))
                    .getFirst();
            assertThat(outcome.state()).isEqualTo(SettingState.SharedKernel);
            assertThat(sysctls.read(Setting.FILE_MAX.key())).isEqualTo(before);
        }
    }

    @Test
    void aNewNamespaceUnderTheSameNameOwesNothingToTheOldOne() throws Exception {
        enact(REQUIRED);
        deleteNamespace();
        enterNewNamespace();
        sysctls.write(SOMAXCONN.key(), "32000");
        restart();
        enactor.release(kernel.observe(), kernel.identity());
        assertThat(sysctls.read(SOMAXCONN.key())).contains("32000");
        assertThat(enactor.holdsAnything()).isFalse();
    }

    private static void ip(String... arguments) throws IOException, InterruptedException {
        var command = new java.util.ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    }
}
