package dev.socketcapacity.agent;

import dev.socketcapacity.agent.NodeKernel.Identity;
import dev.socketcapacity.agent.State.ProofOnDisk;
import dev.socketcapacity.agent.kernel.Container;
import dev.socketcapacity.agent.probe.Probe;
import dev.socketcapacity.agent.probe.ProbeRequest;
import dev.socketcapacity.agent.probe.ProbeResult;
import dev.socketcapacity.api.NodeSocketCapacityStatus.Proof;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.Observation;
import dev.socketcapacity.plan.ProbeBounds;
import dev.socketcapacity.plan.ProbeTerms;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/// Proves a target that is enacted: one probe at a time, beside the agent's own loop. A proof is kept on disk.
final class Prover {

    /// More to one destination than this, and connect() gets slow: the even half of the usual port range.
    private static final int PER_DESTINATION = 12_000;

    private static final String PATH = "HostToPod";

    private final Probe probe;
    private final Journal journal;
    private final Clock clock;
    private final ClockScale scale;
    private final Runnable wake;
    private final Consumer<ProbeResult> results;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("probe").daemon().factory());

    private Attempt attempt;
    private Failure failure;

    /// @param wake    called when a probe has ended
    /// @param results hears of every result
    Prover(Probe probe, Journal journal, Clock clock, ClockScale scale, Runnable wake, Consumer<ProbeResult> results) {
        this.probe = probe;
        this.journal = journal;
        this.clock = clock;
        this.scale = scale;
        this.wake = wake;
        this.results = results;
    }

    /// Where the proof stands.
    sealed interface Verdict {
        record Proved(Proof proof) implements Verdict {}

        /// The probe runs, or is about to.
        record Pending(String message) implements Verdict {}

        /// It will be tried again.
        ///
        /// @param since when it first failed for this target
        record Failed(Reason reason, String message, Instant since) implements Verdict {}
    }

    /// What a proof holds for.
    private record Subject(String bootId, long startTime, String target) {}

    private record Attempt(Subject subject, ProbeTerms terms, Future<ProbeResult> result) {}

    private record Failure(Subject subject, Verdict.Failed verdict, Duration pause, Instant nextTry) {}

    /// The verdict on a target whose values are all in place.
    Verdict prove(String hash, Target target, Identity identity, Observation node) throws IOException {
        var subject = new Subject(identity.bootId(), identity.startTime(), hash);
        abandonOthers(subject);
        var known = journal.state().proof();
        if (known != null && subject.equals(subjectOf(known))) {
            return new Verdict.Proved(known.proof());
        }
        var terms = ProbeTerms.of(target);
        if (!terms.probes()) {
            return proved(subject, target, Verification.COMPUTE, null, null);
        }
        if (attempt != null && attempt.result().isDone()) {
            return evaluate(target);
        }
        if (attempt == null && (failure == null || !clock.instant().isBefore(failure.nextTry()))) {
            start(subject, target, terms, node);
        }
        if (failure != null) {
            return failure.verdict();
        }
        return new Verdict.Pending(
                "The probe is opening %d connections.".formatted(attempt.terms().connections()));
    }

    /// Ends a probe that runs, and forgets what failed.
    void abandon() {
        if (attempt != null) {
            attempt.result().cancel(true);
            attempt = null;
        }
        failure = null;
    }

    private void abandonOthers(Subject subject) {
        if (attempt != null && !attempt.subject().equals(subject)
                || failure != null && !failure.subject().equals(subject)) {
            abandon();
        }
    }

    private void start(Subject subject, Target target, ProbeTerms asked, Observation node) {
        var destinations = destinations(target, asked.connections());
        var containerFree = Container.memoryFree().orElse(node.usage().memoryFree());
        var bounds = ProbeBounds.of(node, asked, destinations, containerFree);
        var against = bounds.against(asked.explicit() ? asked.connections() : 1);
        if (against.isPresent()) {
            failed(
                    subject,
                    Reason.ProbeRefused,
                    "The probe may open %d connections, not %d: that is what %s has room for (%d free)."
                            .formatted(
                                    against.get().connections(),
                                    asked.connections(),
                                    against.get().limit(),
                                    against.get().free()));
            return;
        }
        var connections = Math.min(asked.connections(), bounds.tightest().connections());
        var terms = new ProbeTerms(connections, asked.explicit(), asked.hold(), asked.timeout());
        var request = new ProbeRequest((int) connections, destinations, terms.hold(), terms.timeout());
        var run = new FutureTask<>(() -> probe.run(request)) {
            @Override
            protected void done() {
                wake.run(); // and not before: who is woken shall find the result
            }
        };
        thread.execute(run);
        attempt = new Attempt(subject, terms, run);
    }

    /// As many to one destination as outbound connections are asked for prove the port range.
    private static int destinations(Target target, long connections) {
        return (int) Math.ceilDiv(connections, Math.max(target.outbound(), PER_DESTINATION));
    }

    private Verdict evaluate(Target target) throws IOException {
        var subject = attempt.subject();
        ProbeResult result;
        try {
            result = attempt.result().resultNow();
        } catch (IllegalStateException _) {
            result = new ProbeResult.Inconclusive(
                    String.valueOf(attempt.result().exceptionNow().getMessage()));
        }
        attempt = null;
        results.accept(result);
        return switch (result) {
            case ProbeResult.Held held -> {
                failure = null;
                yield proved(subject, target, Verification.PROBE, PATH, (long) held.connections());
            }
            case ProbeResult.FellShort fell ->
                failed(
                        subject,
                        Reason.ProbeFailed,
                        "The probe held %d of %d connections: %s."
                                .formatted(
                                        fell.held(), fell.wanted(), fell.cause().evidence()));
            case ProbeResult.Inconclusive inconclusive ->
                failed(
                        subject,
                        Reason.ProbeInconclusive,
                        "The probe could not run: %s.".formatted(inconclusive.cause()));
        };
    }

    private Verdict proved(Subject subject, Target target, String method, String path, Long held) throws IOException {
        var now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        var proof = new Proof(subject.target(), now, method, path, held, target.connections());
        journal.update(state -> state.withProof(new ProofOnDisk(subject.bootId(), subject.startTime(), proof)));
        return new Verdict.Proved(proof);
    }

    private Verdict failed(Subject subject, Reason reason, String message) {
        var now = clock.instant();
        var since = failure == null ? now : failure.verdict().since();
        var pause = failure == null ? scale.seconds(30) : failure.pause().multipliedBy(2);
        var bounded = pause.compareTo(scale.minutes(10)) < 0 ? pause : scale.minutes(10);
        var verdict = new Verdict.Failed(reason, message, since);
        failure = new Failure(subject, verdict, bounded, now.plus(bounded));
        return verdict;
    }

    private static Subject subjectOf(ProofOnDisk known) {
        return new Subject(known.bootId(), known.startTime(), known.proof().target());
    }
}
