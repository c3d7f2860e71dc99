package dev.socketcapacity.controller;

import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The agents' DaemonSet, exactly as the chart renders it, owned by the operator's Deployment: it goes with that.
final class AgentDaemonSet {

    private final KubernetesClient client;
    private final DaemonSet desired;
    private String applied;

    private AgentDaemonSet(KubernetesClient client, DaemonSet desired) {
        this.client = client;
        this.desired = desired;
    }

    static AgentDaemonSet fromManifest(KubernetesClient client, Path manifest, String namespace, String deployment)
            throws IOException {
        var desired = read(client, manifest);
        var owner = client.apps()
                .deployments()
                .inNamespace(namespace)
                .withName(deployment)
                .get();
        if (owner == null) {
            throw new IOException(
                    "there is no Deployment %s in namespace %s to own the agents".formatted(deployment, namespace));
        }
        desired.getMetadata().setNamespace(namespace);
        desired.getMetadata()
                .setOwnerReferences(java.util.List.of(new OwnerReferenceBuilder()
                        .withApiVersion("apps/v1")
                        .withKind("Deployment")
                        .withName(deployment)
                        .withUid(owner.getMetadata().getUid())
                        .build()));
        return new AgentDaemonSet(client, desired);
    }

    private static DaemonSet read(KubernetesClient client, Path manifest) throws IOException {
        try (var yaml = Files.newInputStream(manifest)) {
            var daemonSet = client.getKubernetesSerialization().unmarshal(yaml, DaemonSet.class);
            if (daemonSet == null || daemonSet.getMetadata() == null || daemonSet.getSpec() == null) {
                throw new IOException("%s holds no DaemonSet".formatted(manifest));
            }
            return daemonSet;
        } catch (RuntimeException failure) { // of the parser, and as many kinds of them as it has parts
            throw new IOException("%s holds no DaemonSet: %s".formatted(manifest, failure.getMessage()), failure);
        }
    }

    String name() {
        return desired.getMetadata().getName();
    }

    /// Applies it where it is missing or was changed by somebody: one write for each such change, none otherwise.
    void ensure(Optional<DaemonSet> observed) {
        if (observed.map(AgentDaemonSet::version)
                .filter(version -> version.equals(applied))
                .isEmpty()) {
            applied = version(client.resource(desired)
                    .fieldManager(SocketCapacityReconciler.NAME)
                    .forceConflicts()
                    .serverSideApply());
        }
    }

    void remove(Optional<DaemonSet> observed) {
        observed.ifPresent(daemonSet -> client.resource(daemonSet).delete());
        applied = null;
    }

    /// Moves with every change of the spec, and not with its status.
    private static String version(DaemonSet daemonSet) {
        return daemonSet.getMetadata().getUid() + "/" + daemonSet.getMetadata().getGeneration();
    }
}
