package dev.socketcapacity.agent;

import static dev.socketcapacity.api.Condition.Status.False;
import static dev.socketcapacity.api.Condition.Status.True;
import static dev.socketcapacity.api.Condition.Status.Unknown;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.socketcapacity.api.Bounds;
import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.Condition.Status;
import dev.socketcapacity.api.Condition.Type;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacitySpec.WishReference;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.api.NodeSocketCapacityStatus.Bottleneck;
import dev.socketcapacity.api.NodeSocketCapacityStatus.Proof;
import dev.socketcapacity.api.NodeSocketCapacityStatus.SettingReport;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.Derivation.Refusal;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Setting;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NodeReportTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:10:00Z");
    private static final String HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    private static final String BOOT = "0b9b5b1c-0000-4000-8000-000000000001";
    private static final Proof PROOF = Proof.probed(HASH, "2026-01-01T00:09:00Z", 1_000_000, 1_010_000L, true);
    private static final Verdict PROVED = new Verdict.Proved(PROOF, Optional.empty());
    private static final Bottleneck BOTTLENECK = new Bottleneck(
            Setting.RESERVED_PORTS.key(), 123_456_789L, 9_223_372_036_854_775_807L, Setting.CONNTRACK_BUCKETS.key());

    private static final NodeReport REPORT = new NodeReport(7, BOOT, false, HASH, List.of(), NOW, new ClockScale(1));

    private static NodeSocketCapacityStatus report(Situation situation) {
        return report(situation, List.of(), NOW);
    }

    private static NodeSocketCapacityStatus report(Situation situation, List<Condition> before, Instant now) {
        return new NodeReport(7, BOOT, false, HASH, before, now, new ClockScale(1)).of(situation, Optional.empty());
    }

    private static Situation.Enacting holding(Verdict verdict, SettingOutcome... settings) {
        return new Situation.Enacting(
                List.of(), List.of(settings), Optional.empty(), Optional.of(verdict), Optional.of(BOTTLENECK));
    }

    private static Situation.Enacting falling(Duration shortFor, SettingOutcome... settings) {
        return new Situation.Enacting(
                List.of(), List.of(settings), Optional.of(shortFor), Optional.empty(), Optional.of(BOTTLENECK));
    }

    private static Situation.Enacting refused(Reason reason, String sentence) {
        return new Situation.Enacting(
                List.of(new Refusal(reason, sentence)),
                List.of(),
                Optional.of(Duration.ZERO),
                Optional.empty(),
                Optional.empty());
    }

    private static SettingOutcome outcome(
            Setting setting, String original, String required, String actual, SettingState state, String problem) {
        return new SettingOutcome(
                setting,
                Optional.ofNullable(original).map(setting.shape()::parse),
                Optional.ofNullable(required).map(setting.shape()::parse),
                Optional.ofNullable(actual).map(setting.shape()::parse),
                state,
                Optional.ofNullable(problem));
    }

    private static void assertCondition(
            NodeSocketCapacityStatus status, Type type, Status expected, Reason reason, String message) {
        assertThat(Condition.find(status.conditions(), type)).hasValueSatisfying(condition -> {
            assertThat(condition.status()).isEqualTo(expected.name());
            assertThat(condition.reason()).isEqualTo(reason.name());
            assertThat(condition.message()).isEqualTo(message);
            assertThat(condition.observedGeneration()).isEqualTo(7);
        });
    }

    private static void assertProgress(NodeSocketCapacityStatus status, boolean reconciling, boolean stalled) {
        assertThat(status.conditions())
                .filteredOn(condition -> List.of("Reconciling", "Stalled").contains(condition.type()))
                .extracting(Condition::type, Condition::status)
                .containsExactly(
                        tuple("Reconciling", Status.of(reconciling).name()),
                        tuple("Stalled", Status.of(stalled).name()));
    }

    // What it says

    @Test
    void aProvedTargetIsReady() {
        var status = report(
                holding(PROVED, outcome(Setting.NR_OPEN, "65536", "1001024", "1001024", SettingState.Raised, null)));
        assertCondition(status, Type.Enacted, True, Reason.AllValuesHeld, "The kernel holds all 1 values.");
        var held = "Held 1000000 connections at one moment from the node to a pod; the kernel's values cover 1010000.";
        assertCondition(status, Type.Verified, True, Reason.ProbeHeld, held);
        assertCondition(status, Type.Ready, True, Reason.Verified, held);
        assertProgress(status, false, false);
        assertThat(status.proved()).isEqualTo(PROOF);
        assertThat(status.bottleneck()).isEqualTo(BOTTLENECK);
        assertThat(status.observedGeneration()).isEqualTo(7);
        assertThat(status.bootID()).isEqualTo(BOOT);
        assertThat(status.target()).isEqualTo(HASH);
        assertThat(status.profile()).isEqualTo("Privileged");
        assertThat(status.guest()).isFalse();
    }

    @Test
    void everySettingSaysWhereItHoldsAndWhatItWasShallBeAndIs() {
        var status = report(holding(
                PROVED,
                outcome(Setting.NR_OPEN, "65536", "1001024", "1001024", SettingState.Raised, null),
                outcome(Setting.PORT_RANGE, "32768 60999", "1024 65535", "1024\t65535", SettingState.Raised, null),
                outcome(Setting.PID_MAX, "32768", "32768", "32768", SettingState.Sufficient, null),
                outcome(Setting.RESERVED_PORTS, "", "8080", "8080", SettingState.Raised, null)));
        assertThat(status.settings())
                .containsExactly(
                        new SettingReport("fs.nr_open", "Kernel", "65536", "1001024", "1001024", "Raised"),
                        new SettingReport(
                                "net.ipv4.ip_local_port_range",
                                "NodeNetwork",
                                "32768 60999",
                                "1024 65535",
                                "1024 65535",
                                "Raised"),
                        new SettingReport("kernel.pid_max", "NodeProcesses", "32768", "32768", "32768", "Sufficient"),
                        new SettingReport(
                                "net.ipv4.ip_local_reserved_ports", "NodeNetwork", "", "8080", "8080", "Raised"));
        assertThat(status.settingsOmitted()).isNull();
    }

    @Test
    void conditionsComeInTheirOrder() {
        var status = report(holding(PROVED));
        assertThat(status.conditions())
                .extracting(Condition::type)
                .containsExactlyElementsOf(
                        Arrays.stream(Type.values()).map(Type::name).toList());
    }

    @Test
    void aRunningProbeIsWorkInProgress() {
        var status = report(holding(new Verdict.Pending("The probe is opening 5000 connections.")));
        assertCondition(status, Type.Verified, Unknown, Reason.Probing, "The probe is opening 5000 connections.");
        assertCondition(status, Type.Ready, False, Reason.Probing, "The probe is opening 5000 connections.");
        assertProgress(status, true, false);
        assertThat(status.proved()).isNull();
    }

    @Test
    void aProbeThatFellShortIsStuck() {
        var status = report(
                holding(new Verdict.Failed(Reason.ProbeFailed, "The probe held 60 of 100.", NOW, Optional.empty())));
        assertCondition(status, Type.Verified, False, Reason.ProbeFailed, "The probe held 60 of 100.");
        assertCondition(status, Type.Ready, False, Reason.ProbeFailed, "The probe held 60 of 100.");
        assertCondition(status, Type.Stalled, True, Reason.ProbeFailed, "The probe held 60 of 100.");
        assertProgress(status, false, true);
    }

    @Test
    void aProbeThatCouldNotRunIsUnknownAndStuckOnlyAfterTenMinutes() {
        var verdict =
                new Verdict.Failed(Reason.ProbeInconclusive, "The probe could not run: busy.", NOW, Optional.empty());
        var at = report(holding(verdict), List.of(), NOW.plus(Duration.ofMinutes(10)));
        assertCondition(at, Type.Verified, Unknown, Reason.ProbeInconclusive, verdict.message());
        assertProgress(at, true, false);
        var after = report(
                holding(verdict), List.of(), NOW.plus(Duration.ofMinutes(10)).plusSeconds(1));
        assertProgress(after, false, true);
    }

    @Test
    void aRefusedProbeIsFalseWithItsBoundAndUnknownAfterTenMinutes() {
        var verdict = new Verdict.Failed(
                Reason.ProbeRefused, "The probe may not open 50 connections.", NOW, Optional.empty());
        var at = report(holding(verdict), List.of(), NOW.plus(Duration.ofMinutes(10)));
        assertCondition(at, Type.Verified, False, Reason.ProbeRefused, verdict.message());
        assertProgress(at, true, false);
        var after = report(
                holding(verdict), List.of(), NOW.plus(Duration.ofMinutes(10)).plusSeconds(1));
        assertCondition(after, Type.Verified, Unknown, Reason.ProbeRefused, verdict.message());
        assertProgress(after, false, true);
    }

    @Test
    void aProvedTargetThatFailsLaterIsStuckAndItsLastProofIsStillShown() {
        var verdict = new Verdict.Failed(Reason.ProbeFailed, "The probe held 60 of 100.", NOW, Optional.of(PROOF));
        var status = report(holding(verdict));
        assertCondition(status, Type.Verified, False, Reason.ProbeFailed, verdict.message());
        assertCondition(status, Type.Ready, False, Reason.ProbeFailed, verdict.message());
        assertProgress(status, false, true);
        assertThat(status.proved())
                .as("so that nobody takes it for a first failure")
                .isEqualTo(PROOF);
    }

    @Test
    void aNewProbeOfAProvedTargetIsToldInTheSameSentence() {
        var status =
                report(holding(new Verdict.Proved(PROOF, Optional.of("A new probe has opened 41000 of 1000000."))));
        var held = "Held 1000000 connections at one moment from the node to a pod; the kernel's values cover 1010000."
                + " A new probe has opened 41000 of 1000000.";
        assertCondition(status, Type.Verified, True, Reason.ProbeHeld, held);
        assertCondition(status, Type.Ready, True, Reason.Verified, held);
        assertProgress(status, false, false);
    }

    @Test
    void aProbeThatIsSkippedLeavesTheNodeReadyAndSaysWhy() {
        var why = "net.netfilter.nf_conntrack_max has room for 300 (600 entries free)";
        var status = report(holding(new Verdict.Skipped(PROOF, why)));
        var message = "Held 1000000, computed 1010000 at 2026-01-01T00:09:00Z; not probed again:"
                + " net.netfilter.nf_conntrack_max has room for 300 (600 entries free).";
        assertCondition(status, Type.Verified, True, Reason.ProbeSkipped, message);
        assertCondition(status, Type.Ready, True, Reason.Verified, message);
        assertProgress(status, false, false);
        assertThat(status.proved()).isEqualTo(PROOF);
    }

    @Test
    void anOutdatedProofLeavesEverythingUnknownAndNothingGoingOn() {
        var status = report(holding(new Verdict.Outdated(PROOF, "Proved long ago.")));
        assertCondition(status, Type.Enacted, True, Reason.AllValuesHeld, "The kernel holds all 0 values.");
        assertCondition(status, Type.Verified, Unknown, Reason.ProbeOutdated, "Proved long ago.");
        assertCondition(status, Type.Ready, Unknown, Reason.ProbeOutdated, "Proved long ago.");
        assertProgress(status, false, false);
        assertThat(status.proved()).isEqualTo(PROOF);
    }

    @Test
    void valuesThatNoLongerCoverTheWishAreFalseAndStuckAfterTenMinutes() {
        var verdict =
                new Verdict.Failed(Reason.NotCovered, "The kernel's values cover 5 of 10.", NOW, Optional.of(PROOF));
        var at = report(holding(verdict), List.of(), NOW.plus(Duration.ofMinutes(10)));
        assertCondition(at, Type.Verified, False, Reason.NotCovered, verdict.message());
        assertProgress(at, true, false);
        var after = report(
                holding(verdict), List.of(), NOW.plus(Duration.ofMinutes(10)).plusSeconds(1));
        assertCondition(after, Type.Verified, False, Reason.NotCovered, verdict.message());
        assertProgress(after, false, true);
    }

    @Test
    void aProofByConnectionsThatNothingTracksClaimsNothingOfConntrack() {
        var proof = Proof.probed(HASH, "2026-01-01T00:09:00Z", 1_000_000, 1_010_000L, false);
        var status = report(holding(new Verdict.Proved(proof, Optional.empty())));
        assertCondition(
                status,
                Type.Verified,
                True,
                Reason.ProbeHeld,
                "Held 1000000 connections at one moment from the node to a pod; the kernel's values cover 1010000."
                        + " Conntrack tracks none of them.");
        assertThat(status.proved().exercised()).doesNotContain("conntrack");
        assertThat(status.proved().notExercised()).contains("conntrack");
        assertThat(PROOF.exercised()).containsExactly("ports", "backlog", "memory", "conntrack");
        assertThat(PROOF.notExercised()).containsExactly("descriptors", "network");
    }

    @Test
    void aComputedProofSaysThatNothingWasOpened() {
        var proof = Proof.computed(HASH, "2026-01-01T00:09:00Z", 0L);
        var status = report(holding(new Verdict.Proved(proof, Optional.empty())));
        assertCondition(
                status,
                Type.Verified,
                True,
                Reason.ComputedOnly,
                "The kernel's values cover what is asked for, by computation: no connection was opened.");
        assertProgress(status, false, false);
    }

    @Test
    void onHoldItSaysWhatItSeesAndLeavesTheRestOpen() {
        var held = "On hold: nothing is written or probed here, and values stay as they are.";
        var enough = outcome(Setting.NR_OPEN, "65536", "1001024", "1001024", SettingState.Raised, null);
        var ours = outcome(Setting.FILE_MAX, "65536", null, "1001024", SettingState.Raised, null);
        var status = report(new Situation.OnHold(List.of(), List.of(enough, ours)));
        assertCondition(status, Type.Accepted, True, Reason.Valid, "The target can be planned.");
        assertCondition(status, Type.Enacted, True, Reason.AllValuesHeld, "The kernel holds all 1 values.");
        assertCondition(status, Type.Verified, Unknown, Reason.OnHold, held);
        assertCondition(status, Type.Ready, Unknown, Reason.OnHold, held);
        assertProgress(status, false, false);
        assertThat(status.settings()).extracting(SettingReport::name).containsExactly("fs.nr_open", "fs.file-max");

        var nothingNeeded = report(new Situation.OnHold(List.of(), List.of(ours)));
        assertCondition(nothingNeeded, Type.Enacted, Unknown, Reason.OnHold, held);
    }

    @Test
    void onHoldItSaysWhatIsMissingWithoutBeingStuck() {
        var enough = outcome(Setting.FILE_MAX, "65536", "65536", "65536", SettingState.Sufficient, null);
        var missing = outcome(Setting.NR_OPEN, "65536", "1001024", "65536", SettingState.Clamped, null)
                .onHold();
        var status = report(new Situation.OnHold(List.of(), List.of(enough, missing)));
        assertCondition(
                status,
                Type.Enacted,
                False,
                Reason.OnHold,
                "fs.nr_open is 65536 and 1001024 is needed: nothing is written while the node is on hold.");
        assertProgress(status, false, false);
        assertThat(status.settings()).extracting(SettingReport::state).containsExactly("Sufficient", "OnHold");

        var refusal = new Refusal(Reason.UnknownSetting, "There is no such setting");
        var refused = report(new Situation.OnHold(List.of(refusal), List.of(missing)));
        for (var type : List.of(Type.Accepted, Type.Enacted)) {
            assertCondition(refused, type, False, Reason.UnknownSetting, "There is no such setting.");
        }
    }

    @Test
    void aValueThatIsNotTakenIsNotSettableAndStuckOnlyAfterFiveMinutes() {
        var setting =
                outcome(Setting.SOMAXCONN, "128", "65535", "128", SettingState.NotSettable, "Read-only file system");
        var message = "net.core.somaxconn is 128 and 65535 is needed: Read-only file system.";
        var early = report(falling(Duration.ofMinutes(5), setting));
        assertCondition(early, Type.Enacted, False, Reason.NotSettable, message);
        assertCondition(
                early,
                Type.Verified,
                Unknown,
                Reason.NotEnacted,
                "Nothing is verified before all values are in place.");
        assertProgress(early, true, false);
        var late = report(falling(Duration.ofMinutes(5).plusSeconds(1), setting));
        assertCondition(late, Type.Stalled, True, Reason.NotSettable, message);
        assertProgress(late, false, true);
    }

    @Test
    void whoKeepsWritingAValueIsNamedAlsoWhileTheValueIsThere() {
        var fix = "kube-proxy writes it about every 60 s; set conntrack.maxPerCore to 0 in kube-proxy's configuration";
        var status = report(holding(
                PROVED, outcome(Setting.CONNTRACK_MAX, "262144", "1287500", "1287500", SettingState.Contested, fix)));

        var message = "net.netfilter.nf_conntrack_max must be 1287500: " + fix + ".";
        assertCondition(status, Type.Enacted, False, Reason.Contested, message);
        assertCondition(status, Type.Ready, False, Reason.Contested, message);
        assertProgress(status, false, true);
        assertThat(status.settings().getFirst().state()).isEqualTo("Contested");
    }

    @Test
    void aSharedValueThatIsShortIsWaitedForFiveMinutesBeforeItIsNotSettable() {
        var setting = outcome(
                Setting.FILE_MAX, "1000", "2000", "1000", SettingState.SharedKernel, "the value is set outside");
        var early = report(falling(Duration.ofMinutes(5), setting));
        assertCondition(
                early,
                Type.Enacted,
                False,
                Reason.WaitingForKernel,
                "fs.file-max is 1000 and 2000 is needed: the value is set outside.");
        assertProgress(early, true, false);
        var late = report(falling(Duration.ofMinutes(5).plusSeconds(1), setting));
        assertThat(Condition.find(late.conditions(), Type.Enacted).orElseThrow().reason())
                .isEqualTo("NotSettable");
        assertProgress(late, false, true);
    }

    @Test
    void theFirstShortageIsNamedAndTheOthersAreCounted() {
        var file = outcome(Setting.FILE_MAX, "1", "2", "1", SettingState.NotSettable, "Invalid argument");
        var absent = outcome(Setting.CONNTRACK_MAX, null, "2", null, SettingState.Absent, "there is none");
        var status = report(falling(Duration.ZERO, file, absent));
        assertCondition(
                status,
                Type.Enacted,
                False,
                Reason.NotSettable,
                "fs.file-max is 1 and 2 is needed: Invalid argument; and 1 more.");
    }

    @Test
    void wantOfMemoryIsSaidWithItsNumbers() {
        var status = report(refused(
                Reason.NotEnoughMemory, "40 MiB of memory are needed and 30 MiB may be used, 10 MiB are missing"));
        assertCondition(
                status,
                Type.Ready,
                False,
                Reason.NotEnoughMemory,
                "40 MiB of memory are needed and 30 MiB may be used, 10 MiB are missing.");
        assertThat(status.settings()).isEmpty();
    }

    @Test
    void aSettingThatThisAgentLacksIsNotAccepted() {
        var status = report(refused(Reason.UnknownSetting, "this agent has no setting a.b, update it"));
        assertCondition(
                status, Type.Accepted, False, Reason.UnknownSetting, "this agent has no setting a.b, update it.");
    }

    @Test
    void aReleaseSaysWhatIsBackAndWhatIsNot() {
        var back = outcome(Setting.SOMAXCONN, "128", null, "128", SettingState.Restored, null);
        var foreign = outcome(Setting.FILE_MAX, "1", null, "3", SettingState.LeftForeign, null);
        var done = report(new Situation.Releasing(List.of(back), true));
        assertCondition(done, Type.Ready, False, Reason.Released, "What was found on the node is back.");
        assertProgress(done, false, false);
        var left = report(new Situation.Releasing(List.of(back, foreign), true));
        assertCondition(
                left,
                Type.Enacted,
                False,
                Reason.Released,
                "What was found on the node is back, but for fs.file-max:"
                        + " still in use, refused, or changed by somebody else since.");
        var waiting = report(new Situation.Releasing(List.of(back), false));
        assertThat(Condition.find(waiting.conditions(), Type.Ready)
                        .orElseThrow()
                        .reason())
                .isEqualTo("Releasing");
        assertProgress(waiting, true, false);
        assertThat(waiting.proved()).isNull();
    }

    @Test
    void originalsThatWereLostAreSaidForAsLongAsTheirFileLiesThere() {
        var aside = Optional.of("state.json.broken-20260101T000000Z");
        var lost = " state.json.broken-20260101T000000Z can't be read: what was raised before it counts as found.";
        var raised = outcome(Setting.NR_OPEN, "65536", "1001024", "1001024", SettingState.Raised, null);
        var held = REPORT.of(holding(PROVED, raised), aside);
        assertCondition(held, Type.Enacted, True, Reason.OriginalsLost, "The kernel holds all 1 values." + lost);
        assertThat(Condition.find(held.conditions(), Type.Ready).orElseThrow().is(True))
                .as("the wish holds all the same")
                .isTrue();
        assertProgress(held, false, false);
        var released = REPORT.of(new Situation.Releasing(List.of(), true), aside);
        assertCondition(released, Type.Enacted, False, Reason.Released, "What was found on the node is back." + lost);
    }

    @Test
    void anAgentThatFailsSaysWhyAndIsStuck() {
        var status = report(new Situation.Failing("/var/lib/socketcapacity/lock: Read-only file system"));
        assertCondition(
                status, Type.Ready, False, Reason.AgentFailed, "/var/lib/socketcapacity/lock: Read-only file system.");
        assertProgress(status, false, true);
    }

    // How it changes

    @Test
    void theSameSituationReportedAgainIsTheSame() {
        var situation =
                holding(PROVED, outcome(Setting.NR_OPEN, "65536", "1001024", "1001024", SettingState.Raised, null));
        var first = report(situation);
        var second = report(situation, first.conditions(), NOW.plusSeconds(100));
        assertThat(second).isEqualTo(first);
    }

    @Test
    void aTransitionTimeIsThatOfTheLastChangeOfTheStatus() {
        var pending = report(holding(new Verdict.Pending("Pending.")));
        var later = NOW.plusSeconds(100);
        var proved = report(holding(PROVED), pending.conditions(), later);
        assertThat(proved.conditions())
                .extracting(Condition::type, Condition::lastTransitionTime)
                .containsExactly(
                        tuple("Accepted", NOW.toString()),
                        tuple("Enacted", NOW.toString()),
                        tuple("Verified", later.toString()),
                        tuple("Ready", later.toString()),
                        tuple("Reconciling", later.toString()),
                        tuple("Stalled", NOW.toString()));
    }

    @Test
    void usageAloneIsNoNews() {
        var more = new Bottleneck(BOTTLENECK.limit(), 5L, BOTTLENECK.max(), BOTTLENECK.next());
        var situation = holding(PROVED);
        var busier =
                new Situation.Enacting(List.of(), List.of(), Optional.empty(), situation.verdict(), Optional.of(more));
        assertThat(report(busier)).isNotEqualTo(report(situation));
        assertThat(report(busier).withoutUsage()).isEqualTo(report(situation).withoutUsage());
    }

    // How large it gets

    /// 64 ranges of ports, as far apart and as long as they get.
    private static String portsOf64Ranges() {
        return IntStream.range(0, 64)
                .mapToObj(i -> (20_000 + 600 * i) + "-" + (20_300 + 600 * i))
                .reduce((a, b) -> a + "," + b)
                .orElseThrow();
    }

    private static SettingOutcome[] allShort(SettingState state, String problem) {
        return Arrays.stream(Setting.values())
                .map(setting -> switch (setting.shape()) {
                    case AMOUNT -> {
                        var most = Long.toString(setting.max());
                        yield outcome(setting, "1" + most.substring(1), most, "1" + most.substring(1), state, problem);
                    }
                    case RANGE -> outcome(setting, "32768 60999", "10240 65535", "32768 60999", state, problem);
                    case PORTS ->
                        outcome(
                                setting,
                                portsOf64Ranges(),
                                portsOf64Ranges() + ",65000",
                                portsOf64Ranges(),
                                state,
                                problem);
                })
                .toArray(SettingOutcome[]::new);
    }

    @Test
    void aLongListOfPortsIsCountedAndCut() {
        var report = outcome(Setting.RESERVED_PORTS, "", portsOf64Ranges(), "", SettingState.Clamped, "x")
                .report();
        assertThat(report.desired())
                .startsWith("19264 ports: 20000-20300,20600-20900,")
                .endsWith("…");
        assertThat(report.desired().length()).isLessThanOrEqualTo(160);
        assertThat(PortSet.parse(portsOf64Ranges()).size()).isEqualTo(19_264);
    }

    @Test
    void theLargestReportHasFourKibibytes() {
        var longWords = "a very long reason ".repeat(200);
        assertThat(ObjectSize.bytes(
                        report(falling(Duration.ofMinutes(6), allShort(SettingState.NotSettable, longWords)))))
                .as("everything short")
                .isLessThanOrEqualTo(4_096);
        assertThat(ObjectSize.bytes(report(falling(
                        Duration.ofMinutes(6),
                        outcome(
                                Setting.RESERVED_PORTS,
                                portsOf64Ranges(),
                                portsOf64Ranges() + ",65000",
                                portsOf64Ranges(),
                                SettingState.Clamped,
                                longWords)))))
                .as("ports short")
                .isLessThanOrEqualTo(4_096);
        var failed = report(holding(
                new Verdict.Failed(Reason.ProbeFailed, longWords, NOW, Optional.of(PROOF)),
                allShort(SettingState.Raised, null)));
        var fitting = ObjectSize.fit(failed, new NodeSocketCapacitySpec(BOOT, "Enact", null, HASH, List.of(), 1, null));
        assertThat(ObjectSize.bytes(fitting)).as("a failed probe").isLessThanOrEqualTo(4_096);
        assertThat(fitting.settingsOmitted()).isEqualTo(1);
        assertThat(ObjectSize.bytes(
                        report(new Situation.Releasing(List.of(allShort(SettingState.LeftForeign, null)), true))))
                .as("a release that left everything")
                .isLessThanOrEqualTo(4_096);
        assertThat(ObjectSize.bytes(report(new Situation.Failing(longWords))))
                .as("a failing agent")
                .isLessThanOrEqualTo(4_096);
    }

    @Test
    void theWholeObjectOfSixteenWishesWithTheLongestNamesHasEightKibibytes() {
        var object = largest();
        var whole = report(
                falling(Duration.ofMinutes(6), allShort(SettingState.NotSettable, "a very long reason ".repeat(200))));
        object.setStatus(whole);
        assertThat(ObjectSize.bytes(object)).as("with every setting").isGreaterThan(8_192);
        object.setStatus(ObjectSize.fit(whole, object.getSpec()));
        assertThat(ObjectSize.bytes(object)).isLessThanOrEqualTo(8_192);
        assertThat(object.getStatus().conditions()).isEqualTo(whole.conditions());
        assertThat(object.getStatus().settings())
                .as("a beginning of them, and the rest is counted")
                .hasSizeGreaterThanOrEqualTo(6)
                .isEqualTo(whole.settings()
                        .subList(0, object.getStatus().settings().size()))
                .hasSize(whole.settings().size() - object.getStatus().settingsOmitted());
    }

    @Test
    void beneathAnOrdinarySpecEverySettingIsListed() {
        var target = new Target(1_000_000L, 60_000L, null, List.of(), List.of("8080"), null);
        var wishes = IntStream.range(0, 16)
                .mapToObj(i -> new WishReference("websocket-gateways-" + i, BOOT, 3L))
                .toList();
        var whole = report(falling(Duration.ofMinutes(6), allShort(SettingState.NotSettable, "Read-only file system")));
        assertThat(ObjectSize.fit(whole, new NodeSocketCapacitySpec(BOOT, "Enact", target, HASH, wishes, 16, null)))
                .isEqualTo(whole);
    }

    private static NodeSocketCapacity largest() {
        var settings = Arrays.stream(Setting.values())
                .filter(Setting::isRequestable)
                .map(setting -> new SettingRequirement(setting.key(), setting.max(), null))
                .toList();
        var target = new Target(
                Bounds.MAX_CONNECTIONS,
                Bounds.MAX_OUTBOUND,
                Bounds.MAX_THREADS,
                settings,
                PortSet.parse(portsOf64Ranges()).items(),
                new Verification("Probe", 1_000_000L, 3_600L, 7_200L, 604_800L, 90L));
        var wishes = IntStream.range(0, 16)
                .mapToObj(_ -> new WishReference("w".repeat(63), BOOT, 1_000_000L))
                .toList();
        var object = new NodeSocketCapacity();
        object.setMetadata(new ObjectMetaBuilder()
                .withName("n".repeat(63))
                .withUid(BOOT)
                .withResourceVersion("123456789")
                .withGeneration(1_000_000L)
                .withCreationTimestamp(NOW.toString())
                .addToLabels("socketcapacity.dev/state", "progressing")
                .addToLabels("app.kubernetes.io/managed-by", "socket-capacity")
                .addNewOwnerReference()
                .withApiVersion("v1")
                .withKind("Node")
                .withName("n".repeat(63))
                .withUid(BOOT)
                .endOwnerReference()
                .build());
        object.setSpec(new NodeSocketCapacitySpec(BOOT, "Enact", target, HASH, wishes, 16, HASH));
        return object;
    }
}
