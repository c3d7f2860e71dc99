package dev.socketcapacity.api;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/// The API server's client as both roles use it.
public final class ApiClient {

    private ApiClient() {}

    /// Lenient: a field that a newer CRD has, and this version does not know, is passed over instead of ending the
    /// process.
    public static KubernetesClient of(Config config) {
        var mapper = new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        return new KubernetesClientBuilder()
                .withConfig(config)
                .withKubernetesSerialization(new KubernetesSerialization(mapper, false))
                .build();
    }
}
