package dev.socketcapacity.controller;

import dev.socketcapacity.api.NodeSocketCapacity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// All node objects as they are now: what the watch has brought, and what we wrote ourselves since. A plan sees its own
/// writes.
final class NodeObjects {

    private static final PatchContext SERVER_SIDE_APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager("socket-capacity-operator")
            .withForce(true)
            .build();

    private final KubernetesClient client;
    private final IndexerResourceCache<NodeSocketCapacity> cache;
    private final Map<String, NodeSocketCapacity> written = new HashMap<>();
    private final Map<String, String> deleted = new HashMap<>();

    NodeObjects(KubernetesClient client, IndexerResourceCache<NodeSocketCapacity> cache) {
        this.client = client;
        this.cache = cache;
    }

    /// By node name.
    Map<String, NodeSocketCapacity> all() {
        var objects = cache.list(_ -> true).collect(Collectors.toMap(NodeObjects::name, object -> object));
        written.values().removeIf(own -> {
            var seen = objects.get(name(own));
            return seen != null && version(seen) >= version(own);
        });
        objects.putAll(written);
        deleted.entrySet().removeIf(gone -> {
            var seen = objects.get(gone.getKey());
            return seen == null || !seen.getMetadata().getUid().equals(gone.getValue());
        });
        objects.keySet().removeAll(deleted.keySet());
        return objects;
    }

    /// Writes an object where it is not as it shall be.
    void apply(NodeSocketCapacity desired, NodeSocketCapacity observed) {
        if (observed == null || !isAs(desired, observed)) {
            var applied = client.resource(desired).patch(SERVER_SIDE_APPLY);
            written.put(name(applied), applied);
        }
    }

    void delete(NodeSocketCapacity object) {
        client.resource(object).delete();
        written.remove(name(object));
        deleted.put(name(object), object.getMetadata().getUid());
    }

    private static boolean isAs(NodeSocketCapacity desired, NodeSocketCapacity observed) {
        return desired.getSpec().equals(observed.getSpec())
                && observed.getMetadata()
                        .getLabels()
                        .entrySet()
                        .containsAll(desired.getMetadata().getLabels().entrySet());
    }

    private static String name(NodeSocketCapacity object) {
        return object.getMetadata().getName();
    }

    /// Versions of objects of one kind can be compared.
    private static long version(NodeSocketCapacity object) {
        return Long.parseLong(object.getMetadata().getResourceVersion());
    }
}
