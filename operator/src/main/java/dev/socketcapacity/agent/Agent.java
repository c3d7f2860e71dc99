package dev.socketcapacity.agent;

import dev.socketcapacity.agent.NodeKernel.Identity;
import dev.socketcapacity.agent.Wishes.Wish;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.plan.Capacity;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.Derivation;
import dev.socketcapacity.plan.Headroom;
import dev.socketcapacity.plan.Observation;
import dev.socketcapacity.plan.PortSet;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The agent's loop: learn what is wished for, observe, derive, enact, prove, report, sleep. One pass at a time; a
/// pass is level-based and may be run at any moment.
final class Agent {

    private static final Logger LOG = Logger.getLogger(Agent.class.getName());

    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    private final Wishes wishes;
    private final NodeKernel kernel;
    private final Journal journal;
    private final Baselines baselines;
    private final Enactor enactor;
    private final Prover prover;
    private final PortSet keepPorts;
    private final Clock clock;
    private final ClockScale scale;
    private final Alarm alarm;

    private Instant shortSince;
    private Instant absentSince;
    private List<SettingOutcome> released = List.of();
    private NodeSocketCapacityStatus reported;
    private volatile boolean working;

    /// @param alarm ends a sleep between two passes
    Agent(
            Wishes wishes,
            NodeKernel kernel,
            Journal journal,
            Enactor enactor,
            Prover prover,
            PortSet keepPorts,
            Clock clock,
            ClockScale scale,
            Alarm alarm) {
        this.wishes = wishes;
        this.kernel = kernel;
        this.journal = journal;
        this.baselines = new Baselines(kernel, journal, keepPorts);
        this.enactor = enactor;
        this.prover = prover;
        this.keepPorts = keepPorts;
        this.clock = clock;
        this.scale = scale;
        this.alarm = alarm;
    }

    /// Runs until interrupted. Ending restores nothing: an upgrade must not make values flap.
    void run() throws InterruptedException {
        run(pass());
    }

    /// The same after a first pass.
    ///
    /// @param untilNext what that returned
    void run(Duration untilNext) throws InterruptedException {
        for (var longest = untilNext; ; longest = pass()) {
            sleep(longest);
        }
    }

    /// Until the next pass is due. Meanwhile what somebody writes is looked at at once, and all that is held twice a
    /// second, as some write where nobody can see it.
    private void sleep(Duration longest) throws InterruptedException {
        var end = System.nanoTime() + longest.toNanos();
        var look = System.nanoTime() + LOOK_EVERY.toNanos();
        for (var now = System.nanoTime(); now < end; now = System.nanoTime()) {
            var news = alarm.sleep(Duration.ofNanos(Math.min(end, look) - now));
            var due = System.nanoTime() >= look;
            if (news || somethingChanged(due)) {
                return;
            }
            look = due ? System.nanoTime() + LOOK_EVERY.toNanos() : look;
        }
    }

    private boolean somethingChanged(boolean anywhere) throws InterruptedException {
        try {
            return anywhere ? enactor.keep() : enactor.keepWritten();
        } catch (IOException | RuntimeException failure) {
            throwIfInterrupted();
            return true; // the next pass will meet it too, and tell
        }
    }

    /// An interrupt in the middle of reading or writing looks like a failure of that.
    private static void throwIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /// Whether the last pass could do its work.
    boolean isWorking() {
        return working;
    }

    /// One pass. At start, before the API server is asked, it is one with the last wish.
    ///
    /// @return when to look again if nothing happens before
    Duration pass() throws InterruptedException {
        try {
            open();
            learn();
            var identity = kernel.identity();
            var node = kernel.observe();
            var situation = work(node, identity);
            var taken = situation.isEmpty() || report(situation.get(), node, identity);
            working = true;
            return taken && isQuiet(situation) ? scale.seconds(10) : scale.seconds(1);
        } catch (IOException | RuntimeException failure) {
            throwIfInterrupted();
            LOG.log(Level.WARNING, "This pass failed and is tried again", failure);
            working = false;
            reportFailure(failure);
            return scale.seconds(10);
        }
    }

    private static boolean isQuiet(Optional<Situation> situation) {
        return situation
                .map(found -> switch (found) {
                    // What is contested is looked at all the time anyway.
                    case Situation.Enacting enacting -> enacting.shortFor().isEmpty() || enacting.isContested();
                    case Situation.OnHold _ -> true;
                    case Situation.Releasing releasing -> releasing.done();
                    case Situation.Failing _ -> true;
                })
                .orElse(true);
    }

    /// A state that can't be read must not keep the node's wish from being held.
    private void open() throws IOException {
        try {
            journal.open();
        } catch (Journal.SetAsideException lost) {
            LOG.log(Level.WARNING, lost.getMessage());
            journal.open();
        }
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
            case Wish.Unknown _, Wish.Away _ -> absentSince = null;
        }
    }

    private Optional<Situation> work(Observation node, Identity identity) throws IOException {
        var wish = journal.state().wish();
        if (wish != null && NodeSocketCapacitySpec.ENACT.equals(wish.action())) {
            released = List.of();
            return Optional.of(enact(wish, node, identity));
        }
        prover.abandon();
        shortSince = null;
        // A word that only a newer operator knows is no reason to touch anything either.
        if (wish != null && !NodeSocketCapacitySpec.RELEASE.equals(wish.action())) {
            return Optional.of(onHold(wish, node, identity));
        }
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

    private Situation enact(NodeSocketCapacitySpec wish, Observation node, Identity identity) throws IOException {
        var target = wish.target();
        var baseline = baselines.of(target, wish.targetHash(), node, identity);
        var derivation = Derivation.of(target, baseline, keepPorts);
        var outcomes = derivation.isForbidden()
                ? enactor.look(Map.of(), node, identity)
                : enactor.enact(derivation.requirements(), node, identity);
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
                holds ? Optional.of(prover.prove(claim(wish, derivation, identity, after))) : Optional.empty(),
                Headroom.bottleneck(derivation, after));
    }

    private Claim claim(NodeSocketCapacitySpec wish, Derivation derivation, Identity identity, Observation node)
            throws IOException {
        return new Claim(
                wish.targetHash(),
                wish.target(),
                wish.probeRequest(),
                identity,
                node,
                Capacity.of(wish.target(), derivation, node),
                kernel.closeTimeout());
    }

    /// On hold, what is ours stays ours and what is lost stays lost, until somebody asks for more or for nothing.
    private Situation onHold(NodeSocketCapacitySpec wish, Observation node, Identity identity) throws IOException {
        if (wish.target() == null) {
            var ours = enactor.look(Map.of(), node, identity);
            return ours.isEmpty() ? new Situation.Releasing(List.of(), true) : new Situation.OnHold(List.of(), ours);
        }
        var baseline = baselines.peek(wish.target(), wish.targetHash(), node, identity);
        var derivation = Derivation.of(wish.target(), baseline, keepPorts);
        return new Situation.OnHold(derivation.refusals(), enactor.look(derivation.requirements(), node, identity));
    }

    private boolean report(Situation situation, Observation node, Identity identity) throws IOException {
        if (!(wishes.current() instanceof Wish.Present(var generation, var spec, var conditions))
                || generation != journal.state().generation()) {
            return true; // a newer wish is on its way, or nobody listens
        }
        var before = reported == null ? conditions : reported.conditions();
        var whole = new NodeReport(
                        generation, identity.bootId(), node.guest(), spec.targetHash(), before, clock.instant(), scale)
                .of(situation, journal.lastSetAside());
        var report = ObjectSize.fit(whole, spec);
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
                    .of(new Situation.Failing(String.valueOf(failure.getMessage())), Optional.empty());
            if (!report.equals(reported) && wishes.report(report)) {
                reported = report;
            }
        }
    }
}
