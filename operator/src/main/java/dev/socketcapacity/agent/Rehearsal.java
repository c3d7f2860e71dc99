package dev.socketcapacity.agent;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Sysctls;
import dev.socketcapacity.api.ApiClient;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.SettingRequirement.Range;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.telemetry.Telemetry;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// The start of an agent as the image's build has it once, so that the image's cache of loaded classes has what a start
/// takes: a last wish on disk, and a kernel of plain files. It takes no right, and asks nothing of the machine, so that
/// every build loads the same classes.
public final class Rehearsal {

    private static final ClockScale SCALE = new ClockScale(1);

    private final Path folder;

    /// @param folder an empty one
    public Rehearsal(Path folder) {
        this.folder = folder;
    }

    public void run() throws IOException, InterruptedException {
        writeKernel();
        new StateFile(folder).write(State.EMPTY.withWish(wish(), 1));
        var alarm = new Alarm();
        var work = new DeferredWork();
        var procfs = new Procfs(folder);
        try (var network = NetworkNamespace.own();
                var telemetry = new Telemetry();
                var journal = new Journal(
                        new StateFile(folder), () -> StateLock.await(folder, Rehearsal.class.getSimpleName()))) {
            var kernel = new NodeKernel(new Host(procfs), new Sysctls(procfs, network), network);
            var clock = Clock.systemUTC();
            var pace = Contest.Patience.of(1, SCALE);
            var enactor = new Enactor(
                    kernel, journal, OptionalLong.empty(), SCALE.minutes(10), pace, new Writers(), clock, work);
            var prover = new Prover(
                    (_, _) -> {
                        throw new IllegalStateException("nothing is to be proved here");
                    },
                    journal,
                    clock,
                    SCALE,
                    new Rhythm(SCALE, () -> 0),
                    alarm::news,
                    work);
            var wishes = new DeferredWishes(() -> {
                throw new IllegalStateException("there is no API server here");
            });
            new Agent(wishes, kernel, journal, enactor, prover, PortSet.EMPTY, clock, SCALE, alarm).pass();
            enactor.keep();
            work.tellTo(new ToldWork(telemetry.registry()));
            telemetry.registry().scrape();
        }
        speakToApiServer(wish());
    }

    private void writeKernel() throws IOException {
        var files = new HashMap<>(Map.of(
                "sys/kernel/random/boot_id", "0b9b5b1c-0000-4000-8000-000000000001",
                "sys/fs/file-nr", "1500\t0\t100000",
                "sys/net/core/netdev_max_backlog", "1000",
                "loadavg", "0.10 0.10 0.10 1/300 4711",
                "meminfo", "MemTotal: 16777216 kB\nMemFree: 12582912 kB\nActive(file): 1 kB\nInactive(file): 1 kB",
                "1/stat", "1 (init) S" + " 0".repeat(18) + " 17 0 0",
                "1/net/sockstat", "sockets: used 300\nTCP: inuse 20 orphan 0 tw 0 alloc 40 mem 5",
                "1/net/tcp", "  sl  local_address rem_address   st\n   0: 00000000:1F90 00000000:0000 0A 0",
                "1/net/udp", "  sl  local_address rem_address   st"));
        for (var setting : Setting.values()) {
            var text = switch (setting.shape()) {
                case AMOUNT -> Long.toString(setting.min());
                case RANGE -> "32768\t60999";
                case PORTS -> "";
            };
            files.put(Procfs.setting(setting.key()), text);
        }
        for (var file : files.entrySet()) {
            var path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue() + "\n", US_ASCII);
        }
        Files.createDirectories(folder.resolve("1/ns"));
        Files.createSymbolicLink(folder.resolve("1/ns/pid"), Path.of("pid:[4026531836]"));
    }

    /// Of every setting that a wish can name, a little more than there is.
    private static NodeSocketCapacitySpec wish() {
        var settings = Arrays.stream(Setting.values())
                .filter(Setting::isRequestable)
                .map(setting -> setting == Setting.PORT_RANGE
                        ? new SettingRequirement(setting.key(), null, new Range(32_752L, 60_999L))
                        : new SettingRequirement(setting.key(), setting.min() + 1, null))
                .toList();
        var compute = new Verification(Verification.COMPUTE, null, null, null, null, null);
        var target = new Target(null, null, null, settings, List.of(), compute);
        return new NodeSocketCapacitySpec("node", NodeSocketCapacitySpec.ENACT, target, "target", List.of(), 1, null);
    }

    /// What is known of the API server's words before it is asked.
    private static void speakToApiServer(NodeSocketCapacitySpec wish) {
        var object = new NodeSocketCapacity();
        object.setMetadata(new ObjectMetaBuilder().withName("node").build());
        object.setSpec(wish);
        var nowhere = new ConfigBuilder(Config.empty())
                .withMasterUrl("https://127.0.0.1:1")
                .build();
        try (var client = ApiClient.of(nowhere)) {
            var words = client.getKubernetesSerialization();
            words.unmarshal(words.asJson(object), NodeSocketCapacity.class);
        }
    }
}
