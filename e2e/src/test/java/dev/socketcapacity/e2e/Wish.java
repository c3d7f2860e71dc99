package dev.socketcapacity.e2e;

import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSelector;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.SocketCapacity;
import dev.socketcapacity.api.SocketCapacitySpec;
import dev.socketcapacity.api.Verification;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/// What a user does with a wish, and what one can see of it.
final class Wish {

    static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final PatchContext APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager("e2e")
            .withForce(true)
            .build();

    private final KubernetesClient client;
    private final String name;

    Wish(KubernetesClient client, String name) {
        this.client = client;
        this.name = name;
    }

    static SocketCapacitySpec inbound(long connections, Verification verification) {
        return spec(connections, null, List.of(), verification);
    }

    static SocketCapacitySpec spec(
            Long inbound, Long outbound, List<SettingRequirement> settings, Verification verification) {
        return new SocketCapacitySpec(
                new NodeSelector(Map.of(), List.of()), inbound, outbound, null, settings, null, verification);
    }

    static SocketCapacitySpec threads(long threads) {
        return new SocketCapacitySpec(
                new NodeSelector(Map.of(), List.of()), null, null, threads, List.of(), null, null);
    }

    static SettingRequirement setting(String name, long value) {
        return new SettingRequirement(name, value, null);
    }

    /// Probes this many connections and holds them for so long.
    static Verification probing(long connections, long holdSeconds) {
        return new Verification(null, connections, holdSeconds, null, null, null);
    }

    Wish apply(SocketCapacitySpec spec) {
        var wish = new SocketCapacity();
        wish.setMetadata(new ObjectMetaBuilder().withName(name).build());
        wish.setSpec(spec);
        client.resource(wish).patch(APPLY);
        return this;
    }

    void delete() {
        client.resources(SocketCapacity.class).withName(name).delete();
    }

    Optional<SocketCapacity> get() {
        return Optional.ofNullable(
                client.resources(SocketCapacity.class).withName(name).get());
    }

    /// Waits until Ready is True for the present generation.
    Wish awaitReady() {
        await(wish -> isReady(wish), PATIENCE);
        return this;
    }

    void await(Predicate<SocketCapacity> condition, Duration patience) {
        Awaitility.await(name)
                .atMost(patience)
                .pollInterval(Duration.ofMillis(250))
                .failFast(
                        name + " is stalled",
                        () -> get().filter(Wish::isStalled).isPresent())
                .until(() -> get().filter(condition).isPresent());
    }

    static boolean isReady(SocketCapacity wish) {
        return holds(wish, Condition.Type.Ready);
    }

    static boolean isStalled(SocketCapacity wish) {
        return holds(wish, Condition.Type.Stalled);
    }

    private static boolean holds(SocketCapacity wish, Condition.Type type) {
        return wish.getStatus() != null
                && Condition.find(wish.getStatus().conditions(), type)
                        .filter(condition -> condition.is(Condition.Status.True))
                        .filter(condition -> wish.getMetadata().getGeneration().equals(condition.observedGeneration()))
                        .isPresent();
    }

    /// The report of one node.
    static NodeSocketCapacity report(KubernetesClient client, String node) {
        return client.resources(NodeSocketCapacity.class).withName(node).get();
    }
}
