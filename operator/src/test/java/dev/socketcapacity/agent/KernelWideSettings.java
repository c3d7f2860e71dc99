package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Sysctls;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import dev.socketcapacity.it.KernelLock;
import dev.socketcapacity.plan.Amount;
import dev.socketcapacity.plan.PortRange;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// All settings of this machine's kernel, as they were; put back when this is closed, or this program ends. Until
/// then no other test program writes them.
final class KernelWideSettings implements AutoCloseable {

    private final KernelLock lock = lock();
    private final NetworkNamespace network = NetworkNamespace.own();
    private final Sysctls sysctls = new Sysctls(new Procfs(Path.of("/proc")), network);
    private final Map<Setting, Value> originals;
    private final Thread atExit = new Thread(this::putBack);

    KernelWideSettings() {
        originals = now();
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    private static KernelLock lock() {
        try {
            return KernelLock.take();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Map<Setting, Value> originals() {
        return originals;
    }

    Map<Setting, Value> now() {
        var values = new EnumMap<Setting, Value>(Setting.class);
        for (var setting : Setting.values()) {
            try {
                sysctls.read(setting.key()).map(setting.shape()::parse).ifPresent(value -> values.put(setting, value));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return values;
    }

    /// How many of `settings` are as they were.
    long restored(List<Setting> settings) {
        var now = now();
        return settings.stream()
                .filter(setting -> now.get(setting).equals(originals.get(setting)))
                .count();
    }

    /// Nothing is less than it was.
    void assertNothingLowered() {
        assertThat(now())
                .allSatisfy((setting, value) -> assertThat(value.covers(originals.get(setting)))
                        .as("%s is %s and was %s", setting.key(), value.text(), originals.get(setting))
                        .isTrue());
    }

    /// A wish that takes a raise of every setting; the larger `step`, the higher.
    NodeSocketCapacitySpec wish(int step) {
        var named = new ArrayList<SettingRequirement>();
        for (var setting : Setting.values()) {
            if (setting.isRequestable() && originals.containsKey(setting)) {
                named.add(requirement(setting, step));
            }
        }
        var reserved = List.of(Integer.toString(1_200 + step), "1300-" + (1_310 + step));
        var target = new Target(
                null,
                null,
                null,
                named,
                reserved,
                new Verification(Verification.COMPUTE, null, null, null, null, null));
        return new NodeSocketCapacitySpec(
                "uid", NodeSocketCapacitySpec.ENACT, target, "step-" + step, List.of(), 1, null);
    }

    private SettingRequirement requirement(Setting setting, int step) {
        return switch (originals.get(setting)) {
            case PortRange(var first, var last) ->
                new SettingRequirement(
                        setting.key(), null, new SettingRequirement.Range(first - 100L * step, (long) last));
            case Value _ -> new SettingRequirement(setting.key(), Math.min(setting.max(), least(setting, step)), null);
        };
    }

    private long least(Setting setting, int step) {
        // The hash goes with the table: it is raised where the table is four times as large.
        return setting == Setting.CONNTRACK_MAX
                ? Math.max(number(setting), 4 * number(Setting.CONNTRACK_BUCKETS)) + 65_536L * step
                : number(setting) + 1_024L * step;
    }

    private long number(Setting setting) {
        return ((Amount) originals.get(setting)).number();
    }

    static NodeSocketCapacitySpec release() {
        return new NodeSocketCapacitySpec("uid", NodeSocketCapacitySpec.RELEASE, null, null, List.of(), 1, null);
    }

    /// For as long as this is open; only where the machine uses less.
    void lower(Setting setting, long value) throws IOException {
        assertThat(sysctls.write(setting.key(), Long.toString(value)).holds()).contains(Long.toString(value));
    }

    private void putBack() {
        for (var setting : Arrays.asList(Setting.values()).reversed()) {
            if (originals.containsKey(setting)) {
                try {
                    sysctls.write(setting.key(), originals.get(setting).text());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        try (lock;
                network) {
            putBack();
            Runtime.getRuntime().removeShutdownHook(atExit);
            assertThat(now()).isEqualTo(originals);
        }
    }
}
