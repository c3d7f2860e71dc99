package dev.socketcapacity.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The CRDs are generated, committed and compared. `-Dcrds.update=true` rewrites them.
class CrdFilesTest {

    private static final String CRDS = "../crds";
    private static final String CHART = "../helm/socket-capacity/files/crds";
    private static final int MAX_BYTES = 60 * 1024;

    private static Map<String, String> generated;

    @BeforeAll
    static void generate() throws IOException {
        generated = CrdFiles.generate();
        if (Boolean.getBoolean("crds.update")) {
            for (var folder : List.of(CRDS, CHART)) {
                Files.createDirectories(Path.of(folder));
                for (var file : generated.entrySet()) {
                    Files.writeString(Path.of(folder, file.getKey()), file.getValue());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {CRDS, CHART})
    void committedFilesAreWhatTheRecordsSay(String folder) throws IOException {
        for (var file : generated.entrySet()) {
            assertThat(Path.of(folder, file.getKey()))
                    .as("stale: ./mvnw test -pl operator -Dtest=CrdFilesTest -Dcrds.update=true")
                    .exists()
                    .hasContent(file.getValue());
        }
        try (var files = Files.list(Path.of(folder))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(generated.keySet());
        }
    }

    @Test
    void eachFileIsSmallEnoughForPlainKubectlApply() {
        assertThat(generated).allSatisfy((_, yaml) -> assertThat(yaml.length()).isLessThan(MAX_BYTES));
    }

    @Test
    void everythingIsBoundedAndDescribed() {
        var loose = new ArrayList<String>();
        generated.values().forEach(yaml -> {
            var crd = Serialization.unmarshal(yaml, CustomResourceDefinition.class);
            var schema = crd.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
            for (var part : List.of("spec", "status")) {
                findLoose(part, schema.getProperties().get(part), loose);
            }
        });
        assertThat(loose).isEmpty();
    }

    private static void findLoose(String path, JSONSchemaProps schema, List<String> loose) {
        var bounded = switch (schema.getType()) {
            case "string" -> schema.getMaxLength() != null;
            case "integer" -> schema.getMinimum() != null;
            case "array" -> schema.getMaxItems() != null;
            default -> schema.getAdditionalProperties() == null || schema.getMaxProperties() != null;
        };
        if (!bounded) {
            loose.add(path + " has no bound");
        }
        schema.getProperties().forEach((name, property) -> {
            if (property.getDescription() == null) {
                loose.add(path + "." + name + " has no description");
            }
            findLoose(path + "." + name, property, loose);
        });
        if (schema.getItems() != null) {
            findLoose(path + "[]", schema.getItems().getSchema(), loose);
        }
        if (schema.getAdditionalProperties() != null) {
            findLoose(path + "{}", schema.getAdditionalProperties().getSchema(), loose);
        }
    }
}
