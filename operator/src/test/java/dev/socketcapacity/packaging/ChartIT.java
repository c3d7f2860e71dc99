package dev.socketcapacity.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.socketcapacity.cli.Main;
import dev.socketcapacity.it.ApiServer;
import dev.socketcapacity.it.Command;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// The chart, as the real Helm renders it and a real API server takes it.
@ExtendWith(ApiServer.Provided.class)
class ChartIT {

    private static final String CHART = "../helm/socket-capacity";
    private static final String RELEASE = "other";
    private static final String HELM =
            Command.runAloud("../e2e/cluster", "tools").succeeds().strip() + "/helm";

    /// What the kubelet puts in the place of `$(NAME)`.
    private static final Map<String, String> DOWNWARD =
            Map.of("NODE_NAME", "node-1", "POD_IP", "10.0.0.1", "POD_NAMESPACE", "somewhere", "POD_NAME", "operator-1");

    private static final Pattern REFERENCE = Pattern.compile("\\$\\((\\w+)\\)");

    private static final List<String> VERBS =
            List.of("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection");

    private final ApiServer api;

    ChartIT(ApiServer api) {
        this.api = api;
    }

    @Test
    void itPassesHelmsOwnCheck() {
        helm("lint", "--strict", CHART).succeeds();
    }

    @Test
    void itRendersTheSameBytesEachTime() {
        assertThat(render()).isEqualTo(render()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
            agent.keepPrts=6443,           keepPrts
            operator.replicas=two,         replicas
            operator.replicas=-1,          replicas
            agent.keepPorts[0]=99999,      keepPorts
            agent.conntrackFloor=-1,       conntrackFloor
            agent.corrections=0,           corrections
            agent.heap=32,                 heap
            agent.resources.limit.cpu=1,   limit
            agent.hostNetwork=true,        hostNetwork
            image.digest=sha256:12,        digest
            image.pullPolicy=always,       pullPolicy
            userRoles=maybe,               userRoles
            crds.instal=false,             instal
            clockScale=0,                  clockScale
            clockScale=fast,               clockScale
            imagePullSecrets[0].nam=x,     nam
            """)
    void aValueThatCannotBeMeantIsRefusedByName(String value, String name) {
        assertThat(helm("template", RELEASE, CHART, "--set", value).fails())
                .contains("values don't meet the specifications of the schema", name);
    }

    @Test
    void valuesAndTheirSchemaNameTheSameAndSayWhatItIs() throws IOException {
        var schema =
                new ObjectMapper().readTree(Path.of(CHART, "values.schema.json").toFile());
        var text = Files.readString(Path.of(CHART, "values.yaml"));
        var described = new TreeSet<String>();
        describe("", schema, schema, described);
        described.remove("global"); // Helm's own

        var named = new TreeSet<String>();
        var section = "";
        var before = "";
        for (var line : text.lines().toList()) {
            var key = line.stripLeading().split(":", 2)[0];
            if (line.matches("\\w+:")) {
                section = key + ".";
            } else if (line.matches("\\w+: .*")) {
                section = "";
            }
            if (line.matches("\\w+: .*|  \\w+:.*")) {
                named.add((line.startsWith(" ") ? section : "") + key);
                assertThat(before).as("what is above %s", line).contains("# ");
            }
            before = line;
        }
        assertThat(named).isEqualTo(described);
    }

    /// The names of all values; a group of values counts as its members.
    private static void describe(String prefix, JsonNode group, JsonNode schema, Set<String> names) {
        group.get("properties").properties().forEach(property -> {
            var value = property.getValue();
            if (prefix.isEmpty() && value.has("properties")) {
                describe(property.getKey() + ".", value, schema, names);
            } else {
                names.add(prefix + property.getKey());
                var definition = value.path("$ref").asText("#").substring(1);
                assertThat(value.has("description") || schema.at(definition).has("description"))
                        .as("%s%s has a description", prefix, property.getKey())
                        .isTrue();
            }
        });
    }

    @Test
    void theKindsAreThoseOfTheRepositoryAndStayAfterAnUninstall() throws IOException {
        for (var name : List.of("socketcapacities", "nodesocketcapacities")) {
            var crd = Files.readString(Path.of("../crds/%s.socketcapacity.dev.yaml".formatted(name)));
            var kept = crd.strip()
                    .replaceFirst("(?m)^metadata:$", "metadata:\n  annotations:\n    helm.sh/resource-policy: keep");
            assertThat(render()).contains(kept + "\n");
        }
        assertThat(render("crds.install=false")).doesNotContain("CustomResourceDefinition");
    }

    @Test
    void theApiServerTakesEverythingAsItIsMeant() {
        var namespace = api.newNamespace();
        for (var yaml : List.of(renderIn(namespace), renderIn(namespace, EVERYTHING_SET))) {
            assertThat(warnings(api.kubectlWith(
                            yaml,
                            "apply",
                            "--server-side",
                            "--force-conflicts",
                            "--dry-run=server",
                            "--validate=strict")))
                    .isEmpty();
            assertThat(warnings(api.kubectlWith(manifest(yaml), "create", "--dry-run=server", "--validate=strict")))
                    .isEmpty();
        }
    }

    private static List<String> warnings(Command.Result result) {
        return result.succeeds()
                .lines()
                .filter(line -> line.contains("Warning"))
                // Of kubectl's own, where something was there already that it had applied in the other way.
                .filter(line -> !line.contains("last-applied-configuration"))
                .toList();
    }

    private static final String[] EVERYTHING_SET = {
        "commonLabels.team=edge",
        "image.digest=sha256:" + "0123456789abcdef".repeat(4),
        "imagePullSecrets[0].name=registry",
        "operator.podLabels.a=b",
        "operator.podAnnotations.a=b",
        "operator.nodeSelector.a=b",
        "operator.tolerations[0].operator=Exists",
        "operator.priorityClassName=high",
        "operator.extraEnv[0].name=A",
        "agent.podLabels.a=b",
        "agent.podAnnotations.a=b",
        "agent.nodeSelector.a=b",
        "agent.extraEnv[0].name=A",
        "agent.updateStrategy.type=OnDelete",
        "agent.updateStrategy.rollingUpdate=null",
        "agent.conntrackFloor=0",
        "agent.corrections=9",
        "agent.keepPorts={22,30000-32767}",
        "clockScale=0.05",
    };

    @Test
    void whatThePodsAreStartedWithIsWhatTheCommandsTake() {
        for (var values : List.of(new String[0], EVERYTHING_SET, new String[] {"agent.keepPorts=null"})) {
            var yaml = render(values);
            var operator = only(Deployment.class, yaml).getSpec().getTemplate().getSpec();
            var agent = daemonSet(yaml).getSpec().getTemplate().getSpec();
            assertThat(missingOptions(operator.getContainers().getFirst())).isEmpty();
            assertThat(missingOptions(agent.getContainers().getFirst())).isSubsetOf("--conntrack-floor");
        }
    }

    /// The options of a role that its container leaves out; fails where one is not known or not understood.
    private static Set<String> missingOptions(Container container) {
        var arguments = container.getArgs().stream()
                .map(argument -> REFERENCE.matcher(argument).replaceAll(found -> DOWNWARD.get(found.group(1))))
                .toArray(String[]::new);
        var parsed = Main.commandLine().parseArgs(arguments).subcommands().getFirst();
        return parsed.commandSpec().options().stream()
                .filter(option -> !option.usageHelp() && !option.versionHelp())
                .map(CommandLine.Model.OptionSpec::longestName)
                .filter(name -> !parsed.hasMatchedOption(name))
                .collect(Collectors.toSet());
    }

    @Test
    void anAgentHasTheNodesProcessesAndTwoFoldersAndNothingElseOfTheNode() {
        var pod = daemonSet(render()).getSpec().getTemplate().getSpec();
        var container = pod.getContainers().getFirst();

        assertThat(pod.getContainers()).hasSize(1);
        assertThat(pod.getInitContainers()).isEmpty();
        assertThat(pod.getHostPID()).isTrue();
        assertThat(pod.getHostNetwork()).isFalse();
        assertThat(pod.getHostIPC()).isNull();
        assertThat(container.getPorts()).allMatch(port -> port.getHostPort() == null);
        assertThat(pod.getVolumes().stream()
                        .filter(volume -> volume.getHostPath() != null)
                        .map(volume -> volume.getHostPath().getPath()))
                .containsExactlyInAnyOrder("/proc", "/var/lib/socketcapacity");
        assertThat(container.getVolumeMounts().stream().map(VolumeMount::getName))
                .containsExactlyInAnyOrderElementsOf(
                        pod.getVolumes().stream().map(Volume::getName).toList());
        assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    }

    @Test
    void theOperatorHasNoPrivilegeOnItsNode() {
        var pod = only(Deployment.class, render()).getSpec().getTemplate().getSpec();
        var container = pod.getContainers().getFirst();

        assertThat(pod.getHostPID()).isNull();
        assertThat(pod.getHostNetwork()).isNull();
        assertThat(pod.getVolumes()).allMatch(volume -> volume.getHostPath() == null);
        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(container.getSecurityContext().getPrivileged()).isNull();
        assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    }

    /// The API server's own answers, for a release that is not called as the chart.
    @Test
    void eachRoleMayDoWhatItDoesAndNoMore() {
        var namespace = api.newNamespace();
        api.kubectlWith(renderIn(namespace, "crds.install=false"), "apply").succeeds();

        assertThat(rights(namespace, RELEASE + "-socket-capacity-operator"))
                .containsExactlyInAnyOrder(
                        "/nodes: list watch",
                        "apps/daemonsets in own: list watch create",
                        "apps/daemonsets in own, other-socket-capacity-agent: list watch create patch delete",
                        "apps/deployments in own, other-socket-capacity-operator: get",
                        "coordination.k8s.io/leases in own: create",
                        "coordination.k8s.io/leases in own, socket-capacity-operator: get create update patch",
                        "events.k8s.io/events in default: create",
                        "socketcapacity.dev/nodesocketcapacities: list watch create patch delete",
                        "socketcapacity.dev/socketcapacities: list watch",
                        "socketcapacity.dev/socketcapacities/status: patch");
        assertThat(rights(namespace, RELEASE + "-socket-capacity-agent"))
                .containsExactlyInAnyOrder(
                        "socketcapacity.dev/nodesocketcapacities: list watch",
                        "socketcapacity.dev/nodesocketcapacities/status: patch");
    }

    private record Thing(String group, String resource, String place, String name) {
        @Override
        public String toString() {
            return group + "/" + resource + (place.isEmpty() ? "" : " in " + place)
                    + (name.isEmpty() ? "" : ", " + name);
        }
    }

    private List<String> rights(String namespace, String account) {
        var things = new ArrayList<Thing>();
        for (var resource : List.of("nodes", "nodes/status", "nodes/proxy", "namespaces", "persistentvolumes")) {
            things.add(new Thing("", resource, "", ""));
        }
        for (var kind : List.of("socketcapacities", "nodesocketcapacities")) {
            things.add(new Thing("socketcapacity.dev", kind, "", ""));
            things.add(new Thing("socketcapacity.dev", kind + "/status", "", ""));
        }
        things.add(new Thing("apiextensions.k8s.io", "customresourcedefinitions", "", ""));
        things.add(new Thing("rbac.authorization.k8s.io", "clusterroles", "", ""));
        for (var place : List.of("own", "default", "kube-system", "everywhere")) {
            for (var resource :
                    List.of("pods", "pods/exec", "secrets", "configmaps", "serviceaccounts/token", "events")) {
                things.add(new Thing("", resource, place, ""));
            }
            things.add(new Thing("events.k8s.io", "events", place, ""));
            for (var resource : List.of("daemonsets", "deployments")) {
                things.add(new Thing("apps", resource, place, ""));
                things.add(new Thing("apps", resource, place, RELEASE + "-socket-capacity-agent"));
                things.add(new Thing("apps", resource, place, RELEASE + "-socket-capacity-operator"));
            }
            things.add(new Thing("coordination.k8s.io", "leases", place, ""));
            things.add(new Thing("coordination.k8s.io", "leases", place, "socket-capacity-operator"));
        }
        var given = things.stream()
                .map(thing -> Map.entry(
                        thing,
                        VERBS.stream()
                                .filter(verb -> mayDo(namespace, account, verb, thing))
                                .toList()))
                .filter(right -> !right.getValue().isEmpty())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        // What holds for a name only because it holds for all says nothing more.
        return given.entrySet().stream()
                .filter(right -> {
                    var thing = right.getKey();
                    return thing.name().isEmpty()
                            || !right.getValue()
                                    .equals(given.get(new Thing(thing.group(), thing.resource(), thing.place(), "")));
                })
                .map(right -> right.getKey() + ": " + String.join(" ", right.getValue()))
                .toList();
    }

    private boolean mayDo(String namespace, String account, String verb, Thing thing) {
        var resource = thing.resource().split("/");
        var place = switch (thing.place()) {
            case "own" -> namespace;
            case "everywhere", "" -> null;
            default -> thing.place();
        };
        return api.admin()
                .authorization()
                .v1()
                .subjectAccessReview()
                .create(new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser("system:serviceaccount:%s:%s".formatted(namespace, account))
                        .withNewResourceAttributes()
                        .withVerb(verb)
                        .withGroup(thing.group())
                        .withResource(resource[0])
                        .withSubresource(resource.length > 1 ? resource[1] : null)
                        .withNamespace(place)
                        .withName(thing.name().isEmpty() ? null : thing.name())
                        .endResourceAttributes()
                        .endSpec()
                        .build())
                .getStatus()
                .getAllowed();
    }

    private static Command.Result helm(String... arguments) {
        var command = new ArrayList<>(List.of(HELM));
        command.addAll(List.of(arguments));
        return Command.run(command.toArray(String[]::new));
    }

    private static String render(String... values) {
        return renderIn("somewhere", values);
    }

    private static String renderIn(String namespace, String... values) {
        var arguments = new ArrayList<>(List.of("template", RELEASE, CHART, "--namespace", namespace));
        for (var value : values) {
            arguments.addAll(List.of("--set", value));
        }
        return helm(arguments.toArray(String[]::new)).succeeds();
    }

    private String manifest(String yaml) {
        return only(ConfigMap.class, yaml).getData().get("daemonset.yaml");
    }

    private DaemonSet daemonSet(String yaml) {
        return Serialization.unmarshal(manifest(yaml), DaemonSet.class);
    }

    private <T extends HasMetadata> T only(Class<T> kind, String yaml) {
        var found = Stream.of(yaml.split("(?m)^---$"))
                .filter(document -> document.contains("\nkind: " + HasMetadata.getKind(kind) + "\n"))
                .map(document -> Serialization.unmarshal(document, kind))
                .toList();
        assertThat(found).hasSize(1);
        return found.getFirst();
    }
}
