package dev.socketcapacity.agent;

import static dev.socketcapacity.plan.Setting.CONNTRACK_BUCKETS;
import static dev.socketcapacity.plan.Setting.CONNTRACK_MAX;
import static dev.socketcapacity.plan.Setting.FILE_MAX;
import static dev.socketcapacity.plan.Setting.NR_OPEN;
import static dev.socketcapacity.plan.Setting.PID_MAX;
import static dev.socketcapacity.plan.Setting.PORT_RANGE;
import static dev.socketcapacity.plan.Setting.RESERVED_PORTS;
import static dev.socketcapacity.plan.Setting.SOMAXCONN;
import static dev.socketcapacity.plan.Setting.SYN_BACKLOG;
import static dev.socketcapacity.plan.Setting.THREADS_MAX;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.CrashingFiles.Crash;
import dev.socketcapacity.agent.NodeKernel.Identity;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.Requirement;
import dev.socketcapacity.plan.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnactorTest {

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Contest.Patience PACE = Contest.Patience.of(5, new ClockScale(1));
    private static final Identity IDENTITY = new Identity("boot-1", 17, 7);

    /// Every setting above what the fake kernel starts with.
    private static final Map<Setting, Requirement> ALL = required(Map.ofEntries(
            entry(Setting.FILE_MAX, "2000000"),
            entry(Setting.NR_OPEN, "1001024"),
            entry(Setting.EPOLL_WATCHES, "1250000"),
            entry(Setting.RESERVED_PORTS, "8080,30000-32767"),
            entry(Setting.PORT_RANGE, "1024 65535"),
            entry(Setting.CONNTRACK_BUCKETS, "312832"),
            entry(Setting.CONNTRACK_MAX, "1251328"),
            entry(Setting.SOMAXCONN, "65535"),
            entry(Setting.SYN_BACKLOG, "65535"),
            entry(Setting.MAX_MAP_COUNT, "208192"),
            entry(Setting.PID_MAX, "125000"),
            entry(Setting.THREADS_MAX, "125000"),
            entry(Setting.NEIGHBOURS, "4096"),
            entry(Setting.NEIGHBOURS_IPV6, "4096")));

    @TempDir(factory = InMemory.class)
    private Path folder;

    private final TestClock clock = new TestClock();
    private final Writers writers = new Writers();
    private FakeKernel kernel;
    private Map<Setting, String> originals;
    private Journal journal;
    private Enactor enactor;

    @BeforeAll
    static void needsRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
    }

    @BeforeEach
    void create() throws IOException {
        kernel = new FakeKernel(folder.resolve("proc"));
        originals = kernel.all();
        restart();
    }

    @AfterEach
    void close() {
        kernel.close();
    }

    /// The agent starts, with nothing but what is on disk.
    private void restart() throws IOException {
        restart(new CrashingFiles().path(folder.resolve("state")));
    }

    private void restart(Path state) throws IOException {
        journal = Journals.opened(new StateFile(state));
        enactor = new Enactor(
                kernel.nodeKernel(), journal, OptionalLong.of(0), PATIENCE, PACE, writers, clock, (_, _, _) -> {});
    }

    private static Map<Setting, Requirement> required(Map<Setting, String> values) {
        var required = new EnumMap<Setting, Requirement>(Setting.class);
        values.forEach((setting, text) ->
                required.put(setting, new Requirement(setting, setting.shape().parse(text), "a test")));
        return required;
    }

    private Map<Setting, SettingOutcome> enact(Map<Setting, Requirement> required) throws IOException {
        return bySetting(enactor.enact(required, kernel.nodeKernel().observe(), IDENTITY));
    }

    private Map<Setting, SettingOutcome> enact(Setting setting, String value) throws IOException {
        return enact(required(Map.of(setting, value)));
    }

    private Map<Setting, SettingOutcome> release() throws IOException {
        return bySetting(enactor.release(kernel.nodeKernel().observe(), IDENTITY));
    }

    private static Map<Setting, SettingOutcome> bySetting(List<SettingOutcome> outcomes) {
        var map = new EnumMap<Setting, SettingOutcome>(Setting.class);
        outcomes.forEach(outcome -> map.put(outcome.setting(), outcome));
        return map;
    }

    private State onDisk() {
        try {
            return new StateFile(folder.resolve("state")).read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // Going up

    @Test
    void aTableOfConnectionsWithoutEndIsNotGivenOne() throws IOException {
        kernel.set(Setting.CONNTRACK_MAX, "0");

        var outcome = enact(Setting.CONNTRACK_MAX, "1251328").get(Setting.CONNTRACK_MAX);

        assertThat(outcome.state()).isEqualTo(SettingState.Sufficient);
        assertThat(kernel.get(Setting.CONNTRACK_MAX)).isEqualTo("0");
    }

    @Test
    void everythingThatFallsShortIsRaisedToWhatIsNeeded() throws IOException {
        var outcomes = enact(ALL);
        assertThat(outcomes).hasSize(Setting.values().length).allSatisfy((setting, outcome) -> {
            var wanted = ALL.get(setting).value();
            assertThat(outcome.state()).isEqualTo(SettingState.Raised);
            assertThat(outcome.isShort()).isFalse();
            assertThat(outcome.required()).contains(wanted);
            assertThat(outcome.actual()).contains(wanted);
            assertThat(outcome.original()).contains(setting.shape().parse(originals.get(setting)));
            assertThat(setting.shape().parse(kernel.get(setting))).isEqualTo(wanted);
        });
    }

    @Test
    void portsAreReservedBeforeTheRangeIsWidenedAndTheHashGrowsBeforeItsTable() throws IOException {
        enact(ALL);
        assertThat(kernel.written()).containsExactly(Setting.values());
        assertThat(kernel.written())
                .containsSubsequence(RESERVED_PORTS, PORT_RANGE)
                .containsSubsequence(CONNTRACK_BUCKETS, CONNTRACK_MAX);
    }

    @Test
    void whatIsEnoughIsNeitherWrittenNorRemembered() throws IOException {
        var outcomes = enact(required(Map.of(
                FILE_MAX, "99999",
                NR_OPEN, "65536",
                PORT_RANGE, "40000 50000",
                SOMAXCONN, "1")));
        assertThat(outcomes.values()).extracting(SettingOutcome::state).containsOnly(SettingState.Sufficient);
        assertThat(kernel.writes()).isEmpty();
        assertThat(enactor.holdsAnything()).isFalse();
    }

    @Test
    void aSecondPassWritesNothing() throws IOException {
        enact(ALL);
        var writes = kernel.writes();
        var outcomes = enact(ALL);
        assertThat(kernel.writes()).isEqualTo(writes);
        assertThat(outcomes.values()).extracting(SettingOutcome::state).containsOnly(SettingState.Raised);
    }

    /// The kernel rounds the buckets up to whole pages, and would make the hash anew with each write.
    @Test
    void whatTheKernelRoundsUpIsNotWrittenAgain() throws IOException {
        var required = required(Map.of(CONNTRACK_BUCKETS, "312500", CONNTRACK_MAX, "1250000"));
        enact(required);
        assertThat(kernel.get(CONNTRACK_BUCKETS)).isEqualTo("312832");
        var writes = kernel.writes();
        enact(required);
        enact(required);
        assertThat(kernel.writes()).isEqualTo(writes);
        release();
        assertThat(kernel.all()).isEqualTo(originals);
    }

    @Test
    void aRangeIsJoinedWithWhatIsThereAndPortsWithThoseOfOthers() throws IOException {
        kernel.set(PORT_RANGE, "20000\t40000");
        kernel.set(RESERVED_PORTS, "25000-25010");
        enact(required(Map.of(PORT_RANGE, "30000 50000", RESERVED_PORTS, "8080")));
        assertThat(kernel.get(PORT_RANGE)).isEqualTo("20000\t50000");
        assertThat(kernel.get(RESERVED_PORTS)).isEqualTo("8080,25000-25010");
    }

    @Test
    void theOriginalIsOnDiskBeforeAnythingIsWritten() throws IOException {
        kernel.beforeWrite(write -> {
            var shape = write.setting().shape();
            var found = onDisk().found().get(write.setting().key());
            assertThat(found).as("%s", write).isNotNull();
            assertThat(shape.parse(found.original())).isEqualTo(shape.parse(originals.get(write.setting())));
            assertThat(found.written())
                    .extracting(shape::parse)
                    .contains(shape.parse(write.before()), shape.parse(write.text()));
        });
        enact(ALL);
        enact(required(Map.of(FILE_MAX, "1500000", NR_OPEN, "70016")));
        release();
        assertThat(kernel.all()).isEqualTo(originals);
    }

    @Test
    void theDiskTakesTwoStatesHoweverManySettingsAreWritten() throws IOException {
        var disk = new CrashingFiles();
        restart(disk.path(folder.resolve("state")));
        hookInto(disk);
        enact(ALL);
        assertThat(disk.steps().stream().filter(step -> step.startsWith("move ")))
                .hasSize(2);
        assertThat(disk.steps().subList(0, 7))
                .as("original and folder are flushed before the first write")
                .noneMatch(step -> step.startsWith("before "));
        release();
        assertThat(disk.steps().stream().filter(step -> step.startsWith("move ")))
                .hasSize(4);
    }

    @Test
    void nothingIsWrittenWhereNothingCanBeRemembered() throws IOException {
        var disk = new CrashingFiles();
        restart(disk.path(folder.resolve("state")));
        disk.crashAfter(0);
        assertThatThrownBy(() -> enact(ALL)).isInstanceOf(Crash.class);
        assertThat(kernel.writes()).isEmpty();
    }

    // What the kernel does not do

    @Test
    void whatIsReadOnlyIsAnAnswerAndNoException() throws IOException {
        kernel.makeReadOnly(SOMAXCONN);
        var outcomes = enact(ALL);
        assertThat(outcomes.get(SOMAXCONN)).satisfies(outcome -> {
            assertThat(outcome.state()).isEqualTo(SettingState.NotSettable);
            assertThat(outcome.isShort()).isTrue();
            assertThat(outcome.shortage())
                    .isEqualTo("net.core.somaxconn is 128 and 65535 is needed: it is read-only here");
        });
        assertThat(outcomes.get(FILE_MAX).state()).isEqualTo(SettingState.Raised);
    }

    @Test
    void whatTheKernelRefusesIsAnAnswerWithItsReason() throws IOException {
        var outcome = enact(PID_MAX, "5000000").get(PID_MAX);
        assertThat(outcome.state()).isEqualTo(SettingState.NotSettable);
        assertThat(outcome.shortage()).isEqualTo("kernel.pid_max is 32768 and 5000000 is needed: Invalid argument");
        assertThat(enactor.holdsAnything()).as("nothing was changed").isFalse();
        assertThat(kernel.get(PID_MAX)).isEqualTo("32768");
    }

    @Test
    void whatTheKernelClampsIsReadBackAndStillOurs() throws IOException {
        kernel.clampTo(THREADS_MAX, 40_000);
        var outcome = enact(THREADS_MAX, "125000").get(THREADS_MAX);
        assertThat(outcome.state()).isEqualTo(SettingState.Clamped);
        assertThat(outcome.shortage())
                .isEqualTo("kernel.threads-max is 40000 and 125000 is needed: the kernel took no more");
        release();
        assertThat(kernel.get(THREADS_MAX)).isEqualTo("31000");
    }

    @Test
    void whatThisKernelLacksIsAnAnswer() throws IOException {
        kernel.remove(CONNTRACK_MAX);
        kernel.remove(CONNTRACK_BUCKETS);
        var outcomes = enact(ALL);
        assertThat(outcomes.get(CONNTRACK_MAX).state()).isEqualTo(SettingState.Absent);
        assertThat(outcomes.get(CONNTRACK_MAX).shortage())
                .isEqualTo("net.netfilter.nf_conntrack_max is absent and 1251328 is needed:"
                        + " this kernel has no such setting");
        assertThat(outcomes.get(SOMAXCONN).state()).isEqualTo(SettingState.Raised);
    }

    @Test
    void aGuestWritesOnlyWhatIsItsOwn() throws IOException {
        kernel.becomeGuest();
        var outcomes = enact(ALL);
        assertThat(kernel.written()).containsExactly(RESERVED_PORTS, PORT_RANGE, SOMAXCONN, SYN_BACKLOG, PID_MAX);
        assertThat(outcomes.get(FILE_MAX).state()).isEqualTo(SettingState.SharedKernel);
        assertThat(outcomes.get(FILE_MAX).isShort()).isTrue();
        kernel.set(FILE_MAX, "2000000");
        assertThat(enact(ALL).get(FILE_MAX).isShort()).isFalse();
    }

    // Following the wish

    @Test
    void aSmallerWishLowersWhatWeRaisedButNeverBelowTheOriginal() throws IOException {
        enact(required(Map.of(FILE_MAX, "2000000", SOMAXCONN, "65535", PORT_RANGE, "1024 65535")));
        enact(required(Map.of(FILE_MAX, "300000", SOMAXCONN, "1", PORT_RANGE, "50000 60000")));
        assertThat(kernel.get(FILE_MAX)).isEqualTo("300000");
        assertThat(kernel.get(SOMAXCONN)).isEqualTo("128");
        assertThat(kernel.get(PORT_RANGE)).isEqualTo("32768\t60999");
    }

    @Test
    void aSmallerWishWaitsForWhatIsInUse() throws IOException {
        enact(FILE_MAX, "2000000");
        kernel.openFiles(1_000_000);
        enact(FILE_MAX, "300000");
        assertThat(kernel.get(FILE_MAX)).isEqualTo("2000000");
        kernel.openFiles(5_000);
        enact(FILE_MAX, "300000");
        assertThat(kernel.get(FILE_MAX)).isEqualTo("300000");
    }

    @Test
    void aSmallerWishLeavesWhatSomebodyElseRaised() throws IOException {
        enact(FILE_MAX, "2000000");
        kernel.set(FILE_MAX, "3000000");
        enact(FILE_MAX, "300000");
        assertThat(kernel.get(FILE_MAX)).isEqualTo("3000000");
    }

    @Test
    void aValueThatSomebodyLoweredIsRaisedAgain() throws IOException {
        enact(CONNTRACK_MAX, "1250000");
        kernel.set(CONNTRACK_MAX, "131072");
        assertThat(enact(CONNTRACK_MAX, "1250000").get(CONNTRACK_MAX).state()).isEqualTo(SettingState.Raised);
        assertThat(kernel.get(CONNTRACK_MAX)).isEqualTo("1250000");
        release();
        assertThat(kernel.get(CONNTRACK_MAX)).isEqualTo("65536");
    }

    @Test
    void whatTheWishNoLongerNeedsGoesBackWhileTheRestStays() throws IOException {
        enact(ALL);
        var outcomes = enact(FILE_MAX, "2000000");
        assertThat(outcomes.get(FILE_MAX).state()).isEqualTo(SettingState.Raised);
        assertThat(outcomes.get(SOMAXCONN).state()).isEqualTo(SettingState.Restored);
        var expected = new EnumMap<>(originals);
        expected.put(FILE_MAX, "2000000");
        assertThat(kernel.all()).isEqualTo(expected);
    }

    // Release

    @Test
    void aReleasePutsEveryOriginalBackInTheReverseOrder() throws IOException {
        enact(ALL);
        var before = kernel.writes().size();
        var outcomes = release();
        assertThat(outcomes.values()).extracting(SettingOutcome::state).containsOnly(SettingState.Restored);
        assertThat(kernel.all()).isEqualTo(originals);
        var back = kernel.written().subList(before, kernel.written().size());
        assertThat(back).containsExactlyElementsOf(List.of(Setting.values()).reversed());
        assertThat(enactor.holdsAnything()).isFalse();
        assertThat(onDisk().found()).isEmpty();
    }

    @Test
    void aReleaseLeavesWhatSomebodyElseHasWrittenSince() throws IOException {
        enact(ALL);
        kernel.set(SOMAXCONN, "70000");
        kernel.set(PORT_RANGE, "2000\t64000");
        kernel.set(FILE_MAX, "500000");
        var outcomes = release();
        assertThat(outcomes.get(SOMAXCONN).state()).isEqualTo(SettingState.LeftForeign);
        assertThat(kernel.get(SOMAXCONN)).isEqualTo("70000");
        assertThat(kernel.get(PORT_RANGE)).isEqualTo("2000\t64000");
        assertThat(kernel.get(FILE_MAX)).isEqualTo("500000");
        assertThat(enactor.holdsAnything()).isFalse();
    }

    @Test
    void aReleaseTakesOnlyItsOwnPortsOutOfTheReservedOnes() throws IOException {
        kernel.set(RESERVED_PORTS, "9000");
        enact(RESERVED_PORTS, "8080,30000-32767");
        kernel.set(RESERVED_PORTS, "8080,9000,9100,30000-32767");
        release();
        assertThat(kernel.get(RESERVED_PORTS)).isEqualTo("9000,9100");
    }

    @Test
    void portsThatOthersReservedBetweenTwoWritesOfOursStayTheirs() throws IOException {
        enact(RESERVED_PORTS, "30000-32767");
        kernel.set(RESERVED_PORTS, "9000,30000-32767");
        enact(RESERVED_PORTS, "8080,30000-32767");
        assertThat(kernel.get(RESERVED_PORTS)).isEqualTo("8080,9000,30000-32767");
        release();
        assertThat(kernel.get(RESERVED_PORTS)).isEqualTo("9000");
    }

    @Test
    void anEmptyOriginalComesBackEmpty() throws IOException {
        enact(RESERVED_PORTS, "8080");
        release();
        assertThat(kernel.get(RESERVED_PORTS)).isEmpty();
    }

    @Test
    void aReleaseWaitsForWhatIsInUseAndThenLeavesIt() throws IOException {
        enact(required(Map.of(FILE_MAX, "2000000", SOMAXCONN, "65535")));
        kernel.openFiles(1_000_000);
        assertThat(release().get(FILE_MAX).state()).isEqualTo(SettingState.LeftInUse);
        assertThat(kernel.get(SOMAXCONN)).isEqualTo("128");
        assertThat(enactor.holdsAnything()).isTrue();
        clock.advance(PATIENCE.minusSeconds(1));
        release();
        assertThat(enactor.holdsAnything()).isTrue();
        clock.advance(Duration.ofSeconds(1));
        assertThat(release().get(FILE_MAX).state()).isEqualTo(SettingState.LeftInUse);
        assertThat(enactor.holdsAnything()).isFalse();
        assertThat(kernel.get(FILE_MAX)).isEqualTo("2000000");
    }

    @Test
    void aDescriptorLimitThatSomeProcessWasGivenSinceIsNotTakenFromUnderIt() throws IOException {
        enact(NR_OPEN, "2000000");
        kernel.process(
                812, "limits", "Max open files            1024                 1500000              files     \n");
        assertThat(release().get(NR_OPEN).state()).isEqualTo(SettingState.LeftInUse);
        clock.advance(PATIENCE);
        release();
        assertThat(enactor.holdsAnything()).isFalse();
        assertThat(kernel.get(NR_OPEN)).isEqualTo("2000000");
    }

    @Test
    void connectionsThatAPodTracksInItsOwnNetworkCount() throws IOException {
        enact(required(Map.of(CONNTRACK_MAX, "1048576")));
        kernel.process(812, "net/stat/nf_conntrack", "entries  clashres\n%08x  00000000\n".formatted(65_537));
        assertThat(release().get(CONNTRACK_MAX).state()).isEqualTo(SettingState.LeftInUse);
        kernel.process(812, "net/stat/nf_conntrack", "entries  clashres\n%08x  00000000\n".formatted(65_536));
        assertThat(release().get(CONNTRACK_MAX).state()).isEqualTo(SettingState.Restored);
    }

    @Test
    void aReleaseThatIsRefusedIsTriedAgainUntilItsPatienceEnds() throws IOException {
        enact(SOMAXCONN, "65535");
        kernel.makeReadOnly(SOMAXCONN);
        assertThat(release().get(SOMAXCONN).state()).isEqualTo(SettingState.NotSettable);
        assertThat(enactor.holdsAnything()).isTrue();
        clock.advance(PATIENCE);
        assertThat(release().get(SOMAXCONN).state()).isEqualTo(SettingState.NotSettable);
        assertThat(enactor.holdsAnything()).isFalse();
    }

    @Test
    void aReleaseThatWasRefusedIsDoneOnceTheKernelTakesIt() throws IOException {
        enact(SOMAXCONN, "65535");
        kernel.makeReadOnly(SOMAXCONN);
        release();
        kernel.makeWritable(SOMAXCONN);
        assertThat(release().get(SOMAXCONN).state()).isEqualTo(SettingState.Restored);
        assertThat(kernel.get(SOMAXCONN)).isEqualTo("128");
    }

    @Test
    void aReleaseThatWaitedGoesOnWhenTheUseIsGone() throws IOException {
        enact(FILE_MAX, "2000000");
        kernel.openFiles(1_000_000);
        release();
        kernel.openFiles(5_000);
        assertThat(release().get(FILE_MAX).state()).isEqualTo(SettingState.Restored);
        assertThat(kernel.get(FILE_MAX)).isEqualTo("100000");
    }

    @Test
    void conntrackGoesDownNoFurtherThanKubeProxyWouldHaveSetIt() throws IOException {
        enactor = new Enactor(
                kernel.nodeKernel(),
                journal,
                OptionalLong.of(131_072),
                PATIENCE,
                PACE,
                writers,
                clock,
                (_, _, _) -> {});
        enact(ALL);
        release();
        assertThat(kernel.get(CONNTRACK_MAX)).isEqualTo("131072");
        assertThat(kernel.get(CONNTRACK_BUCKETS)).isEqualTo("32768");
        assertThat(enactor.holdsAnything()).isFalse();
    }

    @Test
    void whatAKilledAgentHadWrittenIsHeldByTheNextOneAsItsOwn() throws IOException {
        var disk = new CrashingFiles();
        restart(disk.path(folder.resolve("state")));
        kernel.afterWrite(write -> {
            if (write.setting() == Setting.NEIGHBOURS_IPV6) {
                disk.crashAfter(0); // all is written, and the disk does not know it
            }
        });
        assertThatThrownBy(() -> enact(ALL)).isInstanceOf(Crash.class);
        assertThat(onDisk().found().get(FILE_MAX.key()).written()).containsExactly("100000", "2000000");

        restart();
        enact(ALL);
        assertThat(onDisk().found().get(FILE_MAX.key()).written()).containsExactly("2000000");
        kernel.set(FILE_MAX, "100000");
        assertThat(enactor.keep()).isTrue();
        assertThat(kernel.get(FILE_MAX)).isEqualTo("2000000");
    }

    /// Whose a value is that is neither the old one nor the one that was written could not be told later.
    @Test
    void whatTheKernelMadeOfAWriteIsOnDiskBeforeTheNextWrite() throws IOException {
        kernel.beforeWrite(write -> {
            if (write.setting() == CONNTRACK_MAX) {
                assertThat(onDisk().found().get(CONNTRACK_BUCKETS.key()).written())
                        .containsExactly("312832");
            }
        });
        enact(required(Map.of(CONNTRACK_BUCKETS, "312500", CONNTRACK_MAX, "1250000")));
        assertThat(kernel.written()).containsExactly(CONNTRACK_BUCKETS, CONNTRACK_MAX);
    }

    // Boots and namespaces

    @Test
    void anotherBootDiscardsTheOriginals() throws IOException {
        enact(ALL);
        var rebooted = new Identity("boot-2", 18, 7);
        var values = kernel.all();
        enactor.release(kernel.nodeKernel().observe(), rebooted);
        assertThat(kernel.all()).as("nothing of this boot is ours").isEqualTo(values);
        assertThat(onDisk().found()).isEmpty();
    }

    @Test
    void anotherNetworkNamespaceDiscardsOnlyWhatLivedInIt() throws IOException {
        enact(ALL);
        enactor.release(kernel.nodeKernel().observe(), new Identity("boot-1", 17, 8));
        var expected = new EnumMap<>(originals);
        for (var setting : List.of(RESERVED_PORTS, PORT_RANGE, SOMAXCONN, SYN_BACKLOG)) {
            expected.put(setting, kernel.get(setting));
            assertThat(setting.shape().parse(kernel.get(setting)))
                    .isEqualTo(ALL.get(setting).value());
        }
        assertThat(kernel.all()).isEqualTo(expected);
    }

    @Test
    void anotherStartOfTheNodeDiscardsOnlyWhatLivedInItsProcesses() throws IOException {
        enact(ALL);
        enactor.release(kernel.nodeKernel().observe(), new Identity("boot-1", 18, 7));
        var expected = new EnumMap<>(originals);
        expected.put(PID_MAX, "125000");
        assertThat(kernel.all()).isEqualTo(expected);
    }

    // Killed

    @Test
    void killedAtAnyStepOfGoingUpTheOriginalsComeBack() throws IOException {
        killedAtEveryStep(_ -> {}, EnactorTest.this::enactAll);
    }

    @Test
    void killedAtAnyStepOfGoingBackTheOriginalsComeBack() throws IOException {
        killedAtEveryStep(EnactorTest.this::enactAll, EnactorTest.this::releaseAll);
    }

    @Test
    void killedAtAnyStepOfASmallerWishTheOriginalsComeBack() throws IOException {
        killedAtEveryStep(
                EnactorTest.this::enactAll,
                victim -> victim.enactQuietly(required(Map.of(
                        FILE_MAX, "1500000",
                        NR_OPEN, "70016",
                        RESERVED_PORTS, "8080,30000-32767",
                        PORT_RANGE, "20000 65535",
                        CONNTRACK_BUCKETS, "31232",
                        CONNTRACK_MAX, "124928"))));
    }

    private void enactAll(EnactorTest victim) {
        victim.enactQuietly(ALL);
    }

    private void releaseAll(EnactorTest victim) {
        victim.enactQuietly(Map.of());
    }

    private void enactQuietly(Map<Setting, Requirement> required) {
        try {
            enact(required);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Counts the steps of `work`, on disk and in the kernel, then does it again and again, killed one step later each
    /// time; what follows is a restart, at times with the wish still there, and a release.
    private void killedAtEveryStep(Consumer<EnactorTest> prepare, Consumer<EnactorTest> work) throws IOException {
        var whole = new CrashingFiles();
        restart(whole.path(folder.resolve("whole")));
        prepare.accept(this);
        var prepared = whole.steps().size();
        hookInto(whole);
        work.accept(this);
        int steps = whole.steps().size() - prepared;
        assertThat(steps).isGreaterThan(30);
        for (int step = 0; step < steps; step++) {
            originals.forEach((setting, value) -> kernel.set(setting, value));
            unhook();
            var disk = new CrashingFiles();
            var state = folder.resolve("killed-" + step);
            Files.createDirectories(state);
            restart(disk.path(state));
            prepare.accept(this);
            hookInto(disk);
            disk.crashAfter(step);
            assertThatThrownBy(() -> work.accept(this)).isInstanceOf(Crash.class);
            unhook();
            restart(new CrashingFiles().path(state));
            if (step % 2 == 0) {
                enact(ALL);
            }
            release();
            assertThat(kernel.all()).as("killed after %s", disk.steps()).isEqualTo(originals);
            assertThat(enactor.holdsAnything()).isFalse();
        }
    }

    private void hookInto(CrashingFiles disk) {
        kernel.beforeWrite(write -> disk.step("before " + write));
        kernel.afterWrite(write -> disk.step("after " + write));
    }

    private void unhook() {
        kernel.beforeWrite(_ -> {});
        kernel.afterWrite(_ -> {});
    }

    @Test
    void everyWriteIsToldOnceWithItsRefusal() throws IOException {
        var told = new java.util.ArrayList<String>();
        enactor = new Enactor(
                kernel.nodeKernel(),
                journal,
                OptionalLong.of(0),
                PATIENCE,
                PACE,
                writers,
                clock,
                (setting, value, refusal) -> told.add(setting + " " + value.text() + " " + refusal));
        enact(required(Map.of(SOMAXCONN, "4096", PID_MAX, "5000000")));
        assertThat(told)
                .containsExactly(
                        "SOMAXCONN 4096 " + Optional.empty(), "PID_MAX 5000000 " + Optional.of("Invalid argument"));
    }

    // Others write too

    @Test
    void whatSomebodyTakesIsRaisedAgainAtTheNextLook() throws IOException {
        enact(ALL);
        kernel.set(Setting.SOMAXCONN, "128");
        kernel.set(Setting.PORT_RANGE, "32768 60999");
        kernel.set(Setting.RESERVED_PORTS, "");

        assertThat(enactor.keep()).isTrue();

        assertThat(kernel.get(Setting.SOMAXCONN)).isEqualTo("65535");
        assertThat(kernel.get(Setting.PORT_RANGE)).isEqualTo("1024\t65535");
        assertThat(kernel.get(Setting.RESERVED_PORTS)).isEqualTo("8080,30000-32767");
        assertThat(enactor.keep()).as("a second look finds nothing").isFalse();
    }

    @Test
    void aLookWhereNothingHasHappenedWritesNothingAndNeitherDoesOneAtWhatSomebodyAddedTo() throws IOException {
        enact(ALL);
        kernel.set(Setting.SOMAXCONN, "70000");
        kernel.set(Setting.RESERVED_PORTS, "8080,9000,30000-32767");
        kernel.beforeWrite(write -> fail("written: " + write));

        assertThat(enactor.keep()).isFalse();
    }

    @Test
    void aCorrectionNeedsNothingFromTheDisk() throws IOException {
        var files = new CrashingFiles();
        restart(files.path(folder.resolve("state")));
        enact(ALL);
        files.crashAfter(0);
        kernel.set(Setting.SOMAXCONN, "128");

        assertThat(enactor.keep()).isTrue();

        assertThat(kernel.get(Setting.SOMAXCONN)).isEqualTo("65535");
    }

    @Test
    void whoKeepsComingBackIsNamedAndGivenTimeAndNeverGivenUpOn() throws IOException {
        enact(Setting.SOMAXCONN, "65535");
        for (var times = 0; times < 5; times++) {
            takeSomaxconn("kube-proxy");
            assertThat(enactor.keep()).isTrue();
            clock.advance(Duration.ofSeconds(60));
        }

        takeSomaxconn("kube-proxy");
        var contested = enact(Setting.SOMAXCONN, "65535").get(Setting.SOMAXCONN);
        assertThat(contested.state()).isEqualTo(SettingState.Contested);
        assertThat(contested.problem().orElseThrow())
                .isEqualTo("kube-proxy writes it about every 60 s; set conntrack.maxPerCore to 0 in kube-proxy's"
                        + " configuration");
        assertThat(kernel.get(Setting.SOMAXCONN))
                .as("a second after the fifth it is over")
                .isEqualTo("65535");

        takeSomaxconn("kube-proxy");
        assertThat(enactor.keep()).as("now it waits").isFalse();
        assertThat(kernel.get(Setting.SOMAXCONN)).isEqualTo("128");
        clock.advance(Duration.ofSeconds(2));
        assertThat(enactor.keep()).isTrue();
        assertThat(kernel.get(Setting.SOMAXCONN)).isEqualTo("65535");

        clock.advance(Duration.ofMinutes(11));
        assertThat(enact(Setting.SOMAXCONN, "65535").get(Setting.SOMAXCONN).state())
                .isEqualTo(SettingState.Raised);
    }

    @Test
    void nobodyIsBlamedForAWriteThatWasNotSeen() throws IOException {
        enact(Setting.SOMAXCONN, "65535");
        takeSomaxconn("sysctl");
        enactor.keep();
        for (var times = 0; times < 4; times++) {
            kernel.set(Setting.SOMAXCONN, "128");
            enactor.keep();
        }

        assertThat(enact(Setting.SOMAXCONN, "65535").get(Setting.SOMAXCONN).problem())
                .hasValue("somebody who was not seen writes it again and again");
    }

    @Test
    void whatWasLoweredBeforeItWasEverOursIsLeftToAPassWhichKeepsIt() throws IOException {
        kernel.set(Setting.SOMAXCONN, "4096");
        enact(Setting.SOMAXCONN, "1000");
        kernel.set(Setting.SOMAXCONN, "512");

        assertThat(enactor.keep()).as("a pass is due").isTrue();
        assertThat(kernel.get(Setting.SOMAXCONN)).isEqualTo("512");
        enact(Setting.SOMAXCONN, "1000");
        assertThat(onDisk().found().get("net.core.somaxconn").original()).isEqualTo("512");
    }

    private void takeSomaxconn(String command) {
        kernel.set(Setting.SOMAXCONN, "128");
        writers.saw(
                Setting.SOMAXCONN,
                new Writers.Writer(OptionalInt.of(812), Optional.of(command), Optional::empty),
                clock.instant());
    }
}
