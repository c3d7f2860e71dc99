package dev.socketcapacity.agent;

import dev.socketcapacity.api.ApiClient;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/// [Wishes] from a watch on the one object that bears the node's name. It reconnects by itself, for ever.
final class ApiServerWishes implements Wishes {

    private static final Logger LOG = Logger.getLogger(ApiServerWishes.class.getName());

    private static final PatchContext SERVER_SIDE_APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager("socket-capacity-agent")
            .withForce(true)
            .build();

    private static final int REQUEST_TIMEOUT_MILLIS = 10_000;

    private final KubernetesClient client;
    private final String node;
    private final SharedIndexInformer<NodeSocketCapacity> informer;
    private volatile boolean failed;

    /// @param changed called after each change, on the client's thread
    ApiServerWishes(String node, Runnable changed) {
        this.client = ApiClient.of(
                new ConfigBuilder().withRequestTimeout(REQUEST_TIMEOUT_MILLIS).build());
        this.node = node;
        this.informer =
                client.resources(NodeSocketCapacity.class).withName(node).runnableInformer(0);
        informer.exceptionHandler((_, failure) -> {
            failed = true;
            LOG.log(Level.WARNING, "The watch on {0} failed and is tried again: {1}", new Object[] {node, failure});
            return true;
        });
        informer.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(NodeSocketCapacity object) {
                changed.run();
            }

            @Override
            public void onUpdate(NodeSocketCapacity before, NodeSocketCapacity after) {
                changed.run();
            }

            @Override
            public void onDelete(NodeSocketCapacity object, boolean unknown) {
                changed.run();
            }
        });
        informer.start();
    }

    @Override
    public Wish current() {
        var object = informer.getStore().list().stream().findFirst();
        if (object.isPresent()) {
            var status = object.get().getStatus();
            return new Wish.Present(
                    object.get().getMetadata().getGeneration(),
                    object.get().getSpec(),
                    status == null ? List.of() : status.conditions());
        }
        if (informer.hasSynced()) {
            return new Wish.Absent();
        }
        return failed ? new Wish.Away() : new Wish.Unknown();
    }

    @Override
    public boolean confirmsAbsence() {
        try {
            return client.resources(NodeSocketCapacity.class)
                    .withField("metadata.name", node)
                    .list()
                    .getItems()
                    .isEmpty();
        } catch (KubernetesClientException _) {
            return false; // it does not answer, or not for this kind
        }
    }

    @Override
    public boolean report(NodeSocketCapacityStatus status) {
        var report = new NodeSocketCapacity();
        report.setMetadata(new ObjectMetaBuilder().withName(node).build());
        report.setStatus(status);
        try {
            client.resource(report).subresource("status").patch(SERVER_SIDE_APPLY);
            return true;
        } catch (KubernetesClientException failure) {
            LOG.log(Level.WARNING, "The report was not taken and is sent again: {0}", failure.getMessage());
            return false;
        }
    }

    @Override
    public void close() {
        informer.close();
        client.close();
    }
}
