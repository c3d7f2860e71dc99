package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.socketcapacity.api.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a node needs for a target, case by case: `in-*.yaml` is a target and a node, `out-*.yaml` the values with their
/// reasons. With `-Dgolden.update=true` the latter are written anew, to be read before they are committed.
class DerivationTest {

    private static final Path FOLDER = Path.of("src/test/resources/dev/socketcapacity/plan");

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES));

    /// @param kept ports that the installation keeps
    record Case(Target target, Node node, List<String> kept) {}

    record Node(
            long files,
            long tracked,
            long tasks,
            @JsonProperty("memoryMiB") long memory,
            String portRange,
            List<String> reserved,
            List<String> listening) {

        Baseline baseline() {
            return new Baseline(files, tracked, tasks, memory << 20, portRange, reserved, listening);
        }
    }

    static Stream<String> cases() throws IOException {
        try (var files = Files.list(FOLDER)) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("in-"))
                    .map(name -> name.substring("in-".length()))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void derivesWhatTheTextbookSays(String name) throws IOException {
        var given = YAML.readValue(FOLDER.resolve("in-" + name).toFile(), Case.class);
        var kept = given.kept() == null ? PortSet.EMPTY : PortSet.ofItems(given.kept());
        var actual = YAML.writeValueAsString(
                describe(Derivation.of(given.target(), given.node().baseline(), kept)));

        var expected = FOLDER.resolve("out-" + name);
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(expected, actual);
        }
        assertThat(actual).isEqualTo(Files.readString(expected));
    }

    private static Map<String, Object> describe(Derivation derivation) {
        var values = new LinkedHashMap<String, Object>();
        derivation.requirements().values().forEach(requirement -> {
            var value = new LinkedHashMap<String, Object>();
            value.put("value", requirement.value().text());
            value.put("why", requirement.why());
            values.put(requirement.setting().key(), value);
        });
        var all = new LinkedHashMap<String, Object>();
        all.put("values", values);
        all.put("memoryMiB", derivation.memory() >> 20);
        all.put(
                "refusals",
                derivation.refusals().stream()
                        .map(refusal -> refusal.reason() + ": " + refusal.sentence())
                        .toList());
        return all;
    }
}
