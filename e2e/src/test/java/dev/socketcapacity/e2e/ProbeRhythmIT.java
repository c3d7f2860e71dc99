package dev.socketcapacity.e2e;

import static dev.socketcapacity.e2e.Wish.inbound;
import static dev.socketcapacity.e2e.Wish.probing;
import static dev.socketcapacity.e2e.Wish.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.socketcapacity.api.Verification;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A proof on three real nodes: called for, and renewed by itself.
class ProbeRhythmIT {

    private final Cluster cluster = Cluster.get();
    private final Wish wish = new Wish(cluster.client(), "edge");

    @BeforeEach
    void startFromNothing() {
        cluster.deleteAll();
    }

    @AfterEach
    void leaveNothing() {
        cluster.deleteAll();
    }

    @Test
    void aCallMakesEveryNodeProbeOnceMore() {
        wish.apply(inbound(1_000_000, probing(500, 1))).awaitReady();
        var before = proofs();

        cluster.tool("kubectl", "annotate", "sockcap", "edge", "socketcapacity.dev/probe=now", "--overwrite");

        awaitProofsAfter(before);
        wish.awaitReady();
        for (var host : cluster.hosts()) {
            var object = report(cluster.client(), host.name());
            assertThat(object.getSpec().probeRequest()).isEqualTo("now");
            assertThat(object.getStatus().proved().held()).isEqualTo(500);
            assertThat(object.getStatus().proved().computed()).isGreaterThanOrEqualTo(1_000_000);
        }
    }

    @Test
    void aPeriodMakesEveryNodeProbeOnceMore() {
        cluster.scaleClock("0.1");
        try {
            wish.apply(inbound(1_000_000, new Verification(null, 500L, 1L, null, 140L, null)))
                    .awaitReady();
            awaitProofsAfter(proofs());
            wish.awaitReady();
        } finally {
            cluster.deleteAll(); // else every agent is started again for it
            cluster.scaleClock("1");
        }
    }

    @Test
    void aNumberThatTheBoundsForbidIsRefusedWithTheBoundAndNothingIsOpened() {
        wish.apply(inbound(200_000, new Verification(null, 200_000L, 1L, null, null, 1L)));

        for (var host : cluster.hosts()) {
            await("the refusal of " + host.name())
                    .atMost(Wish.PATIENCE)
                    .untilAsserted(() -> assertThat(eventsOf(host))
                            .contains("Warning", "ProbeRefused", "The probe may not open 200000 connections:")
                            .contains("has room for"));
            assertThat(report(cluster.client(), host.name()).getStatus().proved())
                    .isNull();
        }
    }

    private String eventsOf(Host host) {
        return cluster.tool("kubectl", "events", "--for", "nsockcap/" + host.name());
    }

    private Map<String, Instant> proofs() {
        return cluster.hosts().stream().collect(Collectors.toMap(Host::name, this::proofOf));
    }

    private Instant proofOf(Host host) {
        return Instant.parse(
                report(cluster.client(), host.name()).getStatus().proved().time());
    }

    private void awaitProofsAfter(Map<String, Instant> before) {
        for (var host : cluster.hosts()) {
            await("a new proof of " + host.name())
                    .atMost(Wish.PATIENCE)
                    .until(() -> proofOf(host).isAfter(before.get(host.name())));
        }
    }
}
