package dev.socketcapacity.agent;

import dev.socketcapacity.agent.NodeKernel.Identity;
import dev.socketcapacity.agent.Wishes.Wish;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.Derivation;
import dev.socketcapacity.plan.Headroom;
import dev.socketcapacity.plan.Observation;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Requirement;
import dev.socketcapacity.plan.Setting;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The agent's loop: learn what is wished for, observe, derive, enact, prove, report, sleep. One pass at a time; a
/// pass is level-based and may be run at any moment.
final class Agent {

    private static final Logger LOG = Logger.getLogger(Agent.class.getName());

    private final Wishes wishes;
    private final NodeKernel kernel;
    private final Journal journal;
    private final Baselines baselines;
    private final Enactor enactor;
    private final Prover prover;
    private final PortSet keepPorts;
    private final Clock clock;
    private final ClockScale scale;
    private final Semaphore wake;

    private Instant shortSince;
    private Instant absentSince;
    private List<SettingOutcome> released = List.of();
    private NodeSocketCapacityStatus reported;
    private volatile boolean working;

    /// @param wake a permit in it starts the next pass at once
    Agent(
            Wishes wishes,
            NodeKernel kernel,
            Journal journal,
            Enactor enactor,
            Prover prover,
            PortSet keepPorts,
            Clock clock,
            ClockScale scale,
            Semaphore wake) {
        this.wishes = wishes;
        this.kernel = kernel;
        this.journal = journal;
        this.baselines = new Baselines(journal, keepPorts);
        this.enactor = enactor;
        this.prover = prover;
        this.keepPorts = keepPorts;
        this.clock = clock;
        this.scale = scale;
        this.wake = wake;
    }

    /// Runs until interrupted. Ending restores nothing: an upgrade must not make values flap.
    void run() throws InterruptedException {
        while (true) {
            var next = pass();
            if (wake.tryAcquire(next.toMillis(), TimeUnit.MILLISECONDS)) {
                wake.drainPermits();
            }
        }
    }

    /// Whether the last pass could do its work.
    boolean isWorking() {
        return working;
    }

    /// @return when to look again if nothing happens before
    private Duration pass() {
        try {
            learn();
            var identity = kernel.identity();
            var node = kernel.observe();
            var situation = work(node, identity);
            var taken = situation.isEmpty() || report(situation.get(), node, identity);
            working = true;
            return taken && isQuiet(situation) ? scale.seconds(10) : scale.seconds(1);
        } catch (IOException | RuntimeException failure) {
            LOG.log(Level.WARNING, "This pass failed and is tried again", failure);
            working = false;
            reportFailure(failure);
            return scale.seconds(10);
        }
    }

    private static boolean isQuiet(Optional<Situation> situation) {
        return situation
                .map(found -> switch (found) {
                    case Situation.Enacting enacting -> enacting.shortFor().isEmpty();
                    case Situation.Releasing releasing -> releasing.done();
                    case Situation.Failing _ -> true;
                })
                .orElse(true);
    }

    /// Keeps the newest wish on disk. An object that stays away for 10 minutes is a wish's end, unless the API server
    /// is.
    private void learn() throws IOException {
        switch (wishes.current()) {
            case Wish.Present(var generation, var spec, var _) -> {
                absentSince = null;
                journal.update(state -> state.withWish(spec, generation));
            }
            case Wish.Absent _ -> {
                absentSince = absentSince == null ? clock.instant() : absentSince;
                var wish = journal.state().wish();
                if (wish != null
                        && !clock.instant().isBefore(absentSince.plus(scale.minutes(10)))
                        && wishes.confirmsAbsence()) {
                    journal.update(state -> state.withWish(null, 0));
                }
            }
            case Wish.Unknown _ -> absentSince = null;
        }
    }

    private Optional<Situation> work(Observation node, Identity identity) throws IOException {
        var wish = journal.state().wish();
        if (wish != null && NodeSocketCapacitySpec.ENACT.equals(wish.action())) {
            released = List.of();
            return Optional.of(hold(wish, node, identity));
        }
        prover.abandon();
        shortSince = null;
        if (wish == null && journal.state().applied() != null) {
            return Optional.empty(); // by somebody at the command line: a wish takes over, its absence does not
        }
        var outcomes = enactor.release(node, identity);
        if (!outcomes.isEmpty()) {
            released = outcomes;
        }
        if (!enactor.holdsAnything()) {
            journal.update(state -> state.withLoad(null).withProof(null));
        }
        return wish == null
                ? Optional.empty()
                : Optional.of(new Situation.Releasing(released, !enactor.holdsAnything()));
    }

    private Situation hold(NodeSocketCapacitySpec wish, Observation node, Identity identity) throws IOException {
        var target = wish.target();
        var baseline = baselines.of(target, wish.targetHash(), node, identity);
        var derivation = Derivation.of(target, baseline, keepPorts);
        var required = derivation.isForbidden() ? Map.<Setting, Requirement>of() : derivation.requirements();
        var outcomes = derivation.isForbidden() ? List.<SettingOutcome>of() : enactor.enact(required, node, identity);
        var holds = derivation.refusals().isEmpty() && outcomes.stream().noneMatch(SettingOutcome::isShort);
        shortSince = holds ? null : shortSince == null ? clock.instant() : shortSince;
        if (!holds) {
            prover.abandon();
        }
        var after = kernel.observe();
        return new Situation.Enacting(
                derivation.refusals(),
                outcomes,
                Optional.ofNullable(shortSince).map(since -> Duration.between(since, clock.instant())),
                holds ? Optional.of(prover.prove(wish.targetHash(), target, identity, after)) : Optional.empty(),
                Headroom.bottleneck(derivation, after));
    }

    private boolean report(Situation situation, Observation node, Identity identity) {
        if (!(wishes.current() instanceof Wish.Present(var generation, var spec, var conditions))
                || generation != journal.state().generation()) {
            return true; // a newer wish is on its way, or nobody listens
        }
        var before = reported == null ? conditions : reported.conditions();
        var report = new NodeReport(
                        generation, identity.bootId(), node.guest(), spec.targetHash(), before, clock.instant(), scale)
                .of(situation);
        // What the API server has is looked at too: an object made anew knows nothing of what was reported before.
        if (reported != null
                && report.withoutUsage().equals(reported.withoutUsage())
                && conditions.equals(reported.conditions())) {
            return true;
        }
        if (!wishes.report(report)) {
            return false;
        }
        reported = report;
        return true;
    }

    private void reportFailure(Exception failure) {
        if (wishes.current() instanceof Wish.Present(var generation, var spec, var conditions)) {
            var report = new NodeReport(generation, null, false, spec.targetHash(), conditions, clock.instant(), scale)
                    .of(new Situation.Failing(String.valueOf(failure.getMessage())));
            if (!report.equals(reported) && wishes.report(report)) {
                reported = report;
            }
        }
    }
}
