package dev.socketcapacity.controller;

import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.api.SocketCapacity;
import dev.socketcapacity.api.SocketCapacityStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/// News as events. Of a wish: one when Ready changes its status or reason, never that something is still going on. Of a
/// node: one when the outcome of its proof changes.
final class Events {

    private static final Logger LOG = Logger.getLogger(Events.class.getName());

    /// Events about cluster-scoped objects live there.
    private static final String NAMESPACE = "default";

    private static final int MAX_NOTE = 1_024;

    /// The API server wants exactly six digits.
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final KubernetesClient client;
    private final String reporter;
    private final Clock clock;

    /// @param reporter the pod that speaks
    Events(KubernetesClient client, String reporter, Clock clock) {
        this.client = client;
        this.reporter = reporter;
        this.clock = clock;
    }

    void publish(SocketCapacity wish, SocketCapacityStatus before, SocketCapacityStatus after) {
        var ready = ready(after);
        if (ready.isPresent() && !isSameNews(ready(before), ready.get())) {
            publish(wish, ready.get(), isTrue(after, Condition.Type.Stalled) || isEmptySelection(ready.get()));
        }
    }

    void publish(NodeSocketCapacity object, Condition outcome) {
        publish(object, outcome, outcome.is(Condition.Status.False));
    }

    private void publish(HasMetadata regarding, Condition news, boolean warning) {
        var now = clock.instant();
        var event = new EventBuilder()
                .withNewMetadata()
                // No generateName: it must not end in the dot that is usual here.
                .withName("%s.%x"
                        .formatted(regarding.getMetadata().getName(), ChronoUnit.NANOS.between(Instant.EPOCH, now)))
                .withNamespace(NAMESPACE)
                .endMetadata()
                .withType(warning ? "Warning" : "Normal")
                .withReason(news.reason())
                .withAction("Reconcile")
                .withNote(news.message()
                        .substring(0, Math.min(MAX_NOTE, news.message().length())))
                .withReportingController(SocketCapacityReconciler.NAME)
                .withReportingInstance(reporter)
                .withEventTime(new MicroTime(MICROSECONDS.format(now)))
                .withRegarding(new ObjectReferenceBuilder()
                        .withApiVersion(regarding.getApiVersion())
                        .withKind(regarding.getKind())
                        .withName(regarding.getMetadata().getName())
                        .withUid(regarding.getMetadata().getUid())
                        .build())
                .build();
        try {
            client.events().v1().events().inNamespace(NAMESPACE).resource(event).create();
        } catch (KubernetesClientException failure) {
            LOG.log(Level.WARNING, "An event was not taken: {0}", failure.getMessage());
        }
    }

    private static Optional<Condition> ready(SocketCapacityStatus status) {
        return status == null ? Optional.empty() : Condition.find(status.conditions(), Condition.Type.Ready);
    }

    private static boolean isSameNews(Optional<Condition> before, Condition after) {
        return before.filter(old ->
                        old.status().equals(after.status()) && old.reason().equals(after.reason()))
                .isPresent();
    }

    private static boolean isTrue(SocketCapacityStatus status, Condition.Type type) {
        return Condition.find(status.conditions(), type)
                .filter(condition -> condition.is(Condition.Status.True))
                .isPresent();
    }

    private static boolean isEmptySelection(Condition ready) {
        return Reason.NoNodesSelected.name().equals(ready.reason());
    }
}
