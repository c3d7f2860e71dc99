package dev.socketcapacity.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.Condition.Status;
import dev.socketcapacity.api.Condition.Type;
import dev.socketcapacity.api.NodeSocketCapacity;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.api.Reason;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which outcomes of proofs make events.
class ProofNewsTest {

    private final ProofNews news = new ProofNews();

    @Test
    void eachChangeOfTheOutcomeIsNewsOnce() {
        says(Reason.ProbeHeld);
        assertNews(Reason.ProbeFailed);
        assertNoNews(Reason.ProbeFailed);
        assertNews(Reason.ProbeHeld);
        assertNews(Reason.ProbeSkipped);
        assertNoNews(Reason.ProbeSkipped);
        assertNews(Reason.ProbeOutdated);
        assertNews(Reason.NotCovered);
        assertNews(Reason.ComputedOnly);
    }

    @Test
    void aProbeThatRunsIsNoNewsAndNoOutcome() {
        says(Reason.ProbeFailed);
        assertNoNews(Reason.Probing);
        assertNoNews(Reason.NotEnacted);
        assertNoNews(Reason.ProbeFailed);
        assertNews(Reason.ProbeHeld);
    }

    @Test
    void theFirstProofIsToldByTheWishAndTheFirstTroubleIsNews() {
        for (var first : List.of(Reason.ProbeHeld, Reason.ComputedOnly)) {
            news.forget(object("n1", first));
            assertThat(news.of(mute())).isEmpty();
            says(Reason.Probing);
            assertNoNews(first);
        }
        for (var first : List.of(Reason.ProbeFailed, Reason.ProbeRefused, Reason.ProbeInconclusive)) {
            news.forget(object("n1", first));
            says(Reason.Probing);
            assertNews(first);
        }
    }

    @Test
    void whatWasThereWhenTheOperatorStartedIsNoNews() {
        assertNoNews(Reason.ProbeFailed);
        assertNoNews(Reason.ProbeFailed);
    }

    @Test
    void eachNodeHasItsOwn() {
        says(Reason.ProbeHeld);
        assertThat(news.of(object("n2", Reason.Probing))).isEmpty();
        assertThat(news.of(object("n2", Reason.ProbeFailed))).isPresent();
        assertNews(Reason.ProbeFailed);
    }

    private void says(Reason reason) {
        news.of(object("n1", reason));
    }

    private void assertNews(Reason reason) {
        assertThat(news.of(object("n1", reason)))
                .hasValueSatisfying(told -> assertThat(told.reason()).isEqualTo(reason.name()));
    }

    private void assertNoNews(Reason reason) {
        assertThat(news.of(object("n1", reason))).isEmpty();
    }

    private static NodeSocketCapacity mute() {
        var object = new NodeSocketCapacity();
        object.setMetadata(new ObjectMetaBuilder().withName("n1").build());
        return object;
    }

    private static NodeSocketCapacity object(String node, Reason reason) {
        var object = new NodeSocketCapacity();
        object.setMetadata(new ObjectMetaBuilder().withName(node).build());
        var verified = Condition.of(Type.Verified, Status.Unknown, reason, "Because.", 1, Instant.EPOCH, List.of());
        object.setStatus(new NodeSocketCapacityStatus(
                1L, "boot", null, false, "hash", null, List.of(), null, null, List.of(verified)));
        return object;
    }
}
