package dev.socketcapacity.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A proof belongs to a hash: one that changes by itself would have every node of every cluster prove itself again.
class TargetHashTest {

    private static final Target FULL = new Target(
            1_000_000L,
            20_000L,
            500L,
            List.of(
                    new SettingRequirement("fs.file-max", 70_000L, null),
                    new SettingRequirement(
                            "net.ipv4.ip_local_port_range", null, new SettingRequirement.Range(2_000L, 65_000L))),
            List.of("8080", "9000-9100"),
            new Verification(null, 4_000L, 70L, null, null, null));

    @Test
    void isThatOfTheJsonWithSortedKeysAndNothingForWhatIsLeftOut() throws Exception {
        assertThat(TargetHash.of(FULL)).isEqualTo(sha256("""
                {"inboundConnections":1000000,"outboundConnections":20000,"reservedPorts":["8080","9000-9100"],\
                "settings":[{"name":"fs.file-max","value":70000},{"name":"net.ipv4.ip_local_port_range",\
                "range":{"first":2000,"last":65000}}],"threads":500,\
                "verification":{"connections":4000,"holdSeconds":70}}"""));
        assertThat(TargetHash.of(new Target(5L, null, null, null, null, null)))
                .isEqualTo(sha256("{\"inboundConnections\":5}"));
    }

    @Test
    void staysTheSameThroughTheApiServer() {
        assertThat(TargetHash.of(Serialization.unmarshal(Serialization.asJson(FULL), Target.class)))
                .isEqualTo(TargetHash.of(FULL));
    }

    @Test
    void isAnotherForEachOtherTarget() {
        var hashes = new HashSet<String>();
        var targets = List.of(
                FULL,
                new Target(5L, null, null, null, null, null),
                new Target(null, 5L, null, null, null, null),
                new Target(null, null, 5L, null, null, null),
                new Target(5L, null, null, null, List.of("5"), null),
                new Target(5L, null, null, List.of(new SettingRequirement("fs.file-max", 5L, null)), null, null),
                new Target(5L, null, null, null, null, new Verification(null, 5L, null, null, null, null)),
                new Target(5L, null, null, null, null, new Verification(null, null, 5L, null, null, null)),
                new Target(5L, null, null, null, null, new Verification(null, null, null, null, 500L, null)),
                new Target(5L, null, null, null, null, new Verification(null, null, null, null, null, 5L)),
                new Target(
                        5L,
                        null,
                        null,
                        null,
                        null,
                        new Verification(Verification.COMPUTE, null, null, null, null, null)));
        targets.forEach(target -> hashes.add(TargetHash.of(target)));

        assertThat(hashes).hasSameSizeAs(targets).allMatch(hash -> hash.matches("[0-9a-f]{64}"));
    }

    private static String sha256(String json) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(json.getBytes(StandardCharsets.UTF_8)));
    }
}
