package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.SocketCapacity;
import dev.socketcapacity.plan.FleetPlan.Step;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FleetPlanTest {

    private static final SocketCapacity EDGE = wish("edge", "{}", "inboundConnections: 1000");
    private static final NodeView NODE = node("n1", true, false);
    private static final NodeView HANDS_OFF = labelled("true");

    @Test
    void aSelectedNodeIsAskedToHoldTheWish() {
        assertThat(plan(List.of(EDGE), List.of(NODE)).steps())
                .singleElement()
                .isInstanceOfSatisfying(Step.Enact.class, enact -> {
                    assertThat(enact.node()).isEqualTo(NODE);
                    assertThat(enact.merge().target().inbound()).isEqualTo(1_000);
                });
    }

    @Test
    void aNodeThatNoWishSelectsIsLeftAlone() {
        var picky = wish("picky", "{matchLabels: {pool: edge}}", "inboundConnections: 1000");
        assertThat(plan(List.of(picky), List.of(NODE)).steps()).isEmpty();
    }

    @Test
    void onlyLinuxNodesAreSelected() {
        var windows = new NodeView("n1", "u-n1", Map.of(), false, true, false, "b1");
        assertThat(plan(List.of(EDGE), List.of(windows)).steps()).isEmpty();
    }

    @Test
    void aNodeThatIsNotReadyOrCordonedIsNotStartedButGoesOnOnceStarted() {
        for (var node : List.of(node("n1", false, false), node("n1", true, true))) {
            assertThat(plan(List.of(EDGE), List.of(node)).steps()).isEmpty();
            assertThat(plan(List.of(EDGE), List.of(node), object("n1", "Enact", null))
                            .steps())
                    .singleElement()
                    .isInstanceOf(Step.Enact.class);
        }
    }

    @Test
    void aNodeWithoutAWishIsReleasedAndItsObjectDeletedOnceTheAgentSaysSo() {
        assertThat(plan(List.of(), List.of(NODE), object("n1", "Enact", null)).steps())
                .singleElement()
                .isInstanceOf(Step.Release.class);
        assertThat(plan(List.of(), List.of(NODE), object("n1", "Release", "Releasing"))
                        .steps())
                .singleElement()
                .isInstanceOf(Step.Release.class);
        assertThat(plan(List.of(), List.of(NODE), object("n1", "Release", "Released"))
                        .steps())
                .singleElement()
                .isInstanceOf(Step.Delete.class);
    }

    @Test
    void aReleaseThatWasReportedForAnEarlierGenerationIsNotBelieved() {
        var object = object("n1", "Release", "Released");
        object.getMetadata().setGeneration(8L);
        assertThat(plan(List.of(), List.of(NODE), object).steps())
                .singleElement()
                .isInstanceOf(Step.Release.class);
    }

    @Test
    void nobodyWaitsForAnAgentThatStaysSilent() {
        var fleet = new Fleet(List.of(), List.of(NODE), Map.of("n1", object("n1", "Release", null)));
        assertThat(FleetPlan.of(fleet, Set.of("n1")).steps()).singleElement().isInstanceOf(Step.Delete.class);
    }

    @Test
    void anAgentThatStaysSilentIsWaitedForWhereItsNodeIsHandsOff() {
        var fleet = new Fleet(List.of(), List.of(HANDS_OFF), Map.of("n1", object("n1", "Release", null)));
        assertThat(FleetPlan.of(fleet, Set.of("n1")).steps()).singleElement().isInstanceOf(Step.Hold.class);
    }

    @Test
    void aNodeThatIsHandsOffIsPutOnHoldWithTheTargetAndEnactedOnceTheLabelIsGone() {
        for (var objects : List.of(List.<NodeSocketCapacity>of(), List.of(object("n1", "Enact", null)))) {
            assertThat(plan(List.of(EDGE), List.of(HANDS_OFF), objects.toArray(NodeSocketCapacity[]::new))
                            .steps())
                    .singleElement()
                    .isInstanceOfSatisfying(Step.Hold.class, hold -> {
                        assertThat(hold.node()).isEqualTo(HANDS_OFF);
                        assertThat(hold.merge().target().inbound()).isEqualTo(1_000);
                    });
        }
        assertThat(plan(List.of(EDGE), List.of(NODE), object("n1", "Hold", "OnHold"))
                        .steps())
                .singleElement()
                .isInstanceOf(Step.Enact.class);
    }

    @Test
    void onlyTheValueTrueMeansHandsOff() {
        assertThat(plan(List.of(EDGE), List.of(labelled("false"))).steps())
                .singleElement()
                .isInstanceOf(Step.Enact.class);
    }

    @Test
    void aNodeThatIsHandsOffAndCannotBeStartedIsNotPutOnHoldEither() {
        var down = new NodeView("n1", "u-n1", HANDS_OFF.labels(), true, false, false, "b1");
        assertThat(plan(List.of(EDGE), List.of(down)).steps()).isEmpty();
    }

    @Test
    void aReleaseWaitsForAsLongAsTheNodeIsHandsOff() {
        for (var object : List.of(
                object("n1", "Enact", null), object("n1", "Hold", "OnHold"), object("n1", "Release", "Releasing"))) {
            assertThat(plan(List.of(), List.of(HANDS_OFF), object).steps())
                    .singleElement()
                    .isInstanceOfSatisfying(
                            Step.Hold.class,
                            hold -> assertThat(hold.merge().included()).isEmpty());
        }
        assertThat(plan(List.of(), List.of(NODE), object("n1", "Hold", "OnHold"))
                        .steps())
                .singleElement()
                .isInstanceOf(Step.Release.class);
    }

    @Test
    void aNodeThatIsHandsOffWithNothingOfOursLeavesNoObject() {
        for (var action : List.of("Hold", "Release")) {
            assertThat(plan(List.of(), List.of(HANDS_OFF), object("n1", action, "Released"))
                            .steps())
                    .singleElement()
                    .isInstanceOf(Step.Delete.class);
        }
    }

    @Test
    void theObjectOfANodeThatIsGoneOrWasReplacedIsDeleted() {
        assertThat(plan(List.of(EDGE), List.of(), object("n1", "Enact", null)).steps())
                .singleElement()
                .isInstanceOf(Step.Delete.class);
        var replaced = new NodeView("n1", "another", Map.of(), true, true, false, "b1");
        assertThat(plan(List.of(EDGE), List.of(replaced), object("n1", "Enact", null))
                        .steps())
                .singleElement()
                .isInstanceOf(Step.Delete.class);
    }

    @Test
    void theLargerOfTwoWishesWinsInEveryField() {
        var other = wish(
                "other",
                "{}",
                "inboundConnections: 10, outboundConnections: 70, settings: [{name: fs.file-max, value: 9000}],"
                        + " ports: {reserve: [\"8080\"]}");
        var target = Merge.of(List.of(EDGE, other)).target();

        assertThat(target.inbound()).isEqualTo(1_000);
        assertThat(target.outbound()).isEqualTo(70);
        assertThat(target.settings()).hasSize(1);
        assertThat(target.reservedPorts()).containsExactly("8080");
        assertThat(Merge.of(List.of(other, EDGE)).target()).isEqualTo(target);
    }

    @Test
    void aWishThatWouldMakeMoreThan64RangesOfReservedPortsIsLeftOut() {
        var wishes = List.of(reserving("a", 2_000), reserving("b", 3_000), reserving("c", 4_000));
        var plan = plan(wishes, List.of(NODE));

        assertThat(wishes)
                .filteredOn(plan::leavesOut)
                .extracting(w -> w.getMetadata().getName())
                .containsExactly("c");
        assertThat(plan.merges().get("n1").target().reservedPorts()).hasSize(64);
    }

    private static SocketCapacity reserving(String name, int from) {
        var ports = IntStream.range(0, 32)
                .mapToObj(i -> "\"" + (from + 2 * i) + "\"")
                .collect(Collectors.joining(", "));
        return wish(name, "{}", "inboundConnections: 1, ports: {reserve: [" + ports + "]}");
    }

    private static FleetPlan plan(List<SocketCapacity> wishes, List<NodeView> nodes, NodeSocketCapacity... objects) {
        var byName = Arrays.stream(objects)
                .collect(Collectors.toMap(o -> o.getMetadata().getName(), o -> o));
        return FleetPlan.of(new Fleet(wishes, nodes, byName), Set.of());
    }

    private static NodeView node(String name, boolean ready, boolean cordoned) {
        return new NodeView(name, "u-" + name, Map.of(), true, ready, cordoned, "b1");
    }

    private static NodeView labelled(String handsOff) {
        var labels = Map.of("socketcapacity.dev/hands-off", handsOff);
        return new NodeView("n1", "u-n1", labels, true, true, false, "b1");
    }

    private static SocketCapacity wish(String name, String selector, String fields) {
        return Serialization.unmarshal("""
                apiVersion: socketcapacity.dev/v1beta1
                kind: SocketCapacity
                metadata: {name: %1$s, uid: u-%1$s, generation: 1}
                spec: {nodeSelector: %2$s, %3$s}
                """.formatted(name, selector, fields), SocketCapacity.class);
    }

    /// @param enacted the reason of the condition Enacted; null where nothing is reported
    private static NodeSocketCapacity object(String node, String action, String enacted) {
        var status = enacted == null
                ? ""
                : "status: {observedGeneration: 7, conditions: [{type: Enacted, status: \"False\", reason: %s, message: m}]}"
                        .formatted(enacted);
        return Serialization.unmarshal("""
                apiVersion: socketcapacity.dev/v1beta1
                kind: NodeSocketCapacity
                metadata: {name: %1$s, generation: 7}
                spec: {nodeUID: u-%1$s, action: %2$s}
                %3$s
                """.formatted(node, action, status), NodeSocketCapacity.class);
    }
}
