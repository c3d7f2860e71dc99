package dev.socketcapacity.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.SocketCapacity;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the kinds' definitions alone take and refuse, and what they tell: as kubectl shows it.
@ExtendWith(ApiServer.Provided.class)
class CrdIT {

    private final ApiServer api;

    CrdIT(ApiServer api) {
        this.api = api;
    }

    @AfterEach
    void deleteAll() {
        api.admin().resources(SocketCapacity.class).delete();
        api.admin().resources(NodeSocketCapacity.class).delete();
    }

    @Test
    void applyingTheKindsAgainChangesNothing() {
        var output = api.kubectl("apply", "-f", "../crds").succeeds();
        assertThat(output.lines()).hasSize(2).allMatch(line -> line.endsWith(" unchanged"));
    }

    static Stream<Arguments> refusals() {
        var ok = "nodeSelector: {}, inboundConnections: 10";
        return Stream.of(
                refusal(
                        "a setting that is not in the table",
                        ok + ", settings: [{name: kernel.panic, value: 1}]",
                        "must be one of: fs.file-max, fs.nr_open"),
                refusal(
                        "negative connections",
                        "nodeSelector: {}, inboundConnections: -1",
                        "greater than or equal to 1"),
                refusal("no connections", "nodeSelector: {}, inboundConnections: 0", "must be from 1 to 16777216"),
                refusal("2^63 connections", "nodeSelector: {}, inboundConnections: 9223372036854775808", "must be"),
                refusal(
                        "more outbound connections than ports",
                        "nodeSelector: {}, outboundConnections: 64513",
                        "must be from 1 to 64512"),
                refusal("no threads", "nodeSelector: {}, threads: 0", "must be from 1 to 4194304"),
                refusal(
                        "a port range upside down",
                        ok + ", settings: [{name: net.ipv4.ip_local_port_range, range: {first: 60000, last: 2000}}]",
                        "first must be less than last, but 60000 is not less than 2000"),
                refusal(
                        "reserved ports upside down",
                        ok + ", ports: {reserve: [\"9000-8000\"]}",
                        "must be a port or a range of ports from 1 to 65535, such as 8080 or 30000-32767"),
                refusal(
                        "value together with range",
                        ok + ", settings: [{name: fs.file-max, value: 9000, range: {first: 2000, last: 3000}}]",
                        "must set exactly one of value and range"),
                refusal(
                        "neither value nor range",
                        ok + ", settings: [{name: fs.file-max}]",
                        "must set exactly one of value and range"),
                refusal(
                        "a range where a value belongs",
                        ok + ", settings: [{name: fs.file-max, range: {first: 2000, last: 3000}}]",
                        "fs.file-max takes a value, not a range"),
                refusal(
                        "a value that the kernel would not take",
                        ok + ", settings: [{name: fs.nr_open, value: 5}]",
                        "fs.nr_open must be from 1024 to 2147483584"),
                refusal("an unknown field", ok + ", inboundConections: 5", "unknown field \"spec.inboundConections\""),
                refusal("300 settings", ok + ", settings: [" + settings(300) + "]", "must have at most 64 items"),
                refusal("no nodeSelector", "inboundConnections: 10", "must be set; write {} to select every node"),
                refusal(
                        "a wish that asks for nothing",
                        "nodeSelector: {}",
                        "must ask for something: set at least one of"),
                refusal(
                        "an operator that no selector has",
                        "nodeSelector: {matchExpressions: [{key: a, operator: Near}]}, inboundConnections: 10",
                        "must be one of: In, NotIn, Exists, DoesNotExist"),
                refusal(
                        "a method that is none",
                        ok + ", verification: {method: Guess}",
                        "must be one of: Probe, Compute"),
                refusal(
                        "a period that is hardly one",
                        ok + ", verification: {periodSeconds: 119}",
                        "greater than or equal to 120"),
                refusal(
                        "a period of more than a week",
                        ok + ", verification: {periodSeconds: 604801}",
                        "less than or equal to 604800"),
                refusal(
                        "a period that a probe may outlast",
                        ok + ", verification: {connections: 1000000, periodSeconds: 2129}",
                        "must be at least 2130 seconds: twice the timeout"),
                refusal(
                        "a period that a given timeout outlasts",
                        ok + ", verification: {timeoutSeconds: 300, periodSeconds: 500}",
                        "must be at least 600 seconds: twice the timeout"),
                refusal("no memory", ok + ", verification: {maxMemoryPercent: 0}", "greater than or equal to 1"),
                refusal("all memory", ok + ", verification: {maxMemoryPercent: 91}", "less than or equal to 90"),
                refusal("a huge label", "nodeSelector: {matchLabels: {a: %s}}, threads: 1".formatted(HUGE), "63"),
                refusal(
                        "a huge key",
                        "nodeSelector: {matchExpressions: [{key: %s, operator: Exists}]}, threads: 1".formatted(HUGE),
                        "317"),
                refusal("a huge setting name", ok + ", settings: [{name: %s, value: 1}]".formatted(HUGE), "64"),
                refusal("a huge method", ok + ", verification: {method: %s}".formatted(HUGE), "16"),
                refusal("a huge port", ok + ", ports: {reserve: [%s]}".formatted(HUGE), "11"));
    }

    private static final String HUGE = "a".repeat(1_000_000);

    private static Arguments refusal(String what, String spec, String says) {
        return Arguments.argumentSet(what, spec, says);
    }

    private static String settings(int count) {
        return IntStream.range(0, count)
                .mapToObj("{name: fs.file-max%d, value: 9000}"::formatted)
                .collect(Collectors.joining(", "));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void isRefusedWithWhatIsAllowedAndNothingIsKept(String spec, String says) {
        var output = api.kubectlWith(wish("bad", spec), "create", "--validate=strict")
                .fails();
        assertThat(
                        output.length() > 4_000
                                ? output.substring(0, 2_000) + output.substring(output.length() - 2_000)
                                : output)
                .contains(says);
        assertThat(api.admin().resources(SocketCapacity.class).list().getItems())
                .isEmpty();
    }

    @Test
    void refusesANameOf64Characters() {
        assertThat(api.kubectlWith(wish("n".repeat(64), "nodeSelector: {}, threads: 1"), "create")
                        .fails())
                .contains("metadata.name must have at most 63 characters");
        api.kubectlWith(wish("n".repeat(63), "nodeSelector: {}, threads: 1"), "create")
                .succeeds();
    }

    @Test
    void takesEveryFieldAndShowsItUnchanged() {
        api.kubectlWith(wish("full", """
                                nodeSelector: {matchLabels: {pool: edge}, matchExpressions: [{key: a/b, operator: In, values: [c]}]},
                                inboundConnections: 16777216, outboundConnections: 64512, threads: 4194304,
                                settings: [{name: vm.max_map_count, value: 262144},
                                  {name: net.ipv4.ip_local_port_range, range: {first: 1024, last: 65535}}],
                                ports: {reserve: ["8080", "30000-32767"]},
                                verification: {method: Probe, connections: 20000, holdSeconds: 10, timeoutSeconds: 120,
                                  periodSeconds: 600, maxMemoryPercent: 50}
                                """), "create", "--validate=strict").succeeds();

        var wish = api.admin().resources(SocketCapacity.class).withName("full").get();
        assertThat(wish.getSpec().inboundConnections()).isEqualTo(16_777_216);
        assertThat(wish.getSpec().ports().reserve()).containsExactly("8080", "30000-32767");
        assertThat(wish.getSpec().settings()).hasSize(2);
        assertThat(wish.getSpec().verification().holdSeconds()).isEqualTo(10);
        assertThat(wish.getSpec().verification().periodSeconds()).isEqualTo(600);
        assertThat(wish.getSpec().verification().maxMemoryPercent()).isEqualTo(50);
    }

    @Test
    void saysThatANewWishWaitsForTheOperator() {
        api.kubectlWith(wish("new", "nodeSelector: {}, inboundConnections: 1000000"), "create")
                .succeeds();

        assertThat(api.kubectl("get", "sockcap", "new").succeeds())
                .contains("INBOUND", "OUTBOUND", "NODES", "READY", "REASON", "1000000", "Unknown", "Pending");
        assertThat(api.kubectl("get", "sockets", "-o", "wide").succeeds()).contains("Waiting for the operator");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Enact", "Hold", "Release"})
    void asksANodeForThis(String action) {
        api.kubectlWith(nodeObject(action), "create", "--validate=strict").succeeds();
    }

    @Test
    void asksANodeForWhatSeveralWishesSayThoughNoOneWishMaySayIt() {
        var merged = nodeObject("Enact").replace("action: Enact", """
                action: Enact, probeRequest: "1,2", target: {inboundConnections: 5,
                verification: {connections: 200000, timeoutSeconds: 70, periodSeconds: 120, maxMemoryPercent: 1}}""");
        api.kubectlWith(merged, "create", "--validate=strict").succeeds();
    }

    @Test
    void asksANodeForNothingElse() {
        assertThat(api.kubectlWith(nodeObject("Reboot"), "create").fails())
                .contains("spec.action", "must be one of: Enact, Hold, Release");
    }

    @Test
    void explainsEveryFieldOfAWish() {
        assertThat(api.kubectl("explain", "socketcapacity.spec").succeeds())
                .contains("Established TCP connections", "1 to 16777216", "Left out: nothing is asked for")
                .doesNotContain("<no description>");
        assertThat(api.kubectl("explain", "socketcapacity.spec.verification").succeeds())
                .contains("Seconds; 1 to 3600. Left out: 5.");
    }

    private static String wish(String name, String spec) {
        return """
                apiVersion: socketcapacity.dev/v1beta1
                kind: SocketCapacity
                metadata: {name: %s}
                spec: {%s}
                """.formatted(name, spec);
    }

    private static String nodeObject(String action) {
        return """
                apiVersion: socketcapacity.dev/v1beta1
                kind: NodeSocketCapacity
                metadata: {name: n1}
                spec: {nodeUID: u1, action: %s}
                """.formatted(action);
    }
}
