package dev.socketcapacity.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.Bounds;
import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.Condition.Status;
import dev.socketcapacity.api.Condition.Type;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.api.NodeState;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.SocketCapacity;
import dev.socketcapacity.api.SocketCapacityStatus;
import dev.socketcapacity.api.SocketCapacityStatus.NodeSample;
import dev.socketcapacity.api.SocketCapacityStatus.Nodes;
import dev.socketcapacity.api.Verification;
import dev.socketcapacity.plan.Fleet;
import dev.socketcapacity.plan.FleetPlan;
import dev.socketcapacity.plan.Merge;
import dev.socketcapacity.plan.NodeView;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WishReportTest {

    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
    private static final SocketCapacity EDGE = wish("edge", "{}", "inboundConnections: 1000000");
    private static final NodeView N1 = node("n1", true, false);
    private static final NodeView N2 = node("n2", true, false);
    private static final NodeView N3 = node("n3", true, false);
    private static final List<NodeView> THREE = List.of(N1, N2, N3);

    @Test
    void aWishIsReadyOnceEveryNodeHoldsIt() {
        var status = status(EDGE, THREE, holding(N1), holding(N2), holding(N3));

        assertThat(status.nodes()).isEqualTo(new Nodes("3/3", 3, 3, 3, 0, 0, 0));
        assertCondition(status, Type.Accepted, Status.True, Reason.Valid, "The wish can be planned.");
        assertCondition(status, Type.Enacted, Status.True, Reason.AllValuesHeld, "3 of 3 nodes.");
        assertCondition(status, Type.Verified, Status.True, Reason.Verified, "3 of 3 nodes.");
        assertCondition(
                status,
                Type.Ready,
                Status.True,
                Reason.Verified,
                "All 3 nodes hold it. n1: Held 5000 connections at one moment.");
        assertSettled(status);
        assertThat(status.samples()).isEmpty();
    }

    @Test
    void theOneNodeOfASmallClusterIsSpokenOfAsOne() {
        assertThat(condition(status(EDGE, List.of(N1), holding(N1)), Type.Ready).message())
                .isEqualTo("The one node holds it: Held 5000 connections at one moment.");
    }

    @Test
    void aNodeOnItsWayIsNamedWithWhatItDoesAndHowToListTheOthers() {
        var status = status(EDGE, THREE, holding(N1), progressing(N2, Reason.Probing, "Held 900 so far."), holding(N3));

        assertThat(status.nodes()).isEqualTo(new Nodes("2/3", 3, 3, 2, 0, 0, 0));
        var message = "2 of 3 nodes hold it. n2: Held 900 so far."
                + " All that do not: kubectl get nsockcap -l 'socketcapacity.dev/state!=ready'";
        assertCondition(status, Type.Ready, Status.False, Reason.RollingOut, message);
        assertCondition(status, Type.Reconciling, Status.True, Reason.RollingOut, message);
        assertCondition(status, Type.Stalled, Status.False, Reason.Settled, "Nothing of that kind.");
        assertCondition(status, Type.Enacted, Status.True, Reason.AllValuesHeld, "3 of 3 nodes.");
        assertCondition(status, Type.Verified, Status.False, Reason.Probing, "2 of 3 nodes.");
        assertThat(status.samples()).containsExactly(new NodeSample("n2", "Probing", "Held 900 so far."));
    }

    @Test
    void aWishIsStalledOnlyWhenNothingMovesAnyMore() {
        var stuck = stalled(N3, "No local ports left.");

        var moving = status(EDGE, THREE, holding(N1), progressing(N2, Reason.Probing, "Held 900 so far."), stuck);
        assertThat(condition(moving, Type.Ready).reason()).isEqualTo("RollingOut");
        assertThat(condition(moving, Type.Reconciling).is(Status.True)).isTrue();
        assertThat(condition(moving, Type.Stalled).is(Status.False)).isTrue();

        var stopped = status(EDGE, THREE, holding(N1), holding(N2), stuck);
        assertThat(stopped.nodes()).isEqualTo(new Nodes("2/3", 3, 3, 2, 1, 0, 0));
        assertThat(condition(stopped, Type.Ready).reason()).isEqualTo("ProbeFailed");
        assertThat(condition(stopped, Type.Reconciling).is(Status.False)).isTrue();
        assertCondition(
                stopped,
                Type.Stalled,
                Status.True,
                Reason.ProbeFailed,
                condition(stopped, Type.Ready).message());
    }

    @Test
    void theWorstNodeComesFirst() {
        var status = status(
                EDGE,
                THREE,
                progressing(N1, Reason.Probing, "Soon."),
                holding(N2),
                stalled(N3, "No local ports left."));

        assertThat(condition(status, Type.Ready).message())
                .startsWith("1 of 3 nodes hold it. n3: No local ports left.");
        assertThat(status.samples()).extracting(NodeSample::node).containsExactly("n3", "n1");
    }

    @Test
    void aProofThatHasGrownOldLeavesTheWishUnknownWithNothingGoingOn() {
        var message = "2 of 3 nodes hold it. n2: Proved long ago."
                + " All that do not: kubectl get nsockcap -l 'socketcapacity.dev/state!=ready'";
        var status = status(EDGE, THREE, holding(N1), outdated(N2), holding(N3));

        assertCondition(status, Type.Ready, Status.Unknown, Reason.ProbeOutdated, message);
        assertCondition(status, Type.Verified, Status.Unknown, Reason.ProbeOutdated, "2 of 3 nodes.");
        assertCondition(status, Type.Enacted, Status.True, Reason.AllValuesHeld, "3 of 3 nodes.");
        assertSettled(status);
        assertThat(status.samples()).containsExactly(new NodeSample("n2", "ProbeOutdated", "Proved long ago."));
    }

    @Test
    void whatIsStuckOrOnItsWayIsSaidBeforeWhatHasGrownOld() {
        var stuck = status(EDGE, THREE, holding(N1), outdated(N2), stalled(N3, "No local ports left."));
        assertThat(condition(stuck, Type.Ready))
                .extracting(Condition::status, Condition::reason)
                .containsExactly("False", "ProbeFailed");
        assertThat(condition(stuck, Type.Stalled).is(Status.True)).isTrue();

        var moving = status(EDGE, THREE, holding(N1), outdated(N2), progressing(N3, Reason.Probing, "Soon."));
        assertThat(condition(moving, Type.Ready))
                .extracting(Condition::status, Condition::reason)
                .containsExactly("False", "RollingOut");
        assertThat(condition(moving, Type.Ready).message()).contains("n3: Soon.");
        assertThat(condition(moving, Type.Reconciling).is(Status.True)).isTrue();
    }

    @Test
    void aCordonedNodeWhoseProofHasGrownOldStillCounts() {
        var cordoned = node("n2", true, true);

        assertThat(status(EDGE, List.of(N1, cordoned), holding(N1), outdated(cordoned))
                        .nodes())
                .isEqualTo(new Nodes("1/2", 2, 2, 1, 0, 0, 0));
    }

    @Test
    void waitingForASharedKernelIsWorkInProgress() {
        var status = status(
                EDGE, List.of(N1), waiting(N1, Reason.WaitingForKernel, "fs.file-max is 9000 and must be 12500."));

        assertThat(condition(status, Type.Reconciling).is(Status.True)).isTrue();
        assertThat(condition(status, Type.Stalled).is(Status.False)).isTrue();
        assertCondition(status, Type.Enacted, Status.False, Reason.WaitingForKernel, "0 of 1 nodes.");
    }

    @Test
    void aSelectorThatSelectsNothingHasNothingToHold() {
        var picky = wish("picky", "{matchLabels: {pool: none}}", "inboundConnections: 5");
        var status = status(picky, THREE);

        assertThat(status.nodes()).isEqualTo(new Nodes("0/0", 0, 0, 0, 0, 0, 0));
        assertCondition(
                status,
                Type.Ready,
                Status.True,
                Reason.NoNodesSelected,
                "The selector selects no node: there is nothing to hold.");
        assertCondition(status, Type.Enacted, Status.Unknown, Reason.NoNodesSelected, "There is no node to ask.");
        assertSettled(status);
    }

    @Test
    void nodesThatCannotBeReachedLeaveAWishUnknownAndOnItsWay() {
        var status = status(EDGE, List.of(node("n1", false, false), node("n2", true, true)));

        assertThat(status.nodes()).isEqualTo(new Nodes("0/0", 2, 0, 0, 0, 2, 0));
        assertThat(condition(status, Type.Ready))
                .extracting(Condition::status, Condition::reason)
                .containsExactly("Unknown", "NoNodeCounted");
        assertThat(condition(status, Type.Reconciling).is(Status.True)).isTrue();
        assertThat(condition(status, Type.Stalled).is(Status.False)).isTrue();
    }

    @Test
    void aNodeThatIsHandsOffDoesNotCountWhateverItHolds() {
        var handsOff = handsOff("n2");

        var status = status(EDGE, List.of(N1, handsOff), holding(N1), holding(handsOff));
        assertThat(status.nodes()).isEqualTo(new Nodes("1/1", 2, 1, 1, 0, 0, 1));
        assertThat(condition(status, Type.Ready).is(Status.True)).isTrue();
        assertSettled(status);

        var stuck = status(EDGE, List.of(N1, handsOff), holding(N1), stalled(handsOff, "No local ports left."));
        assertThat(stuck.nodes()).isEqualTo(status.nodes());
        assertThat(stuck.samples()).isEmpty();
    }

    @Test
    void whereEveryNodeIsHandsOffNothingIsKnown() {
        var down = node("n2", false, false);
        var status = status(EDGE, List.of(handsOff("n1"), down));

        assertThat(status.nodes()).isEqualTo(new Nodes("0/0", 2, 0, 0, 0, 1, 1));
        assertCondition(
                status,
                Type.Ready,
                Status.Unknown,
                Reason.NoNodeCounted,
                "2 nodes are selected, and none of them counts: 1 hands-off, the others not Ready or cordoned.");
        assertThat(condition(status, Type.Reconciling).is(Status.True)).isTrue();
        assertThat(condition(status, Type.Stalled).is(Status.False)).isTrue();
    }

    @Test
    void aCordonedNodeCountsOnceItHoldsTheWishAndANodeThatIsNotReadyNever() {
        var cordoned = node("n2", true, true);
        var down = node("n3", false, false);

        assertThat(status(EDGE, List.of(N1, cordoned, down), holding(N1), holding(cordoned), holding(down))
                        .nodes())
                .isEqualTo(new Nodes("2/2", 3, 2, 2, 0, 1, 0));
        assertThat(status(EDGE, List.of(N1, cordoned), holding(N1), stalled(cordoned, "No ports left."))
                        .nodes())
                .isEqualTo(new Nodes("1/1", 2, 1, 1, 0, 1, 0));
    }

    @Test
    void aReportThatIsNotOfThisWishAndThisBootDoesNotCount() {
        var earlier = holding(N1);
        earlier.getMetadata().setGeneration(8L);
        var rebooted = new NodeView("n1", "u-n1", Map.of(), true, true, false, "another-boot");
        var smaller = object(N1, wish("edge", "{}", "inboundConnections: 10"), List.of(ready()));

        for (var status : List.of(
                status(EDGE, List.of(N1)),
                status(EDGE, List.of(N1), earlier),
                status(EDGE, List.of(rebooted), holding(N1)),
                status(EDGE, List.of(N1), smaller))) {
            assertThat(status.nodes().summary()).isEqualTo("0/1");
            assertCondition(status, Type.Enacted, Status.False, Reason.AwaitingAgent, "0 of 1 nodes.");
            assertThat(status.samples())
                    .containsExactly(new NodeSample(
                            "n1", "AwaitingAgent", "The agent of node n1 has not reported on this target yet."));
        }
    }

    @Test
    void aWishThatIsLeftOutForItsPortsIsNotAcceptedAndStalled() {
        var first = wish("a", "{}", "inboundConnections: 1, ports: {reserve: [%s]}".formatted(ports(2_000)));
        var second = wish("b", "{}", "inboundConnections: 1, ports: {reserve: [%s]}".formatted(ports(3_000)));
        var third = wish("c", "{}", "inboundConnections: 1, ports: {reserve: [%s]}".formatted(ports(4_000)));
        var fleet = new Fleet(List.of(third, first, second), List.of(N1), Map.of());
        var plan = FleetPlan.of(fleet, Set.of());

        var status = new WishReport(third, fleet, plan).status(NOW);
        for (var type : List.of(Type.Accepted, Type.Ready)) {
            assertCondition(
                    status,
                    type,
                    Status.False,
                    Reason.TooManyReservedPorts,
                    "The reserved ports of all wishes on a node come to more than 64 ranges:"
                            + " this wish is left out there.");
        }
        assertThat(condition(status, Type.Stalled).is(Status.True)).isTrue();
        assertThat(condition(status, Type.Reconciling).is(Status.False)).isTrue();
        assertThat(condition(new WishReport(first, fleet, plan).status(NOW), Type.Accepted)
                        .is(Status.True))
                .isTrue();
    }

    @Test
    void aLargeFleetIsCountedAndTenNodesAreShown() {
        var nodes = IntStream.range(0, 500)
                .mapToObj(i -> node("n%03d".formatted(i), true, false))
                .toList();
        var objects = nodes.stream()
                .map(node -> stalled(node, "x".repeat(Bounds.MAX_MESSAGE)))
                .toArray(NodeSocketCapacity[]::new);
        var status = status(EDGE, nodes, objects);

        assertThat(status.nodes()).isEqualTo(new Nodes("0/500", 500, 500, 0, 500, 0, 0));
        assertThat(status.samples())
                .hasSize(10)
                .extracting(NodeSample::node)
                .startsWith("n000", "n001")
                .endsWith("n009");
        assertThat(status.conditions())
                .allMatch(condition -> condition.message().length() <= Bounds.MAX_MESSAGE);
    }

    @Test
    void conditionsComeInTheirOrderAndEachSpeaksOfTheGenerationThatWasRead() {
        var status = status(EDGE, THREE);

        assertThat(status.observedGeneration()).isEqualTo(4);
        assertThat(status.conditions())
                .extracting(Condition::type)
                .containsExactly("Accepted", "Enacted", "Verified", "Ready", "Reconciling", "Stalled");
        assertThat(status.conditions()).allMatch(condition -> condition.observedGeneration() == 4);
    }

    @Test
    void aTransitionTimeIsThatOfTheLastChangeOfTheStatus() {
        var wish = wish("edge", "{}", "inboundConnections: 1000000");
        wish.setStatus(status(wish, List.of(N1), progressing(N1, Reason.Probing, "Held 900 so far.")));
        var later = NOW.plusSeconds(60);

        var same = status(wish, later, List.of(N1), progressing(N1, Reason.Probing, "Held 1800 so far."));
        assertThat(condition(same, Type.Ready).lastTransitionTime()).isEqualTo("2030-01-01T00:00:00Z");
        var changed = status(wish, later, List.of(N1), holding(N1));
        assertThat(condition(changed, Type.Ready).lastTransitionTime()).isEqualTo("2030-01-01T00:01:00Z");
        assertThat(condition(changed, Type.Stalled).lastTransitionTime()).isEqualTo("2030-01-01T00:00:00Z");
    }

    @Test
    void nothingNewIsTheSameReport() {
        var wish = wish("edge", "{}", "inboundConnections: 1000000");
        wish.setStatus(status(wish, THREE, holding(N1), stalled(N2, "No local ports left.")));

        assertThat(status(wish, NOW.plusSeconds(60), THREE, holding(N1), stalled(N2, "No local ports left.")))
                .isEqualTo(wish.getStatus());
    }

    @Test
    void theProofThatIsInEffectIsSaidInFull() {
        assertThat(status(EDGE, THREE).effective().verification())
                .isEqualTo(new Verification(Verification.PROBE, 5_000L, 5L, 70L, 3_600L, 10L));
    }

    @Test
    void anObjectIsOwnedByItsNodeAndListsAtMostSixteenWishes() {
        var wishes = IntStream.range(0, 20)
                .mapToObj(i -> wish("w%02d".formatted(i), "{}", "inboundConnections: 1"))
                .toList();
        var object = Desired.enacting(N1, Merge.of(wishes), NodeState.progressing);

        assertThat(object.getSpec().wishes()).hasSize(16);
        assertThat(object.getSpec().wishCount()).isEqualTo(20);
        assertThat(object.getMetadata().getLabels()).containsEntry("socketcapacity.dev/state", "progressing");
        assertThat(object.getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(owner -> assertThat(List.of(owner.getKind(), owner.getName(), owner.getUid()))
                        .containsExactly("Node", "n1", "u-n1"));
    }

    @Test
    void aCallForAProbeIsHandedToTheNode() {
        assertThat(Desired.enacting(N1, Merge.of(List.of(EDGE)), NodeState.ready)
                        .getSpec()
                        .probeRequest())
                .isNull();
        assertThat(probeRequest(calling("a", "2026-11-24"))).isEqualTo("2026-11-24");
        assertThat(probeRequest(calling("a", ""))).as("nothing is no call").isNull();
    }

    @Test
    void theCallsOfSeveralWishesAreOneWhateverTheirOrder() {
        var a = calling("a", "y");
        var b = calling("b", "x");
        var c = calling("c", "y");

        assertThat(probeRequest(a, b, c, EDGE)).isEqualTo("x,y");
        assertThat(probeRequest(EDGE, c, b, a)).isEqualTo("x,y");
    }

    @Test
    void aLongCallIsHandedOnAsItsHash() {
        var longest = calling("a", "x".repeat(64));
        var longer = calling("a", "x".repeat(65));
        var another = calling("a", "y".repeat(65));

        assertThat(probeRequest(longest)).isEqualTo("x".repeat(64));
        assertThat(probeRequest(longer)).matches("[0-9a-f]{64}").isNotEqualTo(probeRequest(another));
    }

    @Test
    void aCallForAProbeChangesNothingElseOfTheTarget() {
        var called = Desired.enacting(N1, Merge.of(List.of(calling("edge", "now"))), NodeState.ready)
                .getSpec();
        var uncalled = Desired.enacting(
                        N1, Merge.of(List.of(wish("edge", "{}", "inboundConnections: 1"))), NodeState.ready)
                .getSpec();

        assertThat(called.targetHash()).isEqualTo(uncalled.targetHash());
    }

    @Test
    void onlyAnotherSpecOrAnotherCallAsksForSomethingNew() {
        var before = calling("edge", "now");
        var asksAnew = new AsksAnew();

        var reported = calling("edge", "now");
        reported.setStatus(status(EDGE, THREE));
        assertThat(asksAnew.accept(reported, before)).isFalse();
        assertThat(asksAnew.accept(calling("edge", "once more"), before)).isTrue();
        assertThat(asksAnew.accept(wish("edge", "{}", "inboundConnections: 1"), before))
                .isTrue();
        var changed = calling("edge", "now");
        changed.getMetadata().setGeneration(5L);
        assertThat(asksAnew.accept(changed, before)).isTrue();
    }

    @Test
    void aHoldDiffersFromWhatIsEnactedInItsActionOnly() {
        var merge = Merge.of(List.of(EDGE));
        var enacted = Desired.enacting(N1, merge, NodeState.ready);
        var held = Desired.holding(N1, merge, NodeState.ready);

        assertThat(held.getSpec().action()).isEqualTo("Hold");
        assertThat(Serialization.asYaml(held).replace("\"Hold\"", "\"Enact\""))
                .isEqualTo(Serialization.asYaml(enacted));
    }

    @Test
    void aHoldForNoWishAsksForNothing() {
        var held = Desired.holding(N1, Merge.of(List.of()), NodeState.held);

        assertThat(held.getSpec().target()).isNull();
        assertThat(held.getSpec().targetHash()).isNull();
        assertThat(held.getSpec().wishCount()).isZero();
        assertThat(held.getMetadata().getLabels()).containsEntry("socketcapacity.dev/state", "held");
    }

    @Test
    void aReleaseAsksForNothingAndKeepsItsNode() {
        var release = Desired.releasing(holding(N1), NodeState.ready);

        assertThat(release.getSpec().action()).isEqualTo("Release");
        assertThat(release.getSpec().target()).isNull();
        assertThat(release.getSpec().wishes()).isEmpty();
        assertThat(release.getSpec().nodeUID()).isEqualTo("u-n1");
        assertThat(release.getMetadata().getName()).isEqualTo("n1");
        assertThat(release.getMetadata().getOwnerReferences())
                .isEqualTo(holding(N1).getMetadata().getOwnerReferences());
    }

    private static SocketCapacityStatus status(
            SocketCapacity wish, List<NodeView> nodes, NodeSocketCapacity... objects) {
        return status(wish, NOW, nodes, objects);
    }

    private static SocketCapacityStatus status(
            SocketCapacity wish, Instant now, List<NodeView> nodes, NodeSocketCapacity... objects) {
        var byName = Arrays.stream(objects)
                .collect(Collectors.toMap(object -> object.getMetadata().getName(), object -> object));
        var fleet = new Fleet(List.of(wish), nodes, byName);
        return new WishReport(wish, fleet, FleetPlan.of(fleet, Set.of())).status(now);
    }

    private static void assertCondition(
            SocketCapacityStatus status, Type type, Status expected, Reason reason, String message) {
        assertThat(condition(status, type))
                .as(type.name())
                .extracting(Condition::status, Condition::reason, Condition::message)
                .containsExactly(expected.name(), reason.name(), message);
    }

    private static void assertSettled(SocketCapacityStatus status) {
        assertCondition(status, Type.Reconciling, Status.False, Reason.Settled, "Nothing of that kind.");
        assertCondition(status, Type.Stalled, Status.False, Reason.Settled, "Nothing of that kind.");
    }

    private static Condition condition(SocketCapacityStatus status, Type type) {
        return Condition.find(status.conditions(), type).orElseThrow();
    }

    private static NodeSocketCapacity holding(NodeView node) {
        return object(node, EDGE, List.of(yes(Type.Enacted), yes(Type.Verified), ready()));
    }

    private static NodeSocketCapacity progressing(NodeView node, Reason reason, String message) {
        return object(node, EDGE, List.of(yes(Type.Enacted), of(Type.Ready, Status.False, reason, message)));
    }

    private static NodeSocketCapacity waiting(NodeView node, Reason reason, String message) {
        return object(
                node,
                EDGE,
                List.of(
                        of(Type.Enacted, Status.False, reason, message),
                        of(Type.Ready, Status.False, reason, message),
                        of(Type.Reconciling, Status.True, reason, message)));
    }

    private static NodeSocketCapacity stalled(NodeView node, String message) {
        return object(
                node,
                EDGE,
                List.of(
                        yes(Type.Enacted),
                        of(Type.Ready, Status.False, Reason.ProbeFailed, message),
                        of(Type.Stalled, Status.True, Reason.ProbeFailed, message)));
    }

    private static NodeSocketCapacity outdated(NodeView node) {
        return object(
                node,
                EDGE,
                List.of(
                        yes(Type.Enacted),
                        of(Type.Verified, Status.Unknown, Reason.ProbeOutdated, "Proved long ago."),
                        of(Type.Ready, Status.Unknown, Reason.ProbeOutdated, "Proved long ago."),
                        of(Type.Reconciling, Status.False, Reason.Settled, "Nothing of that kind."),
                        of(Type.Stalled, Status.False, Reason.Settled, "Nothing of that kind.")));
    }

    private static Condition ready() {
        return of(Type.Ready, Status.True, Reason.Verified, "Held 5000 connections at one moment.");
    }

    private static Condition yes(Type type) {
        return of(type, Status.True, Reason.AllValuesHeld, "Yes.");
    }

    private static Condition of(Type type, Status status, Reason reason, String message) {
        return Condition.of(type, status, reason, message, 7, NOW, List.of());
    }

    /// The node's object as the operator writes it for a wish, with a report on it.
    private static NodeSocketCapacity object(NodeView node, SocketCapacity wish, List<Condition> conditions) {
        var object = Desired.enacting(node, Merge.of(List.of(wish)), NodeState.progressing);
        object.getMetadata().setGeneration(7L);
        object.setStatus(new NodeSocketCapacityStatus(
                7L,
                "boot",
                NodeSocketCapacityStatus.PRIVILEGED,
                false,
                object.getSpec().targetHash(),
                null,
                List.of(),
                null,
                null,
                conditions));
        return object;
    }

    private static NodeView node(String name, boolean ready, boolean cordoned) {
        return new NodeView(name, "u-" + name, Map.of(), true, ready, cordoned, "boot");
    }

    private static NodeView handsOff(String name) {
        var labels = Map.of("socketcapacity.dev/hands-off", "true");
        return new NodeView(name, "u-" + name, labels, true, true, false, "boot");
    }

    private static SocketCapacity calling(String name, String call) {
        var wish = wish(name, "{}", "inboundConnections: 1");
        wish.getMetadata().setAnnotations(Map.of("socketcapacity.dev/probe", call));
        return wish;
    }

    private static String probeRequest(SocketCapacity... wishes) {
        return Desired.enacting(N1, Merge.of(List.of(wishes)), NodeState.ready)
                .getSpec()
                .probeRequest();
    }

    private static String ports(int from) {
        return IntStream.range(0, 32)
                .mapToObj(i -> "\"" + (from + 2 * i) + "\"")
                .collect(Collectors.joining(", "));
    }

    private static SocketCapacity wish(String name, String selector, String fields) {
        return Serialization.unmarshal("""
                apiVersion: socketcapacity.dev/v1beta1
                kind: SocketCapacity
                metadata: {name: %1$s, uid: u-%1$s, generation: 4}
                spec: {nodeSelector: %2$s, %3$s}
                """.formatted(name, selector, fields), SocketCapacity.class);
    }
}
