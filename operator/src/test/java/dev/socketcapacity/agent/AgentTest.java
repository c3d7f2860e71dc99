package dev.socketcapacity.agent;

import static dev.socketcapacity.api.Condition.Status.False;
import static dev.socketcapacity.api.Condition.Status.True;
import static dev.socketcapacity.api.Condition.Status.Unknown;
import static dev.socketcapacity.plan.Setting.FILE_MAX;
import static dev.socketcapacity.plan.Setting.NR_OPEN;
import static dev.socketcapacity.plan.Setting.PORT_RANGE;
import static dev.socketcapacity.plan.Setting.RESERVED_PORTS;
import static dev.socketcapacity.plan.Setting.SOMAXCONN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.probe.ProbeResult;
import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.Condition.Type;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacitySpec.WishReference;
import dev.socketcapacity.api.NodeSocketCapacityStatus.SettingReport;
import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The agent's loop, with a kernel and an API server that tests make do what they want.
@Timeout(60)
class AgentTest {

    /// Passes follow each other fast; what is waited for in minutes goes by the clock, which stands still.
    private static final ClockScale SCALE = new ClockScale(1);

    private static final Duration GRACE = Duration.ofMinutes(10);
    private static final Duration KERNEL_WAIT = Duration.ofMinutes(5);

    @TempDir(factory = InMemory.class)
    private Path folder;

    private final TestClock clock = new TestClock();
    private final FakeWishes wishes = new FakeWishes();
    private Wishes heard = wishes;
    private final AtomicInteger probes = new AtomicInteger();
    private final Alarm alarm = new Alarm();
    private final Writers writers = new Writers();
    private volatile ProbeResult probeResult;
    private volatile CountDownLatch probing = new CountDownLatch(0);
    private volatile boolean probeEnded;
    private FakeKernel kernel;
    private Map<Setting, String> originals;
    private Thread thread;
    private Agent agent;

    @BeforeAll
    static void needsRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
    }

    @BeforeEach
    void create() throws IOException {
        kernel = new FakeKernel(folder.resolve("proc"));
        originals = kernel.all();
        probeResult = null;
    }

    @AfterEach
    void close() throws InterruptedException {
        stop();
        kernel.close();
    }

    private void start() throws IOException {
        var journal = Journals.closed(new StateFile(folder.resolve("state")));
        var nodeKernel = kernel.nodeKernel();
        var enactor = new Enactor(
                nodeKernel,
                journal,
                OptionalLong.of(0),
                GRACE,
                Contest.Patience.of(5, SCALE),
                writers,
                clock,
                (_, _, _) -> {});
        var prover = new Prover(
                (request, _) -> {
                    probes.incrementAndGet();
                    awaitEnd();
                    return probeResult == null ? ProbeResults.held(request.connections()) : probeResult;
                },
                journal,
                clock,
                SCALE,
                new Rhythm(SCALE, () -> 0.5),
                alarm::news,
                new NoRuns());
        agent = new Agent(
                heard, nodeKernel, journal, enactor, prover, PortSet.parse("30000-32767"), clock, SCALE, alarm);
        var running = agent;
        thread = Thread.ofPlatform().start(() -> {
            try {
                running.run();
            } catch (InterruptedException _) {
                // stopped
            }
        });
    }

    /// The probe goes on until it is let go or ended.
    private void awaitEnd() {
        try {
            probing.await();
        } catch (InterruptedException _) {
            probeEnded = true;
        }
    }

    /// Ends it as SIGTERM does: there is nothing that it does about it.
    private void stop() throws InterruptedException {
        if (thread != null) {
            thread.interrupt();
            thread.join();
            thread = null;
        }
    }

    private static NodeSocketCapacitySpec spec(String action, Target target, String hash) {
        return new NodeSocketCapacitySpec("uid", action, target, hash, List.of(), 1, null);
    }

    private static NodeSocketCapacitySpec enact(long connections) {
        var target = new Target(connections, null, null, List.of(), List.of(), null);
        return spec(NodeSocketCapacitySpec.ENACT, target, "target-" + connections);
    }

    /// @param connections 0 where nobody wishes for any
    private static NodeSocketCapacitySpec onHold(long connections) {
        var wished = enact(connections);
        return connections == 0
                ? spec(NodeSocketCapacitySpec.HOLD, null, null)
                : spec(NodeSocketCapacitySpec.HOLD, wished.target(), wished.targetHash());
    }

    private void awaitOnHold(long generation) {
        eventually()
                .until(() -> wishes.says(Type.Ready, Unknown, "OnHold")
                        && wishes.last().orElseThrow().observedGeneration() == generation);
    }

    private static NodeSocketCapacitySpec release() {
        return spec(NodeSocketCapacitySpec.RELEASE, null, null);
    }

    /// A condition that the agent reaches, however many passes it takes.
    private ConditionFactory eventually() {
        return await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(2))
                .conditionEvaluationListener(_ -> alarm.news());
    }

    /// What the clock and the API server say now has been looked at, to the end.
    private void awaitPasses() {
        var asked = wishes.asked();
        eventually().until(() -> wishes.asked() >= asked + 6); // at most three times a pass
    }

    private void awaitReady() {
        eventually().until(() -> wishes.says(Type.Ready, True, "Verified"));
    }

    private State onDisk() throws IOException {
        return new StateFile(folder.resolve("state")).read();
    }

    private long number(Setting setting) {
        return Long.parseLong(kernel.get(setting));
    }

    @Test
    void aWishIsEnactedProvedAndReported() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        assertThat(number(NR_OPEN)).isGreaterThanOrEqualTo(1_000_000);
        assertThat(number(FILE_MAX)).isGreaterThanOrEqualTo(1_250_000);
        assertThat(wishes.last()).hasValueSatisfying(status -> {
            assertThat(status.observedGeneration()).isEqualTo(1);
            assertThat(status.proved().held()).isEqualTo(5_000);
            assertThat(status.settings())
                    .extracting(SettingReport::name)
                    .contains("fs.file-max", "fs.nr_open", "net.netfilter.nf_conntrack_max");
        });
        assertThat(agent.isWorking()).isTrue();
        assertThat(onDisk().wish()).isEqualTo(enact(1_000_000));
    }

    @Test
    void nothingIsReportedTwice() throws IOException {
        wishes.wish(1, enact(1_000));
        start();
        awaitReady();
        awaitPasses();
        var reports = wishes.reports().size();
        var writes = kernel.writes();
        kernel.openFiles(1_600);
        clock.advance(Duration.ofMinutes(30));
        awaitPasses();
        awaitPasses();
        assertThat(wishes.reports()).as("usage and time are no news").hasSize(reports);
        assertThat(kernel.writes()).isEqualTo(writes);
        assertThat(probes).hasValue(1);
    }

    @Test
    void aReportThatWasNotTakenIsSentAgain() throws IOException {
        wishes.takeReports(false);
        wishes.wish(1, enact(1_000));
        start();
        eventually().until(() -> probes.get() == 1);
        awaitPasses();
        wishes.takeReports(true);
        awaitReady();
    }

    @Test
    void whenTheApiServerIsBackValuesAreInPlaceAndTheReportWaitsForItsTurn() throws IOException {
        heard = new SpreadWishes(wishes, Duration.ofSeconds(30), clock, () -> 0.5);
        wishes.takeReports(false);
        wishes.wish(1, enact(1_000_000));
        start();
        eventually().until(() -> probes.get() == 1);
        awaitPasses();
        wishes.takeReports(true);
        clock.advance(Duration.ofMillis(14_999));
        awaitPasses();
        assertThat(number(NR_OPEN)).isGreaterThanOrEqualTo(1_000_000);
        assertThat(wishes.reports()).isEmpty();
        clock.advance(Duration.ofMillis(1));
        awaitReady();
    }

    @Test
    void besideALargeSpecAReportHasTheSettingsThatThereIsRoomFor() throws IOException {
        var small = enact(1_000);
        var names = List.of(new WishReference("w".repeat(6_000), "uid", 1L));
        wishes.wish(1, new NodeSocketCapacitySpec("uid", small.action(), small.target(), "hash", names, 1, null));
        start();
        awaitReady();
        assertThat(wishes.last()).hasValueSatisfying(status -> {
            assertThat(ObjectSize.bytes(status)).isLessThanOrEqualTo(8_192 - 6_000);
            assertThat(status.settingsOmitted()).isPositive();
        });
    }

    @Test
    void anObjectThatWasMadeAnewIsToldEverythingAgain() throws IOException {
        wishes.wish(1, enact(1_000));
        start();
        awaitReady();
        awaitPasses();
        var reports = wishes.reports().size();
        var spec = enact(1_000);
        wishes.remake(2, spec);
        eventually().until(() -> wishes.reports().size() > reports);
        assertThat(wishes.last().orElseThrow().observedGeneration()).isEqualTo(2);
    }

    @Test
    void aChangedTargetIsProvedAnew() throws IOException {
        wishes.wish(1, enact(1_000));
        start();
        awaitReady();
        wishes.wish(2, enact(2_000));
        eventually()
                .until(() -> wishes.last().orElseThrow().target().equals("target-2000")
                        && wishes.says(Type.Ready, True, "Verified"));
        assertThat(probes).hasValue(2);
        assertThat(wishes.last().orElseThrow().proved().held()).isEqualTo(2_000);
    }

    @Test
    void whatSomebodyLoweredIsRaisedAgain() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        kernel.set(NR_OPEN, "65536");
        eventually().until(() -> number(NR_OPEN) >= 1_000_000);
    }

    @Test
    void whatNobodyWasSeenToLowerIsRaisedAgainAlsoWhileOthersAreSeenAllTheTime() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        kernel.set(NR_OPEN, "65536");
        await().atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(2))
                .conditionEvaluationListener(_ -> alarm.written())
                .until(() -> number(NR_OPEN) >= 1_000_000);
    }

    @Test
    void withoutAnApiServerTheLastWishIsEnactedFromDisk() throws Exception {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        stop();
        originals.forEach((setting, value) -> kernel.set(setting, value));
        kernel.boot("0b9b5b1c-0000-4000-8000-000000000002");
        wishes.silent();
        start();
        eventually().until(() -> number(NR_OPEN) >= 1_000_000 && probes.get() == 2);
    }

    @Test
    void anAgentThatEndsRestoresNothing() throws Exception {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        awaitPasses();
        var held = kernel.all();
        stop();
        assertThat(kernel.all()).isEqualTo(held).isNotEqualTo(originals);
        start();
        awaitPasses();
        assertThat(kernel.all()).isEqualTo(held);
        assertThat(probes).as("the proof holds on").hasValue(1);
    }

    @Test
    void anotherBootIsReportedWithAProofOfItsOwn() throws Exception {
        wishes.wish(1, enact(1_000));
        start();
        awaitReady();
        stop();
        originals.forEach((setting, value) -> kernel.set(setting, value));
        kernel.boot("0b9b5b1c-0000-4000-8000-000000000002");
        start();
        eventually()
                .until(() -> wishes.last().orElseThrow().bootID().endsWith("2")
                        && wishes.says(Type.Ready, True, "Verified"));
        assertThat(probes).hasValue(2);
    }

    @Test
    void aReleasePutsEverythingBackAndSaysSo() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        wishes.wish(2, release());
        eventually().until(() -> wishes.says(Type.Ready, False, "Released"));
        assertThat(kernel.all()).isEqualTo(originals);
        assertThat(wishes.says(Type.Reconciling, False, "Settled")).isTrue();
        assertThat(wishes.last().orElseThrow().observedGeneration()).isEqualTo(2);
        assertThat(onDisk().found()).isEmpty();
        assertThat(onDisk().proof()).isNull();
    }

    @Test
    void aReleaseThatWaitsForWhatIsInUseSaysThatToo() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        kernel.openFiles(1_200_000);
        wishes.wish(2, release());
        eventually().until(() -> wishes.says(Type.Ready, False, "Releasing"));
        assertThat(wishes.says(Type.Reconciling, True, "Releasing")).isTrue();
        assertThat(number(FILE_MAX)).isGreaterThan(1_000_000);
        clock.advance(GRACE);
        eventually().until(() -> wishes.says(Type.Ready, False, "Released"));
        assertThat(wishes.condition(Type.Ready).orElseThrow().message()).contains("fs.file-max");
    }

    @Test
    void onHoldWhatSomebodyLoweredStaysLowAndWhatWasFoundIsKept() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        awaitPasses();
        var found = onDisk().found();
        wishes.wish(2, onHold(1_000_000));
        awaitOnHold(2);
        assertThat(wishes.says(Type.Enacted, True, "AllValuesHeld")).isTrue();
        var writes = kernel.writes();
        kernel.set(NR_OPEN, "65536");
        eventually().until(() -> wishes.says(Type.Enacted, False, "OnHold"));
        awaitPasses();
        assertThat(kernel.get(NR_OPEN)).isEqualTo("65536");
        assertThat(kernel.writes()).isEqualTo(writes);
        assertThat(wishes.says(Type.Stalled, False, "Settled")).isTrue();
        assertThat(onDisk().found()).isEqualTo(found);
        assertThat(wishes.last().orElseThrow().settings())
                .filteredOn(setting -> setting.name().equals("fs.nr_open"))
                .singleElement()
                .satisfies(setting -> {
                    assertThat(setting.original()).isEqualTo(originals.get(NR_OPEN));
                    assertThat(setting.actual()).isEqualTo("65536");
                    assertThat(setting.state()).isEqualTo("OnHold");
                });

        wishes.wish(3, enact(1_000_000));
        eventually().until(() -> number(NR_OPEN) >= 1_000_000);
        eventually().until(() -> wishes.says(Type.Ready, True, "Verified"));
        assertThat(probes).as("the proof holds on").hasValue(1);
        wishes.wish(4, release());
        eventually().until(() -> wishes.says(Type.Ready, False, "Released"));
        assertThat(kernel.all()).isEqualTo(originals);
    }

    @Test
    void onHoldFromTheStartNothingIsWrittenOrProbed() throws IOException {
        wishes.wish(1, onHold(1_000_000));
        start();
        awaitOnHold(1);
        awaitPasses();
        assertThat(kernel.writes()).isEmpty();
        assertThat(probes).hasValue(0);
        assertThat(wishes.says(Type.Enacted, False, "OnHold")).isTrue();
        assertThat(onDisk().found()).isEmpty();
    }

    @Test
    void aWordThatOnlyANewerOperatorKnowsTouchesNothing() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        var held = kernel.all();
        wishes.wish(2, spec("Rehearse", enact(1_000_000).target(), "target-1000000"));
        awaitOnHold(2);
        assertThat(kernel.all()).isEqualTo(held);
    }

    @Test
    void onHoldAWishsEndPutsNothingBackUntilTheHoldIsOver() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        var held = kernel.all();
        wishes.wish(2, onHold(0));
        awaitOnHold(2);
        awaitPasses();
        assertThat(kernel.all()).isEqualTo(held);
        assertThat(wishes.says(Type.Enacted, Unknown, "OnHold")).isTrue();
        assertThat(wishes.last().orElseThrow().settings())
                .as("what is to be put back one day")
                .extracting(SettingReport::name)
                .contains("fs.file-max", "fs.nr_open");
        wishes.wish(3, release());
        eventually().until(() -> wishes.says(Type.Ready, False, "Released"));
        assertThat(kernel.all()).isEqualTo(originals);
    }

    @Test
    void onHoldForNobodyWithNothingOfOursThereIsNothingToWaitFor() throws IOException {
        wishes.wish(1, onHold(0));
        start();
        eventually().until(() -> wishes.says(Type.Enacted, False, "Released"));
        assertThat(kernel.writes()).isEmpty();
    }

    @Test
    void onHoldAnotherBootEnactsNothingAndForgetsWhatWasFoundInTheLast() throws Exception {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        wishes.wish(2, onHold(1_000_000));
        awaitOnHold(2);
        stop();
        originals.forEach((setting, value) -> kernel.set(setting, value));
        kernel.boot("0b9b5b1c-0000-4000-8000-000000000002");
        wishes.silent();
        start();
        awaitPasses();
        assertThat(kernel.all()).isEqualTo(originals);
        assertThat(onDisk().found().values())
                .extracting(found -> found.namespace())
                .noneMatch(namespace -> namespace.startsWith("0b9b5b1c-0000-4000-8000-000000000001"));
    }

    @Test
    void aHoldEndsAProbeThatIsRunning() throws IOException {
        probing = new CountDownLatch(1);
        wishes.wish(1, enact(1_000));
        start();
        eventually().until(() -> probes.get() == 1);
        wishes.wish(2, onHold(1_000));
        awaitOnHold(2);
        eventually().until(() -> probeEnded);
    }

    @Test
    void anObjectThatStaysAwayForTenMinutesIsReleased() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        awaitPasses();
        var held = kernel.all();
        wishes.absent(true);
        awaitPasses();
        clock.advance(GRACE.minusSeconds(1));
        awaitPasses();
        assertThat(kernel.all()).isEqualTo(held);
        clock.advance(Duration.ofSeconds(1));
        eventually().until(() -> kernel.all().equals(originals));
        awaitPasses();
        assertThat(onDisk().wish()).isNull();
        assertThat(onDisk().found()).isEmpty();
    }

    @Test
    void anAbsenceThatTheApiServerDoesNotConfirmReleasesNothing() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        awaitPasses();
        var held = kernel.all();
        wishes.absent(false);
        awaitPasses();
        clock.advance(Duration.ofDays(1));
        awaitPasses();
        assertThat(kernel.all()).isEqualTo(held);
    }

    @Test
    void anApiServerThatIsAwayReleasesNothing() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        awaitPasses();
        var held = kernel.all();
        wishes.silent();
        awaitPasses();
        clock.advance(Duration.ofDays(1));
        awaitPasses();
        assertThat(kernel.all()).isEqualTo(held);
    }

    @Test
    void anObjectThatComesBackInTimeStartsTheGraceAnew() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        awaitPasses();
        var held = kernel.all();
        for (int absence = 0; absence < 3; absence++) {
            wishes.absent(true);
            awaitPasses();
            clock.advance(GRACE.minusSeconds(1));
            awaitPasses();
            wishes.wish(1, enact(1_000_000));
            awaitPasses();
        }
        assertThat(kernel.all()).isEqualTo(held);
    }

    @Test
    void aNodeThatNobodyWishesForIsLeftAlone() throws IOException {
        wishes.absent(true);
        start();
        awaitPasses();
        assertThat(kernel.writes()).isEmpty();
        assertThat(wishes.reports()).isEmpty();
        assertThat(agent.isWorking()).isTrue();
    }

    @Test
    void aGuestWaitsForTheKernelsOwnerAndGoesOnWhenItHasRaisedTheValue() throws IOException {
        kernel.becomeGuest();
        kernel.set(NR_OPEN, "1048576");
        kernel.set(Setting.EPOLL_WATCHES, "2000000");
        kernel.set(Setting.CONNTRACK_MAX, "2000000");
        kernel.set(Setting.CONNTRACK_BUCKETS, "500224");
        var before = kernel.get(FILE_MAX);
        wishes.wish(1, enact(1_000_000));
        start();
        eventually().until(() -> wishes.says(Type.Enacted, False, "WaitingForKernel"));
        assertThat(wishes.says(Type.Reconciling, True, "WaitingForKernel")).isTrue();
        assertThat(wishes.says(Type.Stalled, False, "Settled")).isTrue();
        assertThat(wishes.says(Type.Verified, Unknown, "NotEnacted")).isTrue();
        assertThat(wishes.last().orElseThrow().guest()).isTrue();
        clock.advance(KERNEL_WAIT);
        awaitPasses();
        assertThat(wishes.says(Type.Stalled, False, "Settled")).isTrue();
        assertThat(kernel.get(FILE_MAX)).isEqualTo(before);
        kernel.set(FILE_MAX, "2000000");
        awaitReady();
        assertThat(wishes.reports())
                .as("never stalled in passing")
                .allSatisfy(status -> assertThat(status.conditions())
                        .filteredOn(condition -> condition.type().equals("Stalled"))
                        .allMatch(condition -> condition.is(False)));
        assertThat(kernel.written()).isSubsetOf(SOMAXCONN, RESERVED_PORTS, PORT_RANGE, Setting.PID_MAX);
    }

    @Test
    void aGuestWhoseKernelIsNotRaisedIsStuckAfterFiveMinutesAndStillRecovers() throws IOException {
        kernel.becomeGuest();
        kernel.set(NR_OPEN, "1048576");
        kernel.set(Setting.EPOLL_WATCHES, "2000000");
        kernel.set(Setting.CONNTRACK_MAX, "2000000");
        kernel.set(Setting.CONNTRACK_BUCKETS, "500224");
        wishes.wish(1, enact(1_000_000));
        start();
        eventually().until(() -> wishes.says(Type.Enacted, False, "WaitingForKernel"));
        clock.advance(KERNEL_WAIT.plusSeconds(1));
        eventually().until(() -> wishes.says(Type.Stalled, True, "NotSettable"));
        kernel.set(FILE_MAX, "2000000");
        awaitReady();
        assertThat(wishes.says(Type.Stalled, False, "Settled")).isTrue();
    }

    @Test
    void aTargetThatTheMemoryDoesNotCarryWritesNothing() throws IOException {
        wishes.wish(1, enact(16_000_000));
        start();
        eventually().until(() -> wishes.says(Type.Ready, False, "NotEnoughMemory"));
        awaitPasses();
        assertThat(kernel.writes()).isEmpty();
        assertThat(probes).hasValue(0);
    }

    @Test
    void aSettingThatThisAgentDoesNotKnowIsSaidAndTheRestIsEnacted() throws IOException {
        var target = new Target(
                1_000_000L,
                null,
                null,
                List.of(new SettingRequirement("net.core.invented", 5L, null)),
                List.of(),
                null);
        wishes.wish(1, spec(NodeSocketCapacitySpec.ENACT, target, "hash"));
        start();
        eventually().until(() -> wishes.says(Type.Accepted, False, "UnknownSetting"));
        assertThat(number(NR_OPEN)).isGreaterThanOrEqualTo(1_000_000);
        assertThat(Files.exists(folder.resolve("proc/sys/net/core/invented"))).isFalse();
    }

    @Test
    void outboundConnectionsWidenTheRangeAroundPortsThatSomebodyNeeds() throws IOException {
        var target = new Target(null, 30_000L, null, List.of(), List.of("15000"), null);
        wishes.wish(1, spec(NodeSocketCapacitySpec.ENACT, target, "hash"));
        start();
        awaitReady();
        assertThat(kernel.written()).containsSubsequence(RESERVED_PORTS, PORT_RANGE);
        var reserved = PortSet.parse(kernel.get(RESERVED_PORTS));
        assertThat(reserved.covers(PortSet.parse("15000,30000-32767"))).isTrue();
    }

    @Test
    void aFailedProbeIsReportedAndTheValuesStay() throws IOException {
        probeResult = ProbeResults.fellShort(600, 1_000);
        wishes.wish(1, enact(1_000_000));
        start();
        eventually().until(() -> wishes.says(Type.Stalled, True, "ProbeFailed"));
        assertThat(number(NR_OPEN)).isGreaterThanOrEqualTo(1_000_000);
        assertThat(wishes.last().orElseThrow().proved()).isNull();
        probeResult = null;
        clock.advance(Duration.ofSeconds(30));
        awaitReady();
    }

    // The rhythm of proof

    private static NodeSocketCapacitySpec calling(NodeSocketCapacitySpec spec, String request) {
        return new NodeSocketCapacitySpec(
                spec.nodeUID(), spec.action(), spec.target(), spec.targetHash(), spec.wishes(), 1, request);
    }

    private String provedAt() {
        return wishes.last().orElseThrow().proved().time();
    }

    @Test
    void whatIsComputedIsWhatTheKernelsValuesCoverAndNotTheWish() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        assertThat(wishes.last().orElseThrow().proved().computed())
                .as("fs.nr_open for one process, less its other files")
                .isEqualTo(number(NR_OPEN) - 1_024);
    }

    @Test
    void aProofIsRenewedAfterItsPeriod() throws IOException {
        wishes.wish(1, enact(1_000));
        start();
        awaitReady();
        clock.advance(Duration.ofHours(1));
        eventually().until(() -> provedAt().equals("2026-01-01T01:00:00Z"));
        assertThat(wishes.says(Type.Ready, True, "Verified")).isTrue();
        assertThat(probes).hasValue(2);
    }

    @Test
    void aCallForAProbeIsAnsweredOnce() throws IOException {
        wishes.wish(1, enact(1_000));
        start();
        awaitReady();
        clock.advance(Duration.ofMinutes(1));
        wishes.wish(2, calling(enact(1_000), "now"));
        eventually().until(() -> provedAt().equals("2026-01-01T00:01:00Z"));
        assertThat(onDisk().proof().answered()).isEqualTo("now");
        awaitPasses();
        assertThat(probes).hasValue(2);
    }

    @Test
    void aLaterProbeThatFailsIsReportedWithTheLastProofAndTheValuesStay() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        var values = kernel.all();
        probeResult = ProbeResults.fellShort(600, 1_000);
        clock.advance(Duration.ofHours(1));
        eventually().until(() -> wishes.says(Type.Stalled, True, "ProbeFailed"));
        assertThat(wishes.says(Type.Ready, False, "ProbeFailed")).isTrue();
        assertThat(provedAt()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(kernel.all()).isEqualTo(values);
        probeResult = null;
        clock.advance(Duration.ofSeconds(30));
        awaitReady();
    }

    @Test
    void aNodeThatWasOnHoldForLongIsOutdatedUntilItIsProvedAgain() throws IOException {
        wishes.wish(1, enact(1_000));
        start();
        awaitReady();
        wishes.wish(2, onHold(1_000));
        awaitOnHold(2);
        clock.advance(Duration.ofDays(1));
        probing = new CountDownLatch(1);
        wishes.wish(3, enact(1_000));
        eventually().until(() -> wishes.says(Type.Verified, Unknown, "ProbeOutdated"));
        assertThat(wishes.says(Type.Ready, Unknown, "ProbeOutdated")).isTrue();
        assertThat(wishes.says(Type.Reconciling, False, "Settled")).isTrue();
        assertThat(wishes.says(Type.Stalled, False, "Settled")).isTrue();
        probing.countDown();
        awaitReady();
        assertThat(provedAt()).isEqualTo("2026-01-02T00:00:00Z");
    }

    @Test
    void portsThatOthersReserveAreNotThereForTheWish() throws IOException {
        var target = new Target(null, 10_000L, null, List.of(), List.of(), null);
        wishes.wish(1, spec(NodeSocketCapacitySpec.ENACT, target, "hash"));
        start();
        awaitReady();
        kernel.set(RESERVED_PORTS, "32768-55999");
        eventually().until(() -> wishes.says(Type.Verified, False, "NotCovered"));
        assertThat(wishes.condition(Type.Ready).orElseThrow().message())
                .isEqualTo("The kernel's values cover 5000 of 10000 connections:"
                        + " net.ipv4.ip_local_port_range is in the way.");
        kernel.set(RESERVED_PORTS, "");
        awaitReady();
        assertThat(probes).as("the proof stood all the time").hasValue(1);
    }

    @Test
    void theNextProbeWaitsForAsLongAsTheKernelTracksTheLastOne() throws IOException {
        kernel.closeTimeout(10);
        wishes.wish(1, enact(1_000));
        start();
        awaitReady();
        wishes.wish(2, enact(2_000));
        eventually()
                .until(() -> wishes.condition(Type.Verified)
                        .filter(verified -> verified.message().contains("still tracks"))
                        .isPresent());
        assertThat(probes).hasValue(1);
        clock.advance(Duration.ofSeconds(10));
        eventually().until(() -> probes.get() == 2);
    }

    @Test
    void aKernelThatCantBeReadIsReportedAndTriedAgain() throws IOException {
        wishes.wish(1, enact(1_000));
        start();
        awaitReady();
        var meminfo = folder.resolve("proc/meminfo");
        var text = Files.readString(meminfo);
        Files.delete(meminfo);
        eventually().until(() -> wishes.says(Type.Ready, False, "AgentFailed") && !agent.isWorking());
        Files.writeString(meminfo, text);
        awaitReady();
        eventually().until(agent::isWorking);
    }

    @Test
    void theTableOfConnectionsIsLookedThroughForANewTargetAlone() throws IOException {
        wishes.wish(1, enact(1_000));
        start();
        awaitReady();
        Files.writeString(folder.resolve("proc/1/net/tcp"), "a header\nunreadable\n");
        awaitPasses();
        assertThat(agent.isWorking()).isTrue();
        wishes.wish(2, enact(2_000));
        eventually().until(() -> !agent.isWorking());
    }

    // What it keeps on disk

    @Test
    void aStateThatCantBeReadIsSetAsideAndWhatIsThereCountsAsFound() throws Exception {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        stop();
        var raised = kernel.all();
        Files.writeString(folder.resolve("state/state.json"), "{\"found\": {");
        start();
        eventually().until(() -> wishes.says(Type.Enacted, True, "OriginalsLost"));
        var name = new StateFile(folder.resolve("state")).lastSetAside().orElseThrow();
        assertThat(wishes.condition(Type.Enacted).orElseThrow().message()).contains(name);
        awaitReady();
        assertThat(wishes.reports())
                .as("Helm's waiter takes Stalled for the end")
                .noneMatch(status -> Condition.find(status.conditions(), Type.Stalled)
                        .filter(stalled -> stalled.is(True))
                        .isPresent());

        wishes.wish(2, release());
        eventually().until(() -> wishes.says(Type.Ready, False, "Released"));
        assertThat(kernel.all()).as("nothing is put back from it").isEqualTo(raised);
        Files.delete(folder.resolve("state").resolve(name));
        wishes.wish(3, enact(1_000_000));
        eventually().until(() -> wishes.says(Type.Enacted, True, "AllValuesHeld"));
    }

    @Test
    void aDiskThatIsFullIsSaidValuesAreLeftAloneAndWorkGoesOnWhenItHasRoom() throws Exception {
        try (var disk = SmallDisk.mount(folder.resolve("state"))) {
            wishes.wish(1, enact(500_000));
            start();
            awaitReady();
            var held = kernel.all();
            disk.fill();
            wishes.wish(2, enact(1_000_000));
            awaitFailure(": No space left on device.");
            assertThat(kernel.all()).isEqualTo(held);
            assertThat(onDisk().wish()).isEqualTo(enact(500_000));

            disk.makeRoom();
            eventually().until(() -> number(NR_OPEN) >= 1_000_000);
            awaitReady();
            wishes.wish(3, release());
            eventually().until(() -> wishes.says(Type.Ready, False, "Released"));
            assertThat(kernel.all()).isEqualTo(originals);
            stop();
        }
    }

    @Test
    void aFolderThatIsReadOnlyIsSaidValuesAreLeftAloneAndWorkGoesOnWhenItIsWritable() throws Exception {
        try (var disk = SmallDisk.mount(folder.resolve("state"))) {
            disk.readOnly();
            wishes.wish(1, enact(1_000_000));
            start();
            awaitFailure(": Read-only file system.");
            assertThat(kernel.writes()).isEmpty();

            disk.writable();
            awaitReady();
            assertThat(number(NR_OPEN)).isGreaterThanOrEqualTo(1_000_000);
            disk.readOnly();
            wishes.wish(2, release());
            awaitFailure(": Read-only file system.");
            assertThat(number(NR_OPEN)).isGreaterThanOrEqualTo(1_000_000);

            disk.writable();
            eventually().until(() -> wishes.says(Type.Ready, False, "Released"));
            assertThat(kernel.all()).isEqualTo(originals);
            stop();
        }
    }

    private void awaitFailure(String why) {
        eventually().until(() -> wishes.says(Type.Ready, False, "AgentFailed"));
        assertThat(wishes.condition(Type.Ready).orElseThrow().message())
                .contains(folder.resolve("state").toString())
                .endsWith(why);
        assertThat(agent.isWorking()).isFalse();
    }

    @Test
    void everySettingIsReportedAsItWasShallBeAndIs() throws IOException {
        wishes.wish(1, enact(1_000_000));
        start();
        awaitReady();
        var reported = new EnumMap<Setting, SettingReport>(Setting.class);
        for (var setting : Setting.values()) {
            wishes.last().orElseThrow().settings().stream()
                    .filter(report -> report.name().equals(setting.key()))
                    .forEach(report -> reported.put(setting, report));
        }
        assertThat(reported).isNotEmpty().allSatisfy((setting, report) -> {
            assertThat(report.original()).isEqualTo(originals.get(setting));
            assertThat(report.actual()).isEqualTo(kernel.get(setting));
            assertThat(report.state()).isEqualTo("Raised");
        });
    }
}
