package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.Condition.Status;
import dev.socketcapacity.api.Condition.Type;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeState;
import dev.socketcapacity.api.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NodeStandingTest {

    private static final NodeView NODE = new NodeView("n1", "u-n1", Map.of(), true, true, false, "boot-2");
    private static final NodeStanding AWAITING = new NodeStanding(
            NodeState.progressing, Reason.AwaitingAgent, "The agent of node n1 has not reported on this target yet.");

    @Test
    void aReportOfThisTargetGenerationAndBootIsBelieved() {
        assertThat(standing(report("boot-2", 7, "hash", "hash")))
                .isEqualTo(new NodeStanding(NodeState.ready, Reason.Verified, "Held 5000 connections."));
    }

    @Test
    void anObjectThatDoesNotExistOrSaysNothingIsAwaited() {
        assertThat(NodeStanding.of(NODE, Optional.empty(), "hash")).isEqualTo(AWAITING);
        var mute = report("boot-2", 7, "hash", "hash");
        mute.setStatus(null);
        assertThat(standing(mute)).isEqualTo(AWAITING);
    }

    @Test
    void aReportOnAnEarlierGenerationIsNotBelieved() {
        assertThat(standing(report("boot-2", 6, "hash", "hash"))).isEqualTo(AWAITING);
    }

    @Test
    void aReportOnAnotherTargetIsNotBelieved() {
        assertThat(standing(report("boot-2", 7, "hash", "old"))).isEqualTo(AWAITING);
        assertThat(standing(report("boot-2", 7, "old", "old"))).isEqualTo(AWAITING);
    }

    @Test
    void aReportFromBeforeARebootIsNotBelieved() {
        assertThat(standing(report("boot-1", 7, "hash", "hash"))).isEqualTo(AWAITING);
    }

    @Test
    void aBootThatEitherSideDoesNotNameIsNoReasonToDoubt() {
        var unnamed = new NodeView("n1", "u-n1", Map.of(), true, true, false, null);
        assertThat(NodeStanding.of(unnamed, Optional.of(report("boot-1", 7, "hash", "hash")), "hash")
                        .state())
                .isEqualTo(NodeState.ready);
        var object = Serialization.unmarshal(
                Serialization.asYaml(report("boot-2", 7, "hash", "hash")).replaceAll("(?m)^ *bootID:.*\n", ""),
                NodeSocketCapacity.class);
        assertThat(object.getStatus().bootID()).isNull();
        assertThat(standing(object).state()).isEqualTo(NodeState.ready);
    }

    @ParameterizedTest
    @EnumSource
    void whateverTheReasonReadyIsReadyAndStalledIsStalledAndAllElseIsOnItsWayOnHoldOrOutdated(Reason reason) {
        assertThat(NodeStanding.of(conditions(Status.True, Status.False, reason)))
                .isEqualTo(new NodeStanding(NodeState.ready, reason, "Because."));
        assertThat(NodeStanding.of(conditions(Status.False, Status.True, reason)))
                .isEqualTo(new NodeStanding(NodeState.stalled, reason, "Because."));
        var state = switch (reason) {
            case OnHold -> NodeState.held;
            case ProbeOutdated -> NodeState.outdated;
            default -> NodeState.progressing;
        };
        assertThat(NodeStanding.of(conditions(Status.False, Status.False, reason)))
                .isEqualTo(new NodeStanding(state, reason, "Because."));
        assertThat(NodeStanding.of(conditions(Status.Unknown, Status.Unknown, reason)))
                .isEqualTo(new NodeStanding(state, reason, "Because."));
    }

    @Test
    void aNewerAgentsWordIsNoStumblingBlock() {
        var newer = new Condition("Ready", "False", "ReasonOfNextYear", "Because.", "2030-01-01T00:00:00Z", 7L);
        assertThat(NodeStanding.of(List.of(newer)))
                .isEqualTo(new NodeStanding(NodeState.progressing, Reason.Pending, "Because."));
    }

    @Test
    void aReportWithoutConditionsIsOnItsWay() {
        assertThat(NodeStanding.of(List.of())).isEqualTo(new NodeStanding(NodeState.progressing, Reason.Pending, ""));
    }

    private static NodeStanding standing(NodeSocketCapacity object) {
        return NodeStanding.of(NODE, Optional.of(object), "hash");
    }

    private static List<Condition> conditions(Status ready, Status stalled, Reason reason) {
        var now = Instant.EPOCH;
        return List.of(
                Condition.of(Type.Ready, ready, reason, "Because.", 7, now, List.of()),
                Condition.of(Type.Stalled, stalled, reason, "Because.", 7, now, List.of()));
    }

    /// @param asked    the target that the operator has written
    /// @param reported the one that the agent works on
    private static NodeSocketCapacity report(String bootId, int generation, String asked, String reported) {
        return Serialization.unmarshal("""
                apiVersion: socketcapacity.dev/v1beta1
                kind: NodeSocketCapacity
                metadata: {name: n1, generation: 7}
                spec: {nodeUID: u-n1, action: Enact, targetHash: %3$s}
                status:
                  observedGeneration: %2$d
                  bootID: %1$s
                  target: %4$s
                  conditions: [{type: Ready, status: "True", reason: Verified, message: Held 5000 connections.}]
                """.formatted(bootId, generation, asked, reported), NodeSocketCapacity.class);
    }
}
