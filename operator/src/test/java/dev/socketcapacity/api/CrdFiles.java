package dev.socketcapacity.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRuleBuilder;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The CRDs as the records say them, with what no annotation can say.
final class CrdFiles {

    private static final String HEADER =
            "# Generated from the records of package api: ./mvnw test -Dtest=CrdFilesTest -Dcrds.update=true\n";

    /// Largest numbers are written as `1.6777216E7`: valid, and unreadable.
    private static final Pattern BOUND = Pattern.compile("(?m)^( +(?:maximum|minimum): )([0-9.E]+)$");

    private static final List<Class<? extends HasMetadata>> KINDS =
            List.of(SocketCapacity.class, NodeSocketCapacity.class);

    private static final Map<Class<?>, String> DESCRIPTIONS = Map.of(
            SocketCapacity.class,
            "A wish: how many sockets the selected nodes must be able to hold. Written by users. Several wishes on one node"
                    + " are merged: the larger number wins. When a wish is deleted, the nodes get back what was found on them.",
            NodeSocketCapacity.class,
            "One node's part: what it must hold, written by the operator, and what it does hold, reported by the node's"
                    + " agent. Named as the node. Made and deleted by the operator: there is nothing to edit here.");

    private CrdFiles() {}

    /// File name to content.
    static Map<String, String> generate() {
        var streams = new LinkedHashMap<String, ByteArrayOutputStream>();
        new CRDGenerator()
                .customResourceClasses(KINDS)
                .withMinQuotes(true)
                .withParallelGenerationEnabled(false)
                .withPostProcessor(new CRDPostProcessor() {
                    @Override
                    public HasMetadata process(HasMetadata crd, String version) {
                        return finished((CustomResourceDefinition) crd);
                    }
                })
                .withOutput(new CRDGenerator.AbstractCRDOutput<ByteArrayOutputStream>() {
                    @Override
                    protected ByteArrayOutputStream createStreamFor(String name) {
                        return streams.computeIfAbsent(
                                name.replaceFirst("-v1$", "") + ".yaml", _ -> new ByteArrayOutputStream());
                    }
                })
                .generate();
        var files = new TreeMap<String, String>();
        streams.forEach((name, stream) -> files.put(name, HEADER + plain(stream.toString(UTF_8))));
        return files;
    }

    private static String plain(String yaml) {
        var withoutHeader = yaml.lines().filter(line -> !line.startsWith("#")).collect(joining("\n", "", "\n"));
        return BOUND.matcher(withoutHeader)
                .replaceAll(bound -> bound.group(1) + new java.math.BigDecimal(bound.group(2)).toBigInteger());
    }

    private static CustomResourceDefinition finished(CustomResourceDefinition crd) {
        var kind = KINDS.stream()
                .filter(known -> HasMetadata.getKind(known)
                        .equals(crd.getSpec().getNames().getKind()))
                .findFirst()
                .orElseThrow();
        crd.getSpec().getNames().setCategories(List.of("sockets"));
        for (var version : crd.getSpec().getVersions()) {
            inDeclaredOrder(version, kind);
            var root = version.getSchema().getOpenAPIV3Schema();
            root.setDescription(DESCRIPTIONS.get(kind));
            var spec = root.getProperties().get("spec");
            var status = root.getProperties().get("status");
            describe(kind, spec, status);
            status.setDefault(waitingForTheOperator());
            asMap(status.getProperties().get("conditions"), "type");
            walk(root);
            if (kind == SocketCapacity.class) {
                finishWish(spec);
                takeAnyVerification(status.getProperties().get("effective"));
            } else {
                takeAnyVerification(spec.getProperties().get("target"));
                // One writer each: the whole object is half as large without a record of who owns which field.
                spec.setXKubernetesMapType("atomic");
                status.setXKubernetesMapType("atomic");
                status.getProperties().get("conditions").setXKubernetesListType("atomic");
                status.getProperties().get("conditions").setXKubernetesListMapKeys(null);
            }
        }
        return crd;
    }

    private static void describe(Class<?> kind, JSONSchemaProps spec, JSONSchemaProps status) {
        if (kind == SocketCapacity.class) {
            spec.setDescription(
                    "What the selected nodes must hold: at least one of inboundConnections, outboundConnections,"
                            + " threads and settings. Values that a field leaves out are shown in status.effective.");
            status.setDescription(
                    "What became of the wish. Ready is True when every node that counts holds it, with proof."
                            + " Written by the operator.");
        } else {
            spec.setDescription("What the node must hold. Written by the operator.");
            status.setDescription("What the node holds, value by value, and the proof. Written by the node's agent.");
        }
    }

    /// The generator sorts columns by their path, and writes the default priority, which `kubectl apply` then finds
    /// changed.
    private static void inDeclaredOrder(CustomResourceDefinitionVersion version, Class<?> kind) {
        var order = Arrays.stream(kind.getAnnotationsByType(AdditionalPrinterColumn.class))
                .map(AdditionalPrinterColumn::jsonPath)
                .toList();
        version.getAdditionalPrinterColumns()
                .sort(Comparator.comparingInt(column -> order.indexOf(column.getJsonPath())));
        version.getAdditionalPrinterColumns().stream()
                .filter(column -> Integer.valueOf(0).equals(column.getPriority()))
                .forEach(column -> column.setPriority(null));
    }

    private static com.fasterxml.jackson.databind.JsonNode waitingForTheOperator() {
        var ready = new TreeMap<>(Map.of(
                "type", "Ready",
                "status", "Unknown",
                "reason", Reason.Pending.name(),
                "message", "Waiting for the operator",
                "lastTransitionTime", "1970-01-01T00:00:00Z"));
        return new ObjectMapper().valueToTree(Map.of("conditions", List.of(ready)));
    }

    /// Whole numbers are 64 bit; rules that the generator writes twice are written once.
    private static void walk(JSONSchemaProps schema) {
        if ("integer".equals(schema.getType())) {
            schema.setFormat("int64");
        }
        schema.setXKubernetesValidations(new ArrayList<>(new LinkedHashSet<>(schema.getXKubernetesValidations())));
        schema.getProperties().values().forEach(CrdFiles::walk);
        if (schema.getItems() != null && schema.getItems().getSchema() != null) {
            walk(schema.getItems().getSchema());
        }
        if (schema.getAdditionalProperties() != null
                && schema.getAdditionalProperties().getSchema() != null) {
            walk(schema.getAdditionalProperties().getSchema());
        }
    }

    /// Merged from several wishes, its numbers need not go together as those of one must: who reads it sees to that.
    private static void takeAnyVerification(JSONSchemaProps merged) {
        merged.getProperties().get("verification").setXKubernetesValidations(List.of());
    }

    private static void finishWish(JSONSchemaProps spec) {
        for (var number : List.of("inboundConnections", "outboundConnections", "threads")) {
            var schema = spec.getProperties().get(number);
            schema.setXKubernetesValidations(List.of(new ValidationRuleBuilder()
                    .withRule("self >= %d && self <= %d"
                            .formatted(
                                    schema.getMinimum().longValue(),
                                    schema.getMaximum().longValue()))
                    .withMessage("must be from %d to %d"
                            .formatted(
                                    schema.getMinimum().longValue(),
                                    schema.getMaximum().longValue()))
                    .build()));
        }
        var settings = spec.getProperties().get("settings");
        asMap(settings, "name");
        finishSetting(settings.getItems().getSchema());
        var reserve = spec.getProperties().get("ports").getProperties().get("reserve");
        reserve.setXKubernetesListType("set");
        reserve.getItems().getSchema().setXKubernetesValidations(List.of(portOrRange()));
    }

    /// The table of settings as rules: which there are, of what shape, from where to where.
    private static void finishSetting(JSONSchemaProps setting) {
        var known =
                Arrays.stream(Setting.values()).filter(Setting::isRequestable).toList();
        var names = known.stream().map(Setting::key).toList();
        var name = setting.getProperties().get("name");
        name.setDescription(known.stream()
                .map(one -> "%s (%s)".formatted(one.key(), one.unit()))
                .collect(joining(
                        ", ", "The setting's name, one of these, with the unit of its value: ", ". Required.")));
        name.setXKubernetesValidations(List.of(new ValidationRuleBuilder()
                .withRule("self in ['" + String.join("', '", names) + "']")
                .withMessage("must be one of: " + String.join(", ", names))
                .build()));
        var rules = new ArrayList<>(setting.getXKubernetesValidations());
        for (var one : known) {
            rules.add(
                    one.shape() == Value.Shape.RANGE
                            ? rule(
                                    "self.name != '%s' || has(self.range)".formatted(one.key()),
                                    "%s takes a range, not a value".formatted(one.key()),
                                    ".range")
                            : rule(
                                    "self.name != '%s' || !has(self.range)".formatted(one.key()),
                                    "%s takes a value, not a range".formatted(one.key()),
                                    ".range"));
            if (one.shape() == Value.Shape.AMOUNT) {
                rules.add(rule(
                        "self.name != '%s' || !has(self.value) || (self.value >= %d && self.value <= %d)"
                                .formatted(one.key(), one.min(), one.max()),
                        "%s must be from %d to %d %s".formatted(one.key(), one.min(), one.max(), one.unit()),
                        ".value"));
            }
        }
        setting.setXKubernetesValidations(rules);
    }

    private static ValidationRule rule(String rule, String message, String fieldPath) {
        return new ValidationRuleBuilder()
                .withRule(rule)
                .withMessage(message)
                .withFieldPath(fieldPath)
                .build();
    }

    private static ValidationRule portOrRange() {
        return new ValidationRuleBuilder()
                .withRule("self.matches('^[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?$')"
                        + " && self.split('-').all(port, int(port) <= 65535)"
                        + " && int(self.split('-')[0]) <= int(self.split('-')[size(self.split('-')) - 1])")
                .withMessage("must be a port or a range of ports from 1 to 65535, such as 8080 or 30000-32767")
                .build();
    }

    private static void asMap(JSONSchemaProps list, String key) {
        list.setXKubernetesListType("map");
        list.setXKubernetesListMapKeys(List.of(key));
    }
}
