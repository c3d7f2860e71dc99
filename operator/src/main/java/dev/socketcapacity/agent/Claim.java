package dev.socketcapacity.agent;

import dev.socketcapacity.agent.NodeKernel.Identity;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.plan.Capacity;
import dev.socketcapacity.plan.Observation;
import java.time.Duration;
import java.util.Optional;

/// What is to be proved: a target whose values are all in place, on a node as it is now.
///
/// @param hash     of the target
/// @param request  the last call for one more probe; null where there was none
/// @param capacity what the planner finds room for; empty where no connections are wished for
/// @param linger   how long the kernel goes on tracking a connection that was reset
record Claim(
        String hash,
        Target target,
        String request,
        Identity identity,
        Observation node,
        Optional<Capacity> capacity,
        Duration linger) {

    /// What a proof holds for: one boot, one start of the node, and one target.
    record Subject(String bootId, long startTime, String target) {}

    Subject subject() {
        return new Subject(identity.bootId(), identity.startTime(), hash);
    }

    /// Whether there is room for all connections that are wished for, by computation.
    boolean isCovered() {
        return capacity.stream().allMatch(room -> room.connections() >= target.connections());
    }

    /// Connections that the kernel's values cover, by computation; null where none are wished for.
    Long computed() {
        return capacity.map(Capacity::connections).orElse(null);
    }
}
