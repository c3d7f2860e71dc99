package dev.socketcapacity.agent;

import dev.socketcapacity.agent.Claim.Subject;
import dev.socketcapacity.agent.State.LastRun;
import dev.socketcapacity.agent.State.LastRun.Outcome;
import dev.socketcapacity.agent.State.ProofOnDisk;
import dev.socketcapacity.agent.kernel.Container;
import dev.socketcapacity.agent.probe.Probe;
import dev.socketcapacity.agent.probe.ProbeRequest;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import dev.socketcapacity.api.NodeSocketCapacityStatus.Proof;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.ProbeBounds;
import dev.socketcapacity.plan.ProbeTerms;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Proves a target that is enacted, and proves it again each period and whenever somebody calls for it: one probe at a
/// time, beside the agent's own loop. A proof is kept on disk.
final class Prover {

    /// More to one destination than this, and connect() gets slow: the even half of the usual port range.
    private static final int PER_DESTINATION = 12_000;

    private final Probe probe;
    private final Journal journal;
    private final Clock clock;
    private final ClockScale scale;
    private final Rhythm rhythm;
    private final Runnable wake;
    private final Runs runs;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("probe").daemon().factory());

    private Subject subject;
    private ProbeRun run;
    private Failure failure;
    private Instant forgottenAt = Instant.MIN;
    private Instant uncoveredSince;

    /// Hears of what probes come to.
    interface Runs {

        /// @param held connections that it held at one moment
        void ended(Reason outcome, String message, int held, Duration took);

        /// It was not started: it might have spent what others need.
        void forbidden(Reason outcome, String message);
    }

    /// @param rhythm when a proof is due again
    /// @param wake   called when a probe has ended, and while it runs whenever it has news
    Prover(Probe probe, Journal journal, Clock clock, ClockScale scale, Rhythm rhythm, Runnable wake, Runs runs) {
        this.probe = probe;
        this.journal = journal;
        this.clock = clock;
        this.scale = scale;
        this.rhythm = rhythm;
        this.wake = wake;
        this.runs = runs;
    }

    /// Why a target is not proved. Tried again after pauses that double.
    ///
    /// @param since    when it first failed
    /// @param answered the last call for a probe that was met; null where there was none
    private record Failure(Reason reason, String message, Instant since, int tries, Instant nextTry, String answered) {

        /// Whether a probe has met a limit: nothing less than another probe can tell otherwise.
        boolean isFound() {
            return reason == Reason.ProbeFailed;
        }
    }

    Verdict prove(Claim claim) throws IOException {
        turnTo(claim.subject());
        recall(claim);
        conclude(claim);
        if (isDue(claim)) {
            begin(claim);
        }
        return verdict(claim);
    }

    /// Ends a probe that runs, and forgets what failed.
    void abandon() {
        if (run != null) {
            run.cancel();
            forgottenAt = clock.instant().plus(run.linger());
            run = null;
        }
        failure = null;
        uncoveredSince = null;
    }

    private void turnTo(Subject next) {
        if (!next.equals(subject)) {
            abandon();
            subject = next;
        }
    }

    private Optional<ProofOnDisk> known(Claim claim) {
        return Optional.ofNullable(journal.state().proof())
                .filter(known -> claim.subject()
                        .equals(new Subject(
                                known.bootId(), known.startTime(), known.proof().target())));
    }

    /// What the last probe met is known to an agent that was started again, too.
    private void recall(Claim claim) {
        if (failure == null) {
            known(claim)
                    .filter(known -> known.lastRun().outcome() == Outcome.FAILED)
                    .ifPresent(known -> failure = new Failure(
                            Reason.ProbeFailed,
                            known.lastRun().why(),
                            known.lastRun().at(),
                            0,
                            clock.instant(),
                            known.answered()));
        }
    }

    private boolean isDue(Claim claim) {
        var now = clock.instant();
        var terms = ProbeTerms.of(claim.target());
        if (run != null || !claim.isCovered() || terms.probes() && now.isBefore(forgottenAt)) {
            return false;
        }
        var known = known(claim);
        if (isCalledFor(claim, known)) {
            return true;
        }
        return failure != null
                ? !now.isBefore(failure.nextTry())
                : known.isEmpty() || rhythm.isDue(known.get().lastRun().at(), terms.period(), now);
    }

    private boolean isCalledFor(Claim claim, Optional<ProofOnDisk> known) {
        var answered = failure != null
                ? failure.answered()
                : known.map(ProofOnDisk::answered).orElse(null);
        return claim.request() != null && !claim.request().equals(answered);
    }

    private void begin(Claim claim) throws IOException {
        var terms = ProbeTerms.of(claim.target());
        if (!terms.probes()) {
            proved(claim, claim.request(), Proof.computed(claim.hash(), now(), claim.computed()));
            return;
        }
        var destinations = destinations(claim.target(), terms.connections());
        var containerFree = Container.memoryFree().orElse(claim.node().usage().memoryFree());
        var bounds = ProbeBounds.of(claim.node(), terms, destinations, containerFree);
        var against = bounds.against(least(claim, terms));
        if (against.isPresent()) {
            forbidden(claim, terms, against.get());
            return;
        }
        var connections = Math.min(terms.connections(), bounds.tightest().connections());
        var request = new ProbeRequest((int) connections, destinations, terms.hold(), terms.timeout());
        run = new ProbeRun(probe, request, claim, clock, scale.seconds(5), wake);
        thread.execute(run.task());
    }

    /// As many to one destination as outbound connections are asked for prove the port range.
    private static int destinations(Target target, long connections) {
        return (int) Math.ceilDiv(connections, Math.max(target.outbound(), PER_DESTINATION));
    }

    /// A number that was asked for is never cut, and a proof never gives way to a smaller one.
    private long least(Claim claim, ProbeTerms terms) {
        return terms.explicit()
                ? terms.connections()
                : known(claim).map(known -> known.proof().held()).orElse(1L);
    }

    private void forbidden(Claim claim, ProbeTerms terms, ProbeBounds.Bound bound) throws IOException {
        var reason = known(claim).isPresent() ? Reason.ProbeSkipped : Reason.ProbeRefused;
        var setback = Setback.of(reason, terms.connections(), bound);
        runs.forbidden(reason, setback.message());
        setBack(claim, claim.request(), setback);
    }

    private void conclude(Claim claim) throws IOException {
        if (run == null || !run.isDone()) {
            return;
        }
        var ended = run;
        run = null;
        forgottenAt = clock.instant().plus(claim.linger());
        switch (ended.result()) {
            case Held(var connections, var _, var opening) -> {
                runs.ended(
                        Reason.ProbeHeld,
                        "The probe held %d connections%s."
                                .formatted(
                                        connections,
                                        opening.slowDown()
                                                .map(slowDown -> "; " + slowDown.text())
                                                .orElse("")),
                        connections,
                        ended.took());
                if (claim.isCovered()) {
                    proved(
                            claim,
                            ended.answers(),
                            Proof.probed(claim.hash(), now(), connections, claim.computed(), opening.tracked()));
                }
            }
            case FellShort fell -> setBack(claim, ended, fell.held(), Setback.of(fell));
            case Inconclusive inconclusive -> setBack(claim, ended, 0, Setback.of(inconclusive));
        }
    }

    private void setBack(Claim claim, ProbeRun ended, int held, Setback setback) throws IOException {
        runs.ended(setback.reason(), setback.message(), held, ended.took());
        setBack(claim, ended.answers(), setback);
    }

    /// A try that says nothing changes nothing: a proof stands, and so does a limit that was met.
    private void setBack(Claim claim, String answered, Setback setback) throws IOException {
        var known = known(claim);
        if (!setback.isFound() && failure == null && known.isPresent()) {
            keep(known.get(), Outcome.SKIPPED, setback.why(), answered);
            return;
        }
        var stands = !setback.isFound() && failure != null && failure.isFound();
        var now = clock.instant();
        var tries = failure == null ? 0 : failure.tries();
        failure = new Failure(
                stands ? failure.reason() : setback.reason(),
                stands ? failure.message() : setback.message(),
                failure == null ? now : failure.since(),
                tries + 1,
                now.plus(rhythm.pause(tries)),
                answered);
        if (known.isPresent()) {
            keep(known.get(), Outcome.FAILED, failure.message(), answered);
        }
    }

    private void keep(ProofOnDisk known, Outcome outcome, String why, String answered) throws IOException {
        var lastRun = new LastRun(clock.instant().toString(), outcome, why);
        var next = new ProofOnDisk(known.bootId(), known.startTime(), known.proof(), lastRun, answered);
        journal.update(state -> state.withProof(next));
    }

    private void proved(Claim claim, String answered, Proof proof) throws IOException {
        var known = new ProofOnDisk(
                claim.subject().bootId(),
                claim.subject().startTime(),
                proof,
                new LastRun(clock.instant().toString(), Outcome.HELD, null),
                answered);
        journal.update(state -> state.withProof(known));
        failure = null;
    }

    private String now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private Verdict verdict(Claim claim) {
        var known = known(claim);
        var proof = known.map(ProofOnDisk::proof);
        if (!claim.isCovered()) {
            return uncovered(claim, proof);
        }
        uncoveredSince = null;
        if (failure != null) {
            return new Verdict.Failed(failure.reason(), failure.message(), failure.since(), proof);
        }
        return known.map(last -> standing(last, ProbeTerms.of(claim.target()).period()))
                .orElseGet(() -> new Verdict.Pending(
                        run == null ? "The kernel still tracks the connections of the last probe." : opening()));
    }

    private Verdict uncovered(Claim claim, Optional<Proof> proof) {
        uncoveredSince = uncoveredSince == null ? clock.instant() : uncoveredSince;
        var room = claim.capacity().orElseThrow();
        var message = "The kernel's values cover %d of %d connections: %s is in the way."
                .formatted(
                        room.connections(),
                        claim.target().connections(),
                        room.limit().key());
        return new Verdict.Failed(Reason.NotCovered, message, uncoveredSince, proof);
    }

    private String opening() {
        return run.opened() == 0
                ? "The probe is opening %d connections.".formatted(run.connections())
                : "The probe has opened %d of %d connections.".formatted(run.opened(), run.connections());
    }

    private Verdict standing(ProofOnDisk known, Duration period) {
        var last = known.lastRun();
        if (rhythm.isOutdated(last.at(), period, clock.instant())) {
            return new Verdict.Outdated(
                    known.proof(),
                    "Proved at %s, and no probe has ended in twice the %d s since."
                            .formatted(known.proof().time(), period.toSeconds()));
        }
        return last.outcome() == Outcome.SKIPPED
                ? new Verdict.Skipped(known.proof(), last.why())
                : new Verdict.Proved(known.proof(), news());
    }

    private Optional<String> news() {
        return Optional.ofNullable(run)
                .filter(running -> running.opened() > 0)
                .map(running -> "A new probe has opened %d of %d.".formatted(running.opened(), running.connections()));
    }
}
