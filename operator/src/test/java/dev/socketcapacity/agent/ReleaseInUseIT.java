package dev.socketcapacity.agent;

import static dev.socketcapacity.plan.Setting.CONNTRACK_MAX;
import static dev.socketcapacity.plan.Setting.NR_OPEN;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.Resource;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.api.NodeSocketCapacityStatus.SettingReport;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.it.Command;
import dev.socketcapacity.it.MachineUse;
import dev.socketcapacity.plan.Setting;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is in use on the running kernel when the wish is removed: nobody loses anything, and the release completes.
/// Needs root.
@Timeout(120)
class ReleaseInUseIT {

    private static final String NAME =
            "sockcap-in-use-" + ProcessHandle.current().pid();
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @TempDir
    private Path folder;

    private KernelWideSettings machine;
    private KernelWideSettings node;

    @BeforeEach
    void remember() {
        machine = new KernelWideSettings();
        node = machine;
    }

    @AfterEach
    void putBack() throws IOException {
        if (node != machine) {
            node.close();
        }
        machine.close();
    }

    /// As a pod would: in a network namespace of its own, which counts for itself.
    @Test
    void connectionsBeyondTheOriginalTableStayAndTheReleaseCompletes() throws Exception {
        var original = new Host(new Procfs(Path.of("/proc"))).mostTracked().orElseThrow() + 1_000;
        machine.lower(CONNTRACK_MAX, original);
        node = new KernelWideSettings();
        try (var agent = RunningAgent.start(folder)) {
            agent.wish(1, node.wish(1));
            agent.awaitEnacted(1, Reason.AllValuesHeld.name());
            var raised = node.now();
            try (var pod = new Pod(original + 500)) {
                agent.wish(2, KernelWideSettings.release());
                var report = agent.awaitEnacted(2, Reason.Released.name());
                assertThat(states(report.settings())).containsEntry(CONNTRACK_MAX.key(), "LeftInUse");
                assertThat(node.now()).isEqualTo(originalsBut(CONNTRACK_MAX, raised));
                assertThat(new StateFile(folder).read().found()).isEmpty();
                pod.assertAllCarryData();
            }
        }
    }

    @Test
    void aTableThatIsNoLongerFullGoesDownWhileTheReleaseWaits() throws Exception {
        var original = new Host(new Procfs(Path.of("/proc"))).mostTracked().orElseThrow() + 1_000;
        machine.lower(CONNTRACK_MAX, original);
        node = new KernelWideSettings();
        try (var agent = RunningAgent.start(folder)) {
            agent.wish(1, node.wish(1));
            agent.awaitEnacted(1, Reason.AllValuesHeld.name());
            try (var pod = new Pod(original + 500)) {
                agent.wish(2, KernelWideSettings.release());
                agent.awaitEnacted(2, Reason.Releasing.name());
                pod.assertAllCarryData();
            }
            agent.awaitEnacted(2, Reason.Released.name());
            assertThat(node.now()).isEqualTo(node.originals());
        }
    }

    /// To raise a limit above the original takes CAP_SYS_RESOURCE, which not everybody has who runs this: so the
    /// original is lower than the limit that all here have.
    @Test
    void aDescriptorLimitAboveTheOriginalStaysValidAndTheReleaseCompletes() throws Exception {
        var limit = Libc.resourceLimit(Math.toIntExact(ProcessHandle.current().pid()), Resource.NOFILE)
                .hard();
        assertThat(MachineUse.descriptors()).isLessThan(limit - 1);
        machine.lower(NR_OPEN, limit - 1);
        node = new KernelWideSettings();
        try (var agent = RunningAgent.start(folder)) {
            agent.wish(1, node.wish(1));
            agent.awaitEnacted(1, Reason.AllValuesHeld.name());
            var raised = node.now();
            var holder = new ProcessBuilder("cat").start();
            try {
                agent.wish(2, KernelWideSettings.release());
                var report = agent.awaitEnacted(2, Reason.Released.name());
                assertThat(states(report.settings())).containsEntry(NR_OPEN.key(), "LeftInUse");
                assertThat(node.now()).isEqualTo(originalsBut(NR_OPEN, raised));
                // As a login does: under a lower fs.nr_open the kernel refuses it.
                Command.run("prlimit", "--pid", Long.toString(holder.pid()), "--nofile=" + limit)
                        .succeeds();
            } finally {
                holder.destroyForcibly().waitFor();
            }
        }
    }

    private Map<Setting, Object> originalsBut(Setting setting, Map<Setting, ?> raised) {
        var values = new EnumMap<Setting, Object>(node.originals());
        values.put(setting, raised.get(setting));
        return values;
    }

    private static Map<String, String> states(List<SettingReport> settings) {
        return settings.stream().collect(toMap(SettingReport::name, SettingReport::state));
    }

    /// A network namespace that tracks connections, and a process in it that holds that many.
    private static final class Pod implements AutoCloseable {

        private final Process process;

        Pod(long connections) throws IOException {
            Command.run("ip", "netns", "add", NAME).succeeds();
            in("ip", "link", "set", "lo", "up");
            in(
                    "nft",
                    "add table inet t; add chain inet t in { type filter hook input priority 0; };"
                            + " add rule inet t in ct state established counter accept");
            process = new ProcessBuilder(
                            "nsenter",
                            "--net=/run/netns/" + NAME,
                            JAVA,
                            "-cp",
                            System.getProperty("java.class.path"),
                            HeldConnections.class.getName(),
                            Long.toString(connections))
                    .redirectError(Redirect.INHERIT)
                    .start();
            assertThat(process.inputReader().readLine()).isEqualTo("held");
            var tracked = in("sysctl", "-n", "net.netfilter.nf_conntrack_count");
            assertThat(Long.parseLong(tracked.strip())).isGreaterThanOrEqualTo(connections);
        }

        private static String in(String... command) {
            var whole = new ArrayList<>(List.of("ip", "netns", "exec", NAME));
            whole.addAll(List.of(command));
            return Command.run(whole.toArray(String[]::new)).succeeds();
        }

        void assertAllCarryData() throws IOException {
            process.outputWriter().write("\n");
            process.outputWriter().flush();
            assertThat(process.inputReader().readLine()).isEqualTo("all carry data");
        }

        @Override
        public void close() {
            process.destroyForcibly().onExit().join();
            Command.run("ip", "netns", "delete", NAME).succeeds();
        }
    }
}
