package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.socketcapacity.agent.NodeKernel.Identity;
import dev.socketcapacity.agent.Prover.Verdict;
import dev.socketcapacity.agent.probe.Probe;
import dev.socketcapacity.agent.probe.ProbeRequest;
import dev.socketcapacity.agent.probe.ProbeResult;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import dev.socketcapacity.plan.Amount;
import dev.socketcapacity.plan.ClockScale;
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

    @TempDir
    private Path folder;

    private final TestClock clock = new TestClock();
    private final FakeProbe probe = new FakeProbe();
    private final Semaphore wake = new Semaphore(0);
    private final List<ProbeResult> told = new ArrayList<>();
    private Prover prover;

    /// A probe whose result a test hands out.
    private static final class FakeProbe implements Probe {
        final BlockingQueue<ProbeResult> results = new LinkedBlockingQueue<>();
        final List<ProbeRequest> requests = new CopyOnWriteArrayList<>();
        final Semaphore interrupted = new Semaphore(0);

        @Override
        public ProbeResult run(ProbeRequest request, IntConsumer progress) throws InterruptedException {
            requests.add(request);
            try {
                return results.take();
            } catch (InterruptedException e) {
                interrupted.release();
                throw e;
            }
        }
    }

    @BeforeEach
    void restart() throws IOException {
        prover = prover(probe);
    }

    private Prover prover(Probe with) throws IOException {
        var journal = Journals.opened(new StateFile(folder));
        return new Prover(with, journal, clock, new ClockScale(1), wake::release, told::add);
    }

    private static Target target(Long inbound, Long outbound, Verification verification) {
        return new Target(inbound, outbound, null, List.of(), List.of(), verification);
    }

    private static Target inbound(long connections) {
        return target(connections, null, null);
    }

    private static Observation node(long fileMax) {
        var free = 64L << 30;
        return new Observation(
                Map.of(
                        Setting.FILE_MAX, new Amount(fileMax),
                        Setting.CONNTRACK_MAX, new Amount(1_000_000),
                        Setting.PORT_RANGE, new PortRange(32_768, 60_999),
                        Setting.RESERVED_PORTS, PortSet.EMPTY),
                new Usage(1_000, 0, 300, 20, free, free, PortSet.EMPTY),
                false,
                Optional.empty());
    }

    private Verdict prove(String hash, Target target, Identity identity) throws IOException {
        return prover.prove(hash, target, identity, node(1_000_000));
    }

    private Verdict prove() throws IOException {
        return prove(HASH, inbound(100), IDENTITY);
    }

    /// The probe ends with that, and the prover is asked again when it has said that there is news.
    private Verdict whenProbeEnds(ProbeResult result) throws Exception {
        probe.results.add(result);
        assertThat(wake.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        return prove();
    }

    private void awaitRequests(int count) {
        await().until(() -> probe.requests.size() == count);
    }

    @Test
    void aProbeThatHeldItsConnectionsIsAProof() throws Exception {
        assertThat(prove()).isEqualTo(new Verdict.Pending("The probe is opening 100 connections."));
        assertThat(prove()).as("while it runs").isInstanceOf(Verdict.Pending.class);
        assertThat(whenProbeEnds(HELD)).isInstanceOfSatisfying(Verdict.Proved.class, proved -> {
            assertThat(proved.proof().target()).isEqualTo(HASH);
            assertThat(proved.proof().method()).isEqualTo("Probe");
            assertThat(proved.proof().path()).isEqualTo("HostToPod");
            assertThat(proved.proof().held()).isEqualTo(100);
            assertThat(proved.proof().computed()).isEqualTo(100);
            assertThat(proved.proof().time()).isEqualTo("2026-01-01T00:00:00Z");
        });
        assertThat(probe.requests)
                .containsExactly(new ProbeRequest(100, 1, Duration.ofSeconds(5), Duration.ofSeconds(65)));
        assertThat(told).containsExactly(HELD);
    }

    /// Else the agent looks too early, and again only when its next pass is due.
    @Test
    void whoIsWokenFindsTheResult() throws Exception {
        for (int run = 0; run < 200; run++) {
            var hash = "target-" + run;
            prove(hash, inbound(100), IDENTITY);
            probe.results.add(HELD);
            assertThat(wake.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            assertThat(prove(hash, inbound(100), IDENTITY)).as("run %d", run).isInstanceOf(Verdict.Proved.class);
        }
    }

    @Test
    void aProofIsKeptAndNothingIsProbedAgain() throws Exception {
        prove();
        var proved = whenProbeEnds(HELD);
        clock.advance(Duration.ofDays(1));
        assertThat(prove()).isEqualTo(proved);
        restart();
        assertThat(prove()).as("by an agent that was started again").isEqualTo(proved);
        assertThat(probe.requests).hasSize(1);
    }

    @Test
    void anotherBootAnotherStartOrAnotherTargetNeedsAProofOfItsOwn() throws Exception {
        prove();
        whenProbeEnds(HELD);
        assertThat(prove(HASH, inbound(100), new Identity("boot-2", 17, 7))).isInstanceOf(Verdict.Pending.class);
        assertThat(prove(HASH, inbound(100), new Identity("boot-1", 18, 7))).isInstanceOf(Verdict.Pending.class);
        assertThat(prove("target-2", inbound(200), IDENTITY)).isInstanceOf(Verdict.Pending.class);
    }

    @Test
    void aTargetThatChangesEndsTheProbeOfTheOldOne() throws Exception {
        prove();
        awaitRequests(1);
        assertThat(prove("target-2", inbound(200), IDENTITY)).isInstanceOf(Verdict.Pending.class);
        assertThat(probe.interrupted.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
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
    void aProbeThatFellShortNamesTheLimitInTheWay() throws Exception {
        prove();
        assertThat(whenProbeEnds(ProbeResults.fellShort(60, 100)))
                .isEqualTo(new Verdict.Failed(
                        Reason.ProbeFailed,
                        "The probe held 60 of 100 connections: no local ports left"
                                + " (net.ipv4.ip_local_port_range is 32768 60999).",
                        clock.instant()));
    }

    @Test
    void aProbeThatSaysNothingIsInconclusiveAndNotAFailure() throws Exception {
        prove();
        assertThat(whenProbeEnds(new Inconclusive("no way from the node to the pod")))
                .isEqualTo(new Verdict.Failed(
                        Reason.ProbeInconclusive,
                        "The probe could not run: no way from the node to the pod.",
                        clock.instant()));
    }

    @Test
    void aProbeThatThrowsIsInconclusive() throws Exception {
        prover = prover((_, _) -> {
            throw new IllegalStateException("broken");
        });
        prove();
        assertThat(wake.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        assertThat(prove()).isInstanceOfSatisfying(Verdict.Failed.class, failed -> {
            assertThat(failed.reason()).isEqualTo(Reason.ProbeInconclusive);
            assertThat(failed.message()).isEqualTo("The probe could not run: broken.");
        });
    }

    @Test
    void aFailedProbeIsTriedAgainAfterPausesThatDouble() throws Exception {
        var first = clock.instant();
        prove();
        whenProbeEnds(new Inconclusive("busy"));
        for (int pause : new int[] {30, 60, 120, 240, 480, 600, 600}) {
            var runs = probe.requests.size();
            clock.advance(Duration.ofSeconds(pause).minusMillis(1));
            assertThat(prove()).isInstanceOf(Verdict.Failed.class);
            assertThat(probe.requests).as("before %d s", pause).hasSize(runs);
            clock.advance(Duration.ofMillis(1));
            assertThat(prove()).as("what failed stands while it runs again").isInstanceOf(Verdict.Failed.class);
            awaitRequests(runs + 1);
            assertThat(whenProbeEnds(new Inconclusive("busy")))
                    .isInstanceOfSatisfying(
                            Verdict.Failed.class,
                            failed -> assertThat(failed.since()).isEqualTo(first));
        }
        clock.advance(Duration.ofSeconds(600));
        prove();
        assertThat(whenProbeEnds(HELD)).isInstanceOf(Verdict.Proved.class);
    }

    @Test
    void anExplicitNumberThatTheNodeHasNoRoomForIsRefusedWithTheBoundAndNotCut() throws IOException {
        var asked = target(100L, null, new Verification("Probe", 50_000L, null, null));
        var verdict = prover.prove(HASH, asked, IDENTITY, node(11_000));
        assertThat(verdict)
                .isEqualTo(new Verdict.Failed(
                        Reason.ProbeRefused,
                        "The probe may open 4500 connections, not 50000:"
                                + " that is what fs.file-max has room for (10000 free).",
                        clock.instant()));
        assertThat(probe.requests).isEmpty();
    }

    @Test
    void aRefusedProbeRunsWhenThereIsRoom() throws Exception {
        var asked = target(100L, null, new Verification("Probe", 50_000L, null, null));
        prover.prove(HASH, asked, IDENTITY, node(11_000));
        clock.advance(Duration.ofSeconds(30));
        prover.prove(HASH, asked, IDENTITY, node(1_000_000));
        awaitRequests(1);
        assertThat(probe.requests.getFirst().connections()).isEqualTo(50_000);
    }

    @Test
    void aNumberThatNobodyAskedForIsCutToWhatIsFree() throws IOException {
        var verdict = prover.prove(HASH, inbound(1_000_000), IDENTITY, node(5_000));
        assertThat(verdict).isEqualTo(new Verdict.Pending("The probe is opening 1000 connections."));
    }

    @Test
    void aComputedProofOpensNoConnection() throws IOException {
        assertThat(prove(HASH, target(100L, null, new Verification("Compute", null, null, null)), IDENTITY))
                .isInstanceOfSatisfying(Verdict.Proved.class, proved -> {
                    assertThat(proved.proof().method()).isEqualTo("Compute");
                    assertThat(proved.proof().held()).isNull();
                    assertThat(proved.proof().path()).isNull();
                });
        assertThat(probe.requests).isEmpty();
    }

    @Test
    void aTargetWithoutConnectionsIsProvedByComputation() throws IOException {
        var threads = new Target(null, null, 500L, List.of(), List.of(), null);
        assertThat(prove(HASH, threads, IDENTITY)).isInstanceOf(Verdict.Proved.class);
        assertThat(probe.requests).isEmpty();
    }

    @Test
    void outboundConnectionsAreProvedToOneDestination() throws IOException {
        prove(HASH, target(null, 20_000L, new Verification("Probe", 20_000L, null, null)), IDENTITY);
        awaitRequests(1);
        assertThat(probe.requests.getFirst().destinations()).isEqualTo(1);
    }

    @Test
    void inboundConnectionsStayClearOfThePortRange() throws IOException {
        prove(HASH, target(30_000L, null, new Verification("Probe", 30_000L, null, null)), IDENTITY);
        awaitRequests(1);
        assertThat(probe.requests.getFirst().destinations()).isEqualTo(3);
    }
}
