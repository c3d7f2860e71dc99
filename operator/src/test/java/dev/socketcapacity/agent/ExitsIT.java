package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.plan.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// However an agent ends, what it found on the running kernel comes back: every setting, an empty list and a range
/// among them. Needs root.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ExitsIT {

    private static final String HELD = Reason.AllValuesHeld.name();
    private static final String RELEASED = Reason.Released.name();
    private static final int KILLS = 200;

    @TempDir
    private Path folder;

    private KernelWideSettings kernel;
    private List<Setting> raised;

    @BeforeEach
    void remember() {
        kernel = new KernelWideSettings();
        raised = List.copyOf(kernel.originals().keySet());
    }

    @AfterEach
    void putBack() throws IOException {
        kernel.close();
    }

    @Test
    void whenTheWishIsRemovedAllIsBack() throws IOException {
        try (var agent = RunningAgent.start(folder)) {
            raise(agent);
            release(agent);
            tellRestored("wish removed");
        }
    }

    @Test
    void anAgentThatIsAskedToEndLeavesValuesAsTheyAreAndTheNextOnePutsThemBack() throws IOException {
        try (var agent = RunningAgent.start(folder)) {
            raise(agent);
            var held = kernel.now();
            agent.terminate();
            assertThat(kernel.now()).isEqualTo(held);
        }
        startAndRelease();
        tellRestored("SIGTERM, then removed");
    }

    @Test
    void anAgentThatIsKilledLeavesValuesAsTheyAreAndTheNextOnePutsThemBack() throws IOException {
        try (var agent = RunningAgent.start(folder)) {
            raise(agent);
            var held = kernel.now();
            agent.kill();
            assertThat(kernel.now()).isEqualTo(held);
        }
        startAndRelease();
        tellRestored("SIGKILL, restart, then removed");
    }

    @Test
    void anAgentThatIsKilledAtAnyStepOfTheWritesIsPutRightByTheNextOne() throws IOException {
        try (var agent = RunningAgent.start(folder)) {
            raise(agent);
        }
        int raising = killedAtEachStep(this::releaseAll, 1, kernel.wish(1), HELD);
        int puttingBack = killedAtEachStep(
                agent -> {
                    releaseAll(agent);
                    raise(agent);
                },
                2,
                KernelWideSettings.release(),
                RELEASED);
        assertThat(raising).isGreaterThan(raised.size());
        assertThat(puttingBack).isGreaterThan(raised.size());
        tellRestored("SIGKILL in the middle of the writes, at each of %d + %d steps".formatted(raising, puttingBack));
    }

    private interface Preparation {
        void of(RunningAgent agent) throws IOException;
    }

    /// Kills one agent after the other: each puts right what the one before has left, and comes one step further.
    ///
    /// @return how many steps the wish takes
    private int killedAtEachStep(Preparation preparation, long generation, NodeSocketCapacitySpec wish, String until)
            throws IOException {
        for (int steps = 0; ; steps++) {
            try (var agent = RunningAgent.start(folder)) {
                preparation.of(agent);
                agent.wish(generation, wish, steps);
                if (!agent.stopsBefore(generation, until)) {
                    releaseAll(agent);
                    return steps;
                }
            }
            kernel.assertNothingLowered();
            assertOriginalsAreOnDisk();
        }
    }

    /// Wishes come and go meanwhile: up, down, away.
    @Test
    void anAgentThatIsKilledAtRandomMomentsLosesNoOriginal() throws IOException {
        var seed = Long.getLong("seed", System.nanoTime());
        System.out.printf("%d kills at random moments, -Dseed=%d%n", KILLS, seed);
        var random = new Random(seed);
        long generation = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            try (var agent = RunningAgent.start(folder)) {
                for (int wish = random.nextInt(1, 4); wish > 0; wish--) {
                    int step = random.nextInt(4);
                    agent.wish(++generation, step == 0 ? KernelWideSettings.release() : kernel.wish(step));
                    LockSupport.parkNanos(random.nextLong(100_000_000));
                }
            }
            kernel.assertNothingLowered();
            assertOriginalsAreOnDisk();
        }
        startAndRelease();
        tellRestored(KILLS + " SIGKILLs at random moments");
    }

    private void raise(RunningAgent agent) {
        agent.wish(1, kernel.wish(1));
        var report = agent.awaitEnacted(1, HELD);
        raised = report.settings().stream()
                .filter(setting -> setting.state().equals(SettingState.Raised.name()))
                .map(setting -> setting(setting.name()))
                .toList();
        assertThat(raised).contains(Setting.RESERVED_PORTS, Setting.PORT_RANGE);
        assertThat(kernel.restored(raised)).isZero();
    }

    private static Setting setting(String key) {
        return Arrays.stream(Setting.values())
                .filter(setting -> setting.key().equals(key))
                .findFirst()
                .orElseThrow();
    }

    private void startAndRelease() {
        try (var agent = RunningAgent.start(folder)) {
            release(agent);
        }
    }

    private void releaseAll(RunningAgent agent) throws IOException {
        release(agent);
        assertAllRestored("released");
    }

    private static void release(RunningAgent agent) {
        agent.wish(1_000_000, KernelWideSettings.release());
        var report = agent.awaitEnacted(1_000_000, RELEASED);
        assertThat(report.settings())
                .allSatisfy(
                        setting -> assertThat(setting.state()).as("%s", setting).isEqualTo("Restored"));
    }

    /// Whatever is not as it was found, the state knows how it was found.
    private void assertOriginalsAreOnDisk() throws IOException {
        var found = new StateFile(folder).read().found();
        var changed = new ArrayList<Setting>();
        kernel.now().forEach((setting, value) -> {
            if (!value.equals(kernel.originals().get(setting))) {
                changed.add(setting);
            }
        });
        assertThat(changed).allSatisfy(setting -> assertThat(found).containsKey(setting.key()));
        found.forEach((key, known) -> assertThat(setting(key).shape().parse(known.original()))
                .as(key)
                .isEqualTo(kernel.originals().get(setting(key))));
    }

    private void assertAllRestored(String how) throws IOException {
        assertThat(kernel.now()).as(how).isEqualTo(kernel.originals());
        assertThat(new StateFile(folder).read().found()).as(how).isEmpty();
    }

    private void tellRestored(String exit) throws IOException {
        System.out.printf("restored | %s | %d of %d%n", exit, kernel.restored(raised), raised.size());
        assertAllRestored(exit);
    }
}
