package dev.socketcapacity.agent;

import static dev.socketcapacity.api.Bounds.MAX_LISTED;
import static dev.socketcapacity.api.Condition.Status.False;
import static dev.socketcapacity.api.Condition.Status.True;
import static dev.socketcapacity.api.Condition.Status.Unknown;
import static dev.socketcapacity.api.Condition.Type.Accepted;
import static dev.socketcapacity.api.Condition.Type.Enacted;
import static dev.socketcapacity.api.Condition.Type.Ready;
import static dev.socketcapacity.api.Condition.Type.Reconciling;
import static dev.socketcapacity.api.Condition.Type.Stalled;
import static dev.socketcapacity.api.Condition.Type.Verified;

import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.api.NodeSocketCapacityStatus.Proof;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.Verification;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.Derivation.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A situation as the status of the node's object: what is Ready, what is going on, what is stuck.
final class NodeReport {

    /// Up to four conditions say the same: with every setting listed, a status still fits into 4 KiB.
    private static final int MAX_MESSAGE = 160;

    private final long generation;
    private final String bootId;
    private final boolean guest;
    private final String targetHash;
    private final List<Condition> before;
    private final Instant now;
    private final ClockScale scale;

    /// @param before the conditions of the last report, whose transition times are kept
    NodeReport(
            long generation,
            String bootId,
            boolean guest,
            String targetHash,
            List<Condition> before,
            Instant now,
            ClockScale scale) {
        this.generation = generation;
        this.bootId = bootId;
        this.guest = guest;
        this.targetHash = targetHash;
        this.before = before;
        this.now = now;
        this.scale = scale;
    }

    /// One condition's value.
    private record Finding(Condition.Status status, Reason reason, String message) {

        boolean isTrue() {
            return status == True;
        }
    }

    /// Whether work goes on by itself, or somebody has to do something.
    private enum Progress {
        SETTLED,
        GOING_ON,
        STUCK
    }

    /// @param setAside the name of a state's file that could not be read, for as long as it lies there
    NodeSocketCapacityStatus of(Situation situation, Optional<String> setAside) {
        return switch (situation) {
            case Situation.Enacting enacting -> enacting(enacting, setAside);
            case Situation.OnHold onHold -> onHold(onHold);
            case Situation.Releasing releasing -> releasing(releasing, setAside);
            case Situation.Failing(var why) -> failing(why);
        };
    }

    private NodeSocketCapacityStatus enacting(Situation.Enacting situation, Optional<String> setAside) {
        var accepted = accepted(situation.refusals());
        var enacted = enacted(situation, setAside);
        var verified = verified(situation);
        var ready = List.of(accepted, enacted, verified).stream()
                .filter(finding -> !finding.isTrue())
                .findFirst()
                .map(NodeReport::notReady)
                .orElse(new Finding(True, Reason.Verified, verified.message()));
        return status(
                conditions(accepted, enacted, verified, ready, progress(situation)),
                situation.settings(),
                situation.verdict().flatMap(Verdict::lastProof).orElse(null),
                situation.bottleneck().orElse(null));
    }

    private static Finding accepted(List<Refusal> refusals) {
        return refusals.stream()
                .filter(refusal -> refusal.reason() == Reason.UnknownSetting)
                .findFirst()
                .map(NodeReport::refused)
                .orElse(new Finding(True, Reason.Valid, "The target can be planned."));
    }

    private static Finding refused(Refusal refusal) {
        return new Finding(False, refusal.reason(), sentence(refusal.sentence()));
    }

    private Finding enacted(Situation.Enacting situation, Optional<String> setAside) {
        var missing =
                situation.settings().stream().filter(SettingOutcome::isShort).toList();
        if (!situation.refusals().isEmpty()) {
            return refused(situation.refusals().getFirst());
        }
        var contested = contested(situation);
        if (contested.isPresent()) {
            return new Finding(False, Reason.Contested, sentence(contested.get().contest()));
        }
        if (missing.isEmpty()) {
            return new Finding(
                    True,
                    setAside.isPresent() ? Reason.OriginalsLost : Reason.AllValuesHeld,
                    "The kernel holds all %d values.%s"
                            .formatted(situation.settings().size(), lost(setAside)));
        }
        var onlyShared = missing.stream().allMatch(outcome -> outcome.state() == SettingState.SharedKernel);
        var others = missing.size() == 1 ? "" : "; and %d more".formatted(missing.size() - 1);
        return new Finding(
                False,
                onlyShared && !isStuck(situation) ? Reason.WaitingForKernel : Reason.NotSettable,
                sentence(missing.getFirst().shortage() + others));
    }

    private static Optional<SettingOutcome> contested(Situation.Enacting situation) {
        return situation.settings().stream()
                .filter(outcome -> outcome.state() == SettingState.Contested)
                .findFirst();
    }

    /// A proof that has grown old says neither that the node holds the target nor that it does not.
    private static Finding notReady(Finding first) {
        var status = first.reason() == Reason.ProbeOutdated ? Unknown : False;
        return new Finding(status, first.reason(), first.message());
    }

    private Finding verified(Situation.Enacting situation) {
        return situation
                .verdict()
                .map(verdict -> switch (verdict) {
                    case Verdict.Proved(var proof, var news) -> proved(proof, news);
                    case Verdict.Skipped(var proof, var why) -> skipped(proof, why);
                    case Verdict.Outdated(var _, var message) -> new Finding(Unknown, Reason.ProbeOutdated, message);
                    case Verdict.Pending(var message) -> new Finding(Unknown, Reason.Probing, message);
                    case Verdict.Failed failed -> new Finding(status(failed), failed.reason(), failed.message());
                })
                .orElse(new Finding(Unknown, Reason.NotEnacted, "Nothing is verified before all values are in place."));
    }

    /// What could not run in all this time says nothing; what the bounds forbid may still be allowed soon.
    private Condition.Status status(Verdict.Failed failed) {
        return switch (failed.reason()) {
            case ProbeInconclusive -> Unknown;
            case ProbeRefused -> isFinal(failed) ? Unknown : False;
            default -> False;
        };
    }

    private static Finding proved(Proof proof, Optional<String> news) {
        return Verification.PROBE.equals(proof.method())
                ? new Finding(
                        True,
                        Reason.ProbeHeld,
                        "Held %d connections at one moment from the node to a pod; the kernel's values cover %d.%s%s"
                                .formatted(
                                        proof.held(),
                                        proof.computed(),
                                        proof.leavesOutConntrack() ? " Conntrack tracks none of them." : "",
                                        news.map(" "::concat).orElse("")))
                : new Finding(
                        True,
                        Reason.ComputedOnly,
                        "The kernel's values cover what is asked for, by computation: no connection was opened.");
    }

    private static Finding skipped(Proof proof, String why) {
        return new Finding(
                True,
                Reason.ProbeSkipped,
                sentence("Held %d, computed %d at %s; not probed again: %s"
                        .formatted(proof.held(), proof.computed(), proof.time(), why)));
    }

    private Progress progress(Situation.Enacting situation) {
        if (contested(situation).isPresent()) {
            return Progress.STUCK;
        }
        if (situation.shortFor().isPresent()) {
            return isStuck(situation) ? Progress.STUCK : Progress.GOING_ON;
        }
        return situation
                .verdict()
                .map(verdict -> switch (verdict) {
                    case Verdict.Proved _, Verdict.Skipped _, Verdict.Outdated _ -> Progress.SETTLED;
                    case Verdict.Pending _ -> Progress.GOING_ON;
                    case Verdict.Failed failed -> isFinal(failed) ? Progress.STUCK : Progress.GOING_ON;
                })
                .orElse(Progress.GOING_ON);
    }

    /// What is missing may still come: from a kernel's owner, or with memory that is freed.
    private boolean isStuck(Situation.Enacting situation) {
        return situation
                .shortFor()
                .filter(since -> since.compareTo(scale.minutes(5)) > 0)
                .isPresent();
    }

    /// A probe that ran and fell short has spoken; one that could not run is tried for a while.
    private boolean isFinal(Verdict.Failed failed) {
        return failed.reason() == Reason.ProbeFailed
                || Duration.between(failed.since(), now).compareTo(scale.minutes(10)) > 0;
    }

    private static Finding allHeld(long values) {
        return new Finding(True, Reason.AllValuesHeld, "The kernel holds all %d values.".formatted(values));
    }

    private NodeSocketCapacityStatus onHold(Situation.OnHold situation) {
        var held = new Finding(
                Unknown, Reason.OnHold, "On hold: nothing is written or probed here, and values stay as they are.");
        return status(
                conditions(accepted(situation.refusals()), seen(situation).orElse(held), held, held, Progress.SETTLED),
                situation.settings(),
                null,
                null);
    }

    /// Whether the kernel holds what the target needs, though nobody sees to it; empty where nothing is needed.
    private static Optional<Finding> seen(Situation.OnHold situation) {
        var needed = situation.settings().stream()
                .filter(outcome -> outcome.required().isPresent())
                .toList();
        var missing = needed.stream()
                .filter(SettingOutcome::isShort)
                .map(outcome -> new Finding(False, Reason.OnHold, sentence(outcome.shortage())));
        var held = needed.isEmpty() ? Stream.<Finding>empty() : Stream.of(allHeld(needed.size()));
        return Stream.of(situation.refusals().stream().map(NodeReport::refused), missing, held)
                .flatMap(findings -> findings)
                .findFirst();
    }

    private NodeSocketCapacityStatus releasing(Situation.Releasing situation, Optional<String> setAside) {
        var enacted = situation.done()
                ? new Finding(False, Reason.Released, released(situation.settings()) + lost(setAside))
                : new Finding(
                        False,
                        Reason.Releasing,
                        "Putting back what was found; waiting for what is still in use, or refused.");
        return status(
                conditions(
                        new Finding(True, Reason.Valid, "Nobody asks for anything here."),
                        enacted,
                        new Finding(Unknown, Reason.NotEnacted, "Nothing is held here."),
                        enacted,
                        situation.done() ? Progress.SETTLED : Progress.GOING_ON),
                situation.settings(),
                null,
                null);
    }

    private static String released(List<SettingOutcome> settings) {
        var left = settings.stream()
                .filter(outcome -> outcome.state() != SettingState.Restored)
                .map(outcome -> outcome.setting().key())
                .toList();
        return left.isEmpty()
                ? "What was found on the node is back."
                : "What was found on the node is back, but for %s: still in use, refused, or changed by somebody else since."
                        .formatted(String.join(", ", left));
    }

    private static String lost(Optional<String> setAside) {
        return setAside.map(" %s can't be read: what was raised before it counts as found."::formatted)
                .orElse("");
    }

    private NodeSocketCapacityStatus failing(String why) {
        var failed = new Finding(False, Reason.AgentFailed, sentence(why));
        return status(
                conditions(
                        new Finding(True, Reason.Valid, "The target can be planned."),
                        failed,
                        new Finding(Unknown, Reason.NotEnacted, "Nothing is verified before all values are in place."),
                        failed,
                        Progress.STUCK),
                List.of(),
                null,
                null);
    }

    private List<Condition> conditions(
            Finding accepted, Finding enacted, Finding verified, Finding ready, Progress progress) {
        var conditions = new ArrayList<Condition>();
        conditions.add(condition(Accepted, accepted));
        conditions.add(condition(Enacted, enacted));
        conditions.add(condition(Verified, verified));
        conditions.add(condition(Ready, ready));
        conditions.add(condition(Reconciling, whether(progress == Progress.GOING_ON, ready)));
        conditions.add(condition(Stalled, whether(progress == Progress.STUCK, ready)));
        return conditions;
    }

    /// Reconciling and Stalled say what Ready says where they are True: it is what people read.
    private static Finding whether(boolean holds, Finding ready) {
        return holds
                ? new Finding(True, ready.reason(), ready.message())
                : new Finding(False, Reason.Settled, "Nothing of that kind.");
    }

    private Condition condition(Condition.Type type, Finding finding) {
        var message = finding.message();
        var bounded = message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
        return Condition.of(type, finding.status(), finding.reason(), bounded, generation, now, before);
    }

    private NodeSocketCapacityStatus status(
            List<Condition> conditions,
            List<SettingOutcome> settings,
            Proof proof,
            NodeSocketCapacityStatus.Bottleneck bottleneck) {
        var reports = settings.stream().map(SettingOutcome::report).toList();
        var omitted = Math.max(0, reports.size() - MAX_LISTED);
        return new NodeSocketCapacityStatus(
                generation,
                bootId,
                NodeSocketCapacityStatus.PRIVILEGED,
                guest,
                targetHash,
                proof,
                reports.subList(0, reports.size() - omitted),
                omitted == 0 ? null : omitted,
                bottleneck,
                conditions);
    }

    /// A clause as a sentence.
    private static String sentence(String clause) {
        return clause.isEmpty() || clause.endsWith(".") ? clause : clause + ".";
    }
}
