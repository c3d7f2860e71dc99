package dev.socketcapacity.controller;

import dev.socketcapacity.api.SocketCapacity;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Reconciles a wish: settles the whole fleet, then reports on this one. Runs on a wish's deletion too, which settles
/// the fleet without it.
@ControllerConfiguration(
        name = SocketCapacityReconciler.NAME,
        informer = @Informer(onUpdateFilter = AsksAnew.class),
        generationAwareEventProcessing = false,
        triggerReconcilerOnAllEvents = true,
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 30, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = Integer.MAX_VALUE, initialInterval = 1_000, intervalMultiplier = 2, maxInterval = 60_000)
final class SocketCapacityReconciler implements Reconciler<SocketCapacity> {

    static final String NAME = "socket-capacity-operator";

    private final String namespace;
    private final Supplier<FleetController> fleet;
    private final Events events;
    private final SimpleInboundEventSource<SocketCapacity> reports = new SimpleInboundEventSource<>("reports");

    private IndexerResourceCache<SocketCapacity> wishes;
    private InformerEventSource<Node, SocketCapacity> nodes;
    private InformerEventSource<DaemonSet, SocketCapacity> daemonSets;

    /// @param namespace of the agents' DaemonSet
    SocketCapacityReconciler(String namespace, Supplier<FleetController> fleet, Events events) {
        this.namespace = namespace;
        this.fleet = fleet;
        this.events = events;
    }

    @Override
    public List<EventSource<?, SocketCapacity>> prepareEventSources(EventSourceContext<SocketCapacity> context) {
        wishes = context.getPrimaryCache();
        nodes = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Node.class, SocketCapacity.class)
                        .withName("nodes")
                        .withSecondaryToPrimaryMapper(this::everyWish)
                        .withOnUpdateFilter((now, before) -> !FleetController.looksTheSame(now, before))
                        .withInformerListLimit(500L)
                        .build(),
                context);
        daemonSets = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(DaemonSet.class, SocketCapacity.class)
                        .withName("agents")
                        .withNamespaces(namespace)
                        .withSecondaryToPrimaryMapper(this::everyWish)
                        .build(),
                context);
        return List.of(nodes, daemonSets, reports);
    }

    @Override
    public UpdateControl<SocketCapacity> reconcile(SocketCapacity wish, Context<SocketCapacity> context) {
        try {
            fleet.get().settle();
        } finally { // what could not be written is tried again; meanwhile the wish tells what there is
            if (!context.isPrimaryResourceDeleted()) {
                report(wish, context);
            }
        }
        return UpdateControl.noUpdate();
    }

    private void report(SocketCapacity wish, Context<SocketCapacity> context) {
        var before = wish.getStatus();
        var after = fleet.get().report(wish);
        if (!after.equals(before)) {
            PrimaryUpdateAndCacheUtils.ssaPatchStatusAndCacheResource(wish, Desired.statusOnly(wish, after), context);
            events.publish(wish, before, after);
        }
    }

    /// Tells every wish that a node's report has changed: which wishes it concerns does not depend on its content,
    /// which somebody may have edited.
    void reportsChanged() {
        everyWish(null).forEach(reports::propagateEvent);
    }

    private Set<ResourceID> everyWish(HasMetadata changed) {
        return wishes.list(_ -> true).map(ResourceID::fromResource).collect(Collectors.toSet());
    }

    IndexerResourceCache<SocketCapacity> wishes() {
        return wishes;
    }

    InformerEventSource<Node, SocketCapacity> nodes() {
        return nodes;
    }

    InformerEventSource<DaemonSet, SocketCapacity> daemonSets() {
        return daemonSets;
    }
}
