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
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
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
    record Case(Target target, Node node, List<String> kept) {

        Derivation derivation() {
            return Derivation.of(target, node.baseline(), kept == null ? PortSet.EMPTY : PortSet.ofItems(kept));
        }
    }

    /// @param memory    MiB that the target may take
    /// @param values    what the kernel's settings are; with them, limits and writes are told too
    /// @param ours      what we have written of them before
    /// @param taskLimit of the ancestors of the node's pid namespace
    record Node(
            long files,
            long tracked,
            long tasks,
            @JsonProperty("memoryMiB") long memory,
            String portRange,
            List<String> reserved,
            List<String> listening,
            Map<String, String> values,
            Map<String, Ours> ours,
            Long taskLimit) {

        Node {
            values = values == null ? Map.of() : values;
            ours = ours == null ? Map.of() : ours;
        }

        Baseline baseline() {
            return new Baseline(files, tracked, tasks, memory << 20, portRange, reserved, listening);
        }

        Observation observation() {
            var parsed = new EnumMap<Setting, Value>(Setting.class);
            values.forEach(
                    (key, text) -> parsed.put(setting(key), setting(key).shape().parse(text)));
            var usage = new Usage(files, tracked, tasks, 0, 0, 0);
            return new Observation(parsed, usage, false, Optional.ofNullable(taskLimit));
        }

        Map<Setting, Move.Memory> memories() {
            var memories = new EnumMap<Setting, Move.Memory>(Setting.class);
            ours.forEach((key, known) ->
                    memories.put(setting(key), known.memory(setting(key).shape())));
            return memories;
        }

        private static Setting setting(String key) {
            return Stream.of(Setting.values())
                    .filter(setting -> setting.key().equals(key))
                    .findFirst()
                    .orElseThrow(() -> new NoSuchElementException(key));
        }
    }

    /// @param original what we found
    /// @param written  what we wrote
    record Ours(String original, String written) {

        Move.Memory memory(Value.Shape shape) {
            return new Move.Memory(shape.parse(original), shape.parse(original), List.of(shape.parse(written)));
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

    static Stream<String> casesOfKnownValues() throws IOException {
        var known = new ArrayList<String>();
        for (var name : cases().toList()) {
            if (!read(name).node().values().isEmpty()) {
                known.add(name);
            }
        }
        return known.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void derivesWhatTheTextbookSays(String name) throws IOException {
        var actual = YAML.writeValueAsString(describe(read(name)));

        var expected = FOLDER.resolve("out-" + name);
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(expected, actual);
        }
        assertThat(actual).isEqualTo(Files.readString(expected));
    }

    @ParameterizedTest
    @MethodSource("casesOfKnownValues")
    void leavesNothingToWriteOnceItsValuesAreWritten(String name) throws IOException {
        var given = read(name);
        var values = new EnumMap<Setting, Value>(given.node().observation().values());
        var memories = given.node().memories();
        moves(given)
                .forEach((setting, move) -> written(move).ifPresent(value -> {
                    var found = values.put(setting, value);
                    var original = memories.containsKey(setting)
                            ? memories.get(setting).original()
                            : found;
                    memories.put(setting, new Move.Memory(original, original, List.of(value)));
                }));
        memories.keySet().retainAll(given.derivation().requirements().keySet());

        assertThat(moves(given.derivation(), values, memories))
                .allSatisfy((_, move) -> assertThat(move).isEqualTo(new Move.Keep()));
    }

    private static Case read(String name) throws IOException {
        return YAML.readValue(FOLDER.resolve("in-" + name).toFile(), Case.class);
    }

    private static Map<Setting, Move> moves(Case given) {
        return moves(
                given.derivation(),
                given.node().observation().values(),
                given.node().memories());
    }

    /// What there would be to do, setting by setting. Where the memory is too little, nothing is written.
    private static Map<Setting, Move> moves(
            Derivation derivation, Map<Setting, Value> values, Map<Setting, Move.Memory> memories) {
        var moves = new EnumMap<Setting, Move>(Setting.class);
        if (derivation.isForbidden()) {
            return moves;
        }
        values.forEach((setting, actual) -> {
            var need = derivation.requirements().get(setting);
            var memory = Optional.ofNullable(memories.get(setting));
            if (need != null) {
                moves.put(setting, Move.towards(need.value(), actual, memory));
            } else {
                memory.ifPresent(known -> moves.put(setting, Move.back(actual, known)));
            }
        });
        return moves;
    }

    private static Optional<Value> written(Move move) {
        return switch (move) {
            case Move.Keep _ -> Optional.empty();
            case Move.Raise(var to) -> Optional.of(to);
            case Move.Lower(var to) -> Optional.of(to);
        };
    }

    private static Map<String, Object> describe(Case given) {
        var derivation = given.derivation();
        var all = new LinkedHashMap<String, Object>();
        all.put("values", values(derivation));
        derivation.outbound().ifPresent(outbound -> all.put("outbound", outbound(outbound)));
        all.put("memory", memory(derivation.memory()));
        all.put("remarks", derivation.remarks());
        all.put(
                "refusals",
                derivation.refusals().stream()
                        .map(refusal -> refusal.reason() + ": " + refusal.sentence())
                        .toList());
        if (!given.node().values().isEmpty()) {
            var node = given.node().observation();
            all.put(
                    "limits",
                    Headroom.of(derivation, node).stream()
                            .map(DerivationTest::limit)
                            .toList());
            all.put("writes", writes(moves(given), node));
        }
        return all;
    }

    private static Map<String, Object> values(Derivation derivation) {
        var values = new LinkedHashMap<String, Object>();
        derivation
                .requirements()
                .forEach((setting, requirement) -> values.put(
                        setting.key(), fields("value", requirement.value().text(), "why", requirement.why())));
        return values;
    }

    private static Map<String, Object> outbound(Outbound outbound) {
        var described = fields("connections", outbound.connections(), "ports", outbound.ports());
        outbound.sourcesNeeded().ifPresent(sources -> described.put("sourcesNeeded", sources));
        outbound.sourcesFast().ifPresent(sources -> described.put("sourcesFast", sources));
        return described;
    }

    private static Map<String, Object> memory(MemoryPrice memory) {
        return fields("bytes", memory.bytes(), "why", memory.why());
    }

    private static String limit(Headroom row) {
        return "%s: %s, takes %d, must be %d, is %d%s"
                .formatted(
                        row.limit().key(),
                        row.holds() ? "holds" : "falls short",
                        row.need(),
                        row.least(),
                        row.max(),
                        row.used() == null ? "" : ", %d in use, %d left".formatted(row.used(), row.left()));
    }

    private static Map<String, Object> writes(Map<Setting, Move> moves, Observation node) {
        var writes = new LinkedHashMap<String, Object>();
        moves.forEach((setting, move) -> {
            var now = text(node.values().get(setting));
            writes.put(
                    setting.key(),
                    switch (move) {
                        case Move.Keep _ -> "keep " + now;
                        case Move.Raise(var to) -> "raise %s to %s".formatted(now, text(to));
                        case Move.Lower(var to) -> "lower %s to %s".formatted(now, text(to));
                    });
        });
        return writes;
    }

    private static String text(Value value) {
        return value.text().isEmpty() ? "none" : value.text();
    }

    private static Map<String, Object> fields(String first, Object one, String second, Object other) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put(first, one);
        fields.put(second, other);
        return fields;
    }
}
