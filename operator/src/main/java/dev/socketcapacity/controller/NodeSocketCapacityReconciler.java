package dev.socketcapacity.controller;

import dev.socketcapacity.api.NodeSocketCapacity;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Hears of every change of a node object: settles that node, which releases and deletes what nobody wishes for, also
/// where there is no wish at all, and tells the wishes, and what became of its proof.
@ControllerConfiguration(
        name = "node-socket-capacity",
        generationAwareEventProcessing = false,
        triggerReconcilerOnAllEvents = true,
        maxReconciliationInterval = @MaxReconciliationInterval(interval = 30, timeUnit = TimeUnit.MINUTES))
@GradualRetry(maxAttempts = Integer.MAX_VALUE, initialInterval = 1_000, intervalMultiplier = 2, maxInterval = 60_000)
final class NodeSocketCapacityReconciler implements Reconciler<NodeSocketCapacity> {

    private final Supplier<FleetController> fleet;
    private final Events events;
    private final ProofNews news = new ProofNews();
    private final Runnable changed;

    private IndexerResourceCache<NodeSocketCapacity> objects;

    /// @param changed called after each change of a node object
    NodeSocketCapacityReconciler(Supplier<FleetController> fleet, Events events, Runnable changed) {
        this.fleet = fleet;
        this.events = events;
        this.changed = changed;
    }

    @Override
    public List<EventSource<?, NodeSocketCapacity>> prepareEventSources(
            EventSourceContext<NodeSocketCapacity> context) {
        objects = context.getPrimaryCache();
        return List.of();
    }

    @Override
    public UpdateControl<NodeSocketCapacity> reconcile(NodeSocketCapacity object, Context<NodeSocketCapacity> context) {
        if (context.isPrimaryResourceDeleted()) {
            news.forget(object);
        } else {
            news.of(object).ifPresent(outcome -> events.publish(object, outcome));
        }
        try {
            fleet.get().settle(object.getMetadata().getName());
        } finally {
            changed.run();
        }
        return UpdateControl.noUpdate();
    }

    IndexerResourceCache<NodeSocketCapacity> objects() {
        return objects;
    }
}
