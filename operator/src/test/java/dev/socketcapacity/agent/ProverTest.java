package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.socketcapacity.agent.NodeKernel.Identity;
import dev.socketcapacity.agent.probe.Cause;
import dev.socketcapacity.agent.probe.Obstacle;
import dev.socketcapacity.agent.probe.Probe;
import dev.socketcapacity.agent.probe.ProbeRequest;
import dev.socketcapacity.agent.probe.ProbeResult;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import dev.socketcapacity.api.NodeSocketCapacityStatus.Proof;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import dev.socketcapacity.plan.Amount;
import dev.socketcapacity.plan.Capacity;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.Observation;
import dev.socketcapacity.plan.PortRange;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ProverTest {

    private static final Identity IDENTITY = new Identity("boot-1", 17, 7);
    private static final String HASH = "target-1";
    private static final ProbeResult HELD = ProbeResults.held(100);
    private static final ProbeResult NO_PORTS = ProbeResults.fellShort(60, 100);
    private static final String NO_PORTS_SAID = "The probe held 60 of 100 connections: no local ports left"
            + " (net.ipv4.ip_local_port_range is 32768 60999); raise spec.outboundConnections.";
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration LINGER = Duration.ofSeconds(10);
    private static final Duration INSTANT = Duration.ofMillis(1);

    @TempDir
    private Path folder;

    private final TestClock clock = new TestClock();
    private final FakeProbe probe = new FakeProbe();
    private final Semaphore wake = new Semaphore(0);
    private final List<String> told = new ArrayList<>();
    private double chance = 0.5;
    private Target target = inbound(100);
    private String request;
    private Observation node = node(1_000_000);
    private long capacity = 2_000_000;
    private Prover prover;

    /// A probe whose progress and result a test hands out.
    private static final class FakeProbe implements Probe {
        final BlockingQueue<ProbeResult> results = new LinkedBlockingQueue<>();
        final List<ProbeRequest> requests = new CopyOnWriteArrayList<>();
        final Semaphore interrupted = new Semaphore(0);
        volatile IntConsumer progress;

        @Override
        public ProbeResult run(ProbeRequest request, IntConsumer told) throws InterruptedException {
            progress = told;
            requests.add(request);
            try {
                return results.take();
            } catch (InterruptedException e) {
                interrupted.release();
                throw e;
            }
        }
    }

    private final class Told implements Prover.Runs {
        @Override
        public void ended(Reason outcome, String message, int held, Duration took) {
            told.add("%s, %d held in %d s: %s".formatted(outcome, held, took.toSeconds(), message));
        }

        @Override
        public void forbidden(Reason outcome, String message) {
            told.add("%s: %s".formatted(outcome, message));
        }
    }

    @BeforeEach
    void restart() throws IOException {
        prover = prover(probe);
    }

    private Prover prover(Probe with) throws IOException {
        var journal = Journals.opened(new StateFile(folder));
        var scale = new ClockScale(1);
        return new Prover(with, journal, clock, scale, new Rhythm(scale, () -> chance), wake::release, new Told());
    }

    private static Target target(Long inbound, Long outbound, Verification verification) {
        return new Target(inbound, outbound, null, List.of(), List.of(), verification);
    }

    private static Target inbound(long connections) {
        return target(connections, null, null);
    }

    private static Target probing(long connections) {
        return target(100L, null, new Verification("Probe", connections, null, null, null, null));
    }

    private static Target computing() {
        return target(100L, null, new Verification("Compute", null, null, null, null, null));
    }

    private static Observation node(long fileMax) {
        var free = 64L << 30;
        return new Observation(
                Map.of(
                        Setting.FILE_MAX, new Amount(fileMax),
                        Setting.CONNTRACK_MAX, new Amount(1_000_000),
                        Setting.PORT_RANGE, new PortRange(32_768, 60_999),
                        Setting.RESERVED_PORTS, PortSet.EMPTY),
                new Usage(1_000, 0, 300, 20, free, free),
                false,
                Optional.empty());
    }

    private Verdict prove(String hash, Identity identity) throws IOException {
        var room = target.connections() == 0
                ? Optional.<Capacity>empty()
                : Optional.of(new Capacity(Limit.NR_OPEN, capacity));
        return prover.prove(new Claim(hash, target, request, identity, node, room, LINGER));
    }

    private Verdict prove() throws IOException {
        return prove(HASH, IDENTITY);
    }

    /// The probe ends with that, and the prover is asked again when it has said that there is news.
    private Verdict whenProbeEnds(ProbeResult result) throws Exception {
        wake.drainPermits();
        probe.results.add(result);
        assertThat(wake.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        return prove();
    }

    private void awaitRequests(int count) {
        await().until(() -> probe.requests.size() == count);
    }

    /// Proved a while ago, so long that nothing of the probe is left.
    private Proof proved() throws Exception {
        prove();
        var proof = whenProbeEnds(HELD).lastProof().orElseThrow();
        clock.advance(LINGER);
        return proof;
    }

    /// A new probe has begun.
    private Verdict beginsAgain() throws IOException {
        var before = probe.requests.size();
        var verdict = prove();
        awaitRequests(before + 1);
        return verdict;
    }

    private static Verdict standing(Proof proof) {
        return new Verdict.Proved(proof, Optional.empty());
    }

    private Verdict failed(Reason reason, String message) {
        return new Verdict.Failed(reason, message, clock.instant(), Optional.empty());
    }

    // The first proof

    @Test
    void aProbeThatHeldItsConnectionsIsAProof() throws Exception {
        assertThat(prove()).isEqualTo(new Verdict.Pending("The probe is opening 100 connections."));
        assertThat(prove()).as("while it runs").isInstanceOf(Verdict.Pending.class);
        clock.advance(Duration.ofSeconds(7));
        assertThat(whenProbeEnds(HELD))
                .isEqualTo(standing(Proof.probed(HASH, "2026-01-01T00:00:07Z", 100, 2_000_000L, true)));
        assertThat(probe.requests)
                .containsExactly(new ProbeRequest(100, 1, Duration.ofSeconds(5), Duration.ofSeconds(65)));
        assertThat(told).containsExactly("ProbeHeld, 100 held in 7 s: The probe held 100 connections.");
    }

    @Test
    void whatSlowedTheProbeDownIsTold() throws Exception {
        prove();
        whenProbeEnds(ProbeResults.heldSlowly(100));
        assertThat(told)
                .containsExactly(
                        "ProbeHeld, 100 held in 0 s: The probe held 100 connections; connect(2) takes 94 times as"
                                + " long once 14116 of the 28232 local ports towards one destination are taken"
                                + " (net.ipv4.ip_local_port_range is 32768 60999).");
    }

    /// Else the agent looks too early, and again only when its next pass is due.
    @Test
    void whoIsWokenFindsTheResult() throws Exception {
        for (int run = 0; run < 200; run++) {
            var hash = "target-" + run;
            prove(hash, IDENTITY);
            probe.results.add(HELD);
            assertThat(wake.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            assertThat(prove(hash, IDENTITY)).as("run %d", run).isInstanceOf(Verdict.Proved.class);
            clock.advance(LINGER);
        }
    }

    @Test
    void anotherBootAnotherStartOrAnotherTargetNeedsAProofOfItsOwn() throws Exception {
        proved();
        assertThat(prove(HASH, new Identity("boot-2", 17, 7))).isInstanceOf(Verdict.Pending.class);
        assertThat(prove(HASH, new Identity("boot-1", 18, 7))).isInstanceOf(Verdict.Pending.class);
        assertThat(prove("target-2", IDENTITY)).isInstanceOf(Verdict.Pending.class);
    }

    @Test
    void aTargetThatChangesEndsTheProbeOfTheOldOne() throws Exception {
        prove();
        awaitRequests(1);
        target = inbound(200);
        prove("target-2", IDENTITY);
        assertThat(probe.interrupted.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        clock.advance(LINGER);
        assertThat(prove("target-2", IDENTITY)).isInstanceOf(Verdict.Pending.class);
        awaitRequests(2);
        assertThat(probe.requests.getLast().connections()).isEqualTo(200);
        assertThat(told).as("nobody hears of a probe that was ended").isEmpty();
    }

    @Test
    void aTargetThatIsNoLongerInPlaceEndsItsProbe() throws Exception {
        prove();
        awaitRequests(1);
        prover.abandon();
        assertThat(probe.interrupted.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void theNextProbeWaitsUntilTheKernelHasForgottenTheLastOne() throws Exception {
        prove();
        whenProbeEnds(HELD);
        clock.advance(LINGER.minus(INSTANT));
        assertThat(prove("target-2", IDENTITY))
                .isEqualTo(new Verdict.Pending("The kernel still tracks the connections of the last probe."));
        clock.advance(INSTANT);
        assertThat(prove("target-2", IDENTITY)).isEqualTo(new Verdict.Pending("The probe is opening 100 connections."));

        awaitRequests(2);
        prove("target-3", IDENTITY);
        assertThat(probe.interrupted.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        assertThat(prove("target-3", IDENTITY))
                .as("also of one that was ended")
                .isEqualTo(new Verdict.Pending("The kernel still tracks the connections of the last probe."));
    }

    @Test
    void inboundConnectionsStayClearOfThePortRange() throws IOException {
        target = target(30_000L, null, new Verification("Probe", 30_000L, null, null, null, null));
        beginsAgain();
        assertThat(probe.requests.getFirst().destinations()).isEqualTo(3);
    }

    @Test
    void outboundConnectionsGoToOneDestination() throws IOException {
        target = target(null, 20_000L, new Verification("Probe", 20_000L, null, null, null, null));
        beginsAgain();
        assertThat(probe.requests.getFirst().destinations()).isEqualTo(1);
    }

    @Test
    void aComputedProofOpensNoConnection() throws IOException {
        target = computing();
        assertThat(prove()).isEqualTo(standing(Proof.computed(HASH, "2026-01-01T00:00:00Z", 2_000_000L)));
        assertThat(probe.requests).isEmpty();
    }

    @Test
    void aTargetWithoutConnectionsIsProvedByComputation() throws IOException {
        target = new Target(null, null, 500L, List.of(), List.of(), null);
        assertThat(prove()).isEqualTo(standing(Proof.computed(HASH, "2026-01-01T00:00:00Z", null)));
        assertThat(probe.requests).isEmpty();
    }

    // What stops it

    @Test
    void aProbeThatFellShortNamesTheLimitInTheWay() throws Exception {
        prove();
        assertThat(whenProbeEnds(NO_PORTS)).isEqualTo(failed(Reason.ProbeFailed, NO_PORTS_SAID));
        assertThat(told).containsExactly("ProbeFailed, 60 held in 0 s: " + NO_PORTS_SAID);
    }

    @Test
    void aProbeThatSaysNothingIsInconclusiveAndNotAFailure() throws Exception {
        prove();
        assertThat(whenProbeEnds(new Inconclusive("no way from the node to the pod")))
                .isEqualTo(
                        failed(Reason.ProbeInconclusive, "The probe could not run: no way from the node to the pod."));
    }

    @Test
    void aWayToThePodThatIsNotThereSaysNothingOfTheNode() throws Exception {
        prove();
        var noRoute = new Cause(Obstacle.NO_ROUTE, "there is no route to the address");
        assertThat(whenProbeEnds(new FellShort(0, 100, noRoute, Optional.empty())))
                .isEqualTo(
                        failed(Reason.ProbeInconclusive, "The probe could not run: there is no route to the address."));
    }

    @Test
    void aProbeThatThrowsIsInconclusive() throws Exception {
        prover = prover((_, _) -> {
            throw new IllegalStateException("broken");
        });
        prove();
        assertThat(wake.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        assertThat(prove()).isEqualTo(failed(Reason.ProbeInconclusive, "The probe could not run: broken."));
    }

    @Test
    void aFailedProbeIsTriedAgainAfterPausesThatDouble() throws Exception {
        prove();
        var first = whenProbeEnds(new Inconclusive("busy"));
        for (int pause : new int[] {30, 60, 120, 240, 480, 600, 600}) {
            var runs = probe.requests.size();
            clock.advance(Duration.ofSeconds(pause).minus(INSTANT));
            assertThat(prove()).isEqualTo(first);
            assertThat(probe.requests).as("before %d s", pause).hasSize(runs);
            clock.advance(INSTANT);
            assertThat(beginsAgain())
                    .as("what failed stands while it runs again")
                    .isEqualTo(first);
            assertThat(whenProbeEnds(new Inconclusive("busy")))
                    .as("since the first time")
                    .isEqualTo(first);
        }
        clock.advance(Duration.ofSeconds(600));
        beginsAgain();
        assertThat(whenProbeEnds(HELD)).isInstanceOf(Verdict.Proved.class);
    }

    @Test
    void aLimitThatWasMetIsNotForgottenByATryThatSaysNothing() throws Exception {
        prove();
        var met = whenProbeEnds(NO_PORTS);
        clock.advance(Duration.ofSeconds(30));
        beginsAgain();
        assertThat(whenProbeEnds(new Inconclusive("busy"))).isEqualTo(met);
    }

    @Test
    void anExplicitNumberThatTheNodeHasNoRoomForIsRefusedWithTheBoundAndNotCut() throws IOException {
        target = probing(50_000);
        node = node(11_000);
        var message = "The probe may not open 50000 connections: fs.file-max has room for 4500 (10000 files free).";
        assertThat(prove()).isEqualTo(failed(Reason.ProbeRefused, message));
        assertThat(probe.requests).isEmpty();
        assertThat(told).containsExactly("ProbeRefused: " + message);
    }

    @Test
    void aRefusedProbeRunsWhenThereIsRoom() throws Exception {
        target = probing(50_000);
        node = node(11_000);
        prove();
        clock.advance(Duration.ofSeconds(30));
        node = node(1_000_000);
        beginsAgain();
        assertThat(probe.requests.getFirst().connections()).isEqualTo(50_000);
    }

    @Test
    void aNumberThatNobodyAskedForIsCutToWhatIsFree() throws IOException {
        target = inbound(1_000_000);
        node = node(5_000);
        assertThat(prove()).isEqualTo(new Verdict.Pending("The probe is opening 1000 connections."));
    }

    // Held and computed

    @Test
    void nothingIsProvedWhileTheKernelsValuesDoNotCoverTheWish() throws Exception {
        for (var method : List.of(inbound(100), computing())) {
            target = method;
            capacity = 99;
            assertThat(prove())
                    .isEqualTo(failed(
                            Reason.NotCovered,
                            "The kernel's values cover 99 of 100 connections: fs.nr_open is in the way."));
            assertThat(probe.requests).as("and nothing is probed").isEmpty();
        }
        capacity = 100;
        assertThat(prove()).as("just enough").isInstanceOf(Verdict.Proved.class);
    }

    @Test
    void aProofStandsOnlyForAsLongAsTheKernelsValuesCoverTheWish() throws Exception {
        var proof = proved();
        capacity = 99;
        var since = clock.instant();
        prove();
        clock.advance(Duration.ofMinutes(1));
        assertThat(prove())
                .isEqualTo(new Verdict.Failed(
                        Reason.NotCovered,
                        "The kernel's values cover 99 of 100 connections: fs.nr_open is in the way.",
                        since,
                        Optional.of(proof)));
        capacity = 100;
        assertThat(prove()).isEqualTo(standing(proof));
        capacity = 99;
        assertThat(prove())
                .isInstanceOfSatisfying(
                        Verdict.Failed.class, again -> assertThat(again.since()).isEqualTo(clock.instant()));
    }

    @Test
    void whatWasHeldWhileTheValuesFellShortIsNoProof() throws Exception {
        prove();
        capacity = 99;
        assertThat(whenProbeEnds(HELD)).isInstanceOf(Verdict.Failed.class);
        capacity = 100;
        clock.advance(LINGER);
        assertThat(beginsAgain()).isInstanceOf(Verdict.Pending.class);
    }

    // Again and again

    @Test
    void aProofIsRenewedAfterItsPeriodAndStandsMeanwhile() throws Exception {
        var first = proved();
        clock.advance(HOUR.minus(LINGER).minus(INSTANT));
        assertThat(prove()).isEqualTo(standing(first));
        assertThat(probe.requests).hasSize(1);

        clock.advance(INSTANT);
        assertThat(beginsAgain()).isEqualTo(standing(first));
        capacity = 3_000_000;
        assertThat(whenProbeEnds(HELD))
                .isEqualTo(standing(Proof.probed(HASH, "2026-01-01T01:00:00Z", 100, 3_000_000L, true)));
        clock.advance(HOUR);
        beginsAgain();
    }

    @Test
    void aPeriodIsAFifthShorterOrLongerByChance() throws Exception {
        for (var drawn :
                Map.of(0.0, Duration.ofMinutes(48), 1.0, Duration.ofMinutes(72)).entrySet()) {
            chance = drawn.getKey();
            restart();
            clock.advance(Duration.ofHours(2));
            beginsAgain();
            whenProbeEnds(HELD);
            var runs = probe.requests.size();
            clock.advance(drawn.getValue().minus(INSTANT));
            prove();
            chance = 1 - drawn.getKey(); // drawn once, not at each look
            assertThat(prove()).isInstanceOf(Verdict.Proved.class);
            assertThat(probe.requests).hasSize(runs);
            clock.advance(INSTANT);
            beginsAgain();
            whenProbeEnds(HELD);
        }
    }

    @Test
    void thePeriodThatIsAskedForIsKept() throws Exception {
        target = target(100L, null, new Verification(null, null, null, null, 600L, null));
        prove();
        whenProbeEnds(HELD);
        clock.advance(Duration.ofMinutes(10).minus(INSTANT));
        prove();
        assertThat(probe.requests).hasSize(1);
        clock.advance(INSTANT);
        beginsAgain();
    }

    @Test
    void aComputedProofIsRenewedToo() throws Exception {
        target = computing();
        prove();
        clock.advance(HOUR);
        capacity = 3_000_000;
        assertThat(prove()).isEqualTo(standing(Proof.computed(HASH, "2026-01-01T01:00:00Z", 3_000_000L)));
    }

    @Test
    void aProofIsKeptWithItsTimeByAnAgentThatIsStartedAgain() throws Exception {
        var proof = proved();
        restart();
        assertThat(prove()).isEqualTo(standing(proof));
        clock.advance(HOUR.minus(LINGER).minus(INSTANT));
        assertThat(prove()).isEqualTo(standing(proof));
        assertThat(probe.requests).hasSize(1);
        clock.advance(INSTANT);
        beginsAgain();
    }

    @Test
    void aClockThatWasSetBackMakesAProofDue() throws Exception {
        proved();
        clock.advance(Duration.ofDays(-1));
        restart();
        beginsAgain();
    }

    @Test
    void aLaterProbeThatMeetsALimitEndsTheProofAndKeepsItInSight() throws Exception {
        var proof = proved();
        clock.advance(HOUR);
        beginsAgain();
        var failed = new Verdict.Failed(Reason.ProbeFailed, NO_PORTS_SAID, clock.instant(), Optional.of(proof));
        assertThat(whenProbeEnds(NO_PORTS)).isEqualTo(failed);

        clock.advance(Duration.ofSeconds(30).minus(INSTANT));
        assertThat(prove()).isEqualTo(failed);
        clock.advance(INSTANT);
        assertThat(beginsAgain()).as("tried again soon").isEqualTo(failed);
        assertThat(whenProbeEnds(new Inconclusive("busy"))).as("it stands").isEqualTo(failed);

        clock.advance(Duration.ofMinutes(1));
        beginsAgain();
        assertThat(whenProbeEnds(HELD)).isInstanceOf(Verdict.Proved.class);
    }

    @Test
    void aLimitThatWasMetIsKnownToAnAgentThatIsStartedAgain() throws Exception {
        var proof = proved();
        clock.advance(HOUR);
        beginsAgain();
        whenProbeEnds(NO_PORTS);
        var met = clock.instant();
        restart();
        clock.advance(Duration.ofSeconds(1));
        assertThat(beginsAgain())
                .isEqualTo(new Verdict.Failed(Reason.ProbeFailed, NO_PORTS_SAID, met, Optional.of(proof)));
    }

    @Test
    void aLaterProbeThatSaysNothingIsSkippedAndTheProofStands() throws Exception {
        var proof = proved();
        clock.advance(HOUR);
        beginsAgain();
        var skipped = new Verdict.Skipped(proof, "no way from the node to the pod");
        assertThat(whenProbeEnds(new Inconclusive("no way from the node to the pod")))
                .isEqualTo(skipped);
        restart();
        assertThat(prove()).as("by an agent that was started again").isEqualTo(skipped);

        clock.advance(HOUR.minus(INSTANT));
        assertThat(prove()).isEqualTo(skipped);
        assertThat(probe.requests).as("not before the next period").hasSize(2);
        clock.advance(INSTANT);
        beginsAgain();
        assertThat(whenProbeEnds(HELD)).isInstanceOf(Verdict.Proved.class);
    }

    @Test
    void aLaterProbeWithoutRoomBesideRealTrafficIsSkippedAndNeverSmaller() throws Exception {
        for (var asked : List.of(inbound(100), probing(100))) {
            target = asked;
            node = node(1_000_000);
            prove(asked.toString(), IDENTITY);
            probe.results.add(HELD);
            assertThat(wake.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            var proof = prove(asked.toString(), IDENTITY).lastProof().orElseThrow();
            clock.advance(HOUR);
            told.clear();

            node = node(1_100);
            var room = asked.verification() == null ? 25 : 45;
            assertThat(prove(asked.toString(), IDENTITY))
                    .isEqualTo(
                            new Verdict.Skipped(proof, "fs.file-max has room for %d (100 files free)".formatted(room)));
            assertThat(told).singleElement().asString().startsWith("ProbeSkipped: The probe may not open 100");
        }
        assertThat(probe.requests).hasSize(2);
    }

    @Test
    void aProofIsOutdatedOnceNoProbeHasEndedForTwoPeriods() throws Exception {
        var proof = proved();
        clock.advance(HOUR.multipliedBy(2).minus(LINGER));
        assertThat(beginsAgain()).isEqualTo(standing(proof));
        clock.advance(INSTANT);
        assertThat(prove())
                .isEqualTo(new Verdict.Outdated(
                        proof, "Proved at 2026-01-01T00:00:00Z, and no probe has ended in twice the 3600 s since."));
        assertThat(whenProbeEnds(HELD)).isInstanceOf(Verdict.Proved.class);
    }

    @Test
    void aProbeThatIsSkippedAgainAndAgainMakesNoProofOutdated() throws Exception {
        var proof = proved();
        node = node(1_100);
        for (int periods = 0; periods < 5; periods++) {
            clock.advance(HOUR);
            assertThat(prove()).isInstanceOf(Verdict.Skipped.class);
        }
        assertThat(prove().lastProof()).contains(proof);
    }

    // When somebody calls for it

    @Test
    void aCallIsAnsweredOnceByAProbe() throws Exception {
        proved();
        request = "now";
        clock.advance(Duration.ofSeconds(50));
        beginsAgain();
        var proof = whenProbeEnds(HELD);
        assertThat(proof.lastProof().orElseThrow().time()).isEqualTo("2026-01-01T00:01:00Z");
        clock.advance(LINGER);
        assertThat(prove()).isEqualTo(proof);
        restart();
        assertThat(prove()).as("by an agent that was started again").isEqualTo(proof);
        assertThat(probe.requests).hasSize(2);

        request = "once more";
        beginsAgain();
        whenProbeEnds(HELD);
        clock.advance(LINGER);
        request = null;
        assertThat(prove()).as("who takes it back calls for nothing").isInstanceOf(Verdict.Proved.class);
        assertThat(probe.requests).hasSize(3);
    }

    @Test
    void aCallThatAnAgentDidNotLiveToAnswerIsAnsweredByTheNext() throws Exception {
        proved();
        request = "now";
        beginsAgain();
        restart();
        beginsAgain();
    }

    @Test
    void theFirstProbeAnswersTheCallThatIsThereAlready() throws Exception {
        request = "now";
        proved();
        prove();
        assertThat(probe.requests).hasSize(1);
    }

    @Test
    void aCallThatComesWhileAProbeRunsIsAnsweredByAnother() throws Exception {
        prove();
        request = "now";
        whenProbeEnds(HELD);
        clock.advance(LINGER);
        beginsAgain();
    }

    @Test
    void aCallDoesNotWaitForThePauseAfterAFailure() throws Exception {
        prove();
        whenProbeEnds(NO_PORTS);
        clock.advance(LINGER);
        request = "now";
        beginsAgain();
        whenProbeEnds(NO_PORTS);
        clock.advance(LINGER);
        prove();
        assertThat(probe.requests).as("and is answered once").hasSize(2);
    }

    @Test
    void aCallThatIsSkippedIsAnswered() throws Exception {
        proved();
        request = "now";
        node = node(1_100);
        assertThat(prove()).isInstanceOf(Verdict.Skipped.class);
        assertThat(prove()).isInstanceOf(Verdict.Skipped.class);
        assertThat(told).as("the proof, and one skipped").hasSize(2);
    }

    @Test
    void aCallForWhatIsComputedHasItComputedAnew() throws Exception {
        target = computing();
        prove();
        clock.advance(Duration.ofSeconds(5));
        assertThat(prove().lastProof().orElseThrow().time()).isEqualTo("2026-01-01T00:00:00Z");
        request = "now";
        assertThat(prove().lastProof().orElseThrow().time()).isEqualTo("2026-01-01T00:00:05Z");
        clock.advance(Duration.ofSeconds(5));
        assertThat(prove().lastProof().orElseThrow().time()).isEqualTo("2026-01-01T00:00:05Z");
    }

    // While it runs

    @Test
    void aLongRunIsToldEveryFiveSeconds() throws Exception {
        target = inbound(5_000);
        beginsAgain();
        clock.advance(Duration.ofSeconds(5).minus(INSTANT));
        probe.progress.accept(1_000);
        assertThat(wake.availablePermits()).isZero();
        assertThat(prove()).isEqualTo(new Verdict.Pending("The probe is opening 5000 connections."));

        clock.advance(INSTANT);
        probe.progress.accept(2_000);
        assertThat(wake.availablePermits()).as("there is news").isEqualTo(1);
        assertThat(prove()).isEqualTo(new Verdict.Pending("The probe has opened 2000 of 5000 connections."));

        probe.progress.accept(3_000);
        assertThat(wake.availablePermits()).as("not so soon").isEqualTo(1);
        assertThat(prove()).isEqualTo(new Verdict.Pending("The probe has opened 2000 of 5000 connections."));
        clock.advance(Duration.ofSeconds(5));
        assertThat(prove())
                .as("without any step since, as while it holds them")
                .isEqualTo(new Verdict.Pending("The probe has opened 3000 of 5000 connections."));
    }

    @Test
    void thatALongRunHasOpenedAllIsToldAtOnce() throws Exception {
        target = inbound(5_000);
        beginsAgain();
        clock.advance(Duration.ofSeconds(5));
        probe.progress.accept(4_000);
        prove();
        probe.progress.accept(5_000);
        assertThat(prove()).isEqualTo(new Verdict.Pending("The probe has opened 5000 of 5000 connections."));
    }

    @Test
    void aLongRunOfAProvedTargetIsToldBesideTheProof() throws Exception {
        var proof = proved();
        clock.advance(HOUR);
        beginsAgain();
        clock.advance(Duration.ofSeconds(5));
        probe.progress.accept(70);
        assertThat(prove()).isEqualTo(new Verdict.Proved(proof, Optional.of("A new probe has opened 70 of 100.")));
        assertThat(whenProbeEnds(HELD))
                .isInstanceOfSatisfying(
                        Verdict.Proved.class, again -> assertThat(again.news()).isEmpty());
    }
}
