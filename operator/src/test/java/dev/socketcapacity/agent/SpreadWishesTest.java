package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.Wishes.Wish;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.plan.ClockScale;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SpreadWishesTest {

    private static final NodeSocketCapacityStatus REPORT = new NodeReport(
                    1, "boot", false, null, List.of(), Instant.EPOCH, new ClockScale(1))
            .of(new Situation.Failing("a report like any other"), Optional.empty());

    private static final NodeSocketCapacitySpec RELEASE =
            new NodeSocketCapacitySpec("uid", NodeSocketCapacitySpec.RELEASE, null, null, List.of(), 1, null);

    private final TestClock clock = new TestClock();
    private final FakeWishes apiServer = new FakeWishes();
    private double chance = 0.5;
    private final SpreadWishes wishes = new SpreadWishes(apiServer, Duration.ofSeconds(30), clock, () -> chance);

    private void assertTakenAfter(Duration wait) {
        clock.advance(wait.minusMillis(1));
        assertThat(wishes.report(REPORT)).as("taken before its turn").isFalse();
        assertThat(apiServer.reports()).isEmpty();
        clock.advance(Duration.ofMillis(1));
        assertThat(wishes.report(REPORT)).as("taken").isTrue();
        assertThat(apiServer.reports()).containsExactly(REPORT);
    }

    @Test
    void nothingWaitsForAnApiServerThatAnswers() {
        apiServer.silent();
        assertThat(wishes.current()).isEqualTo(new Wish.Unknown());
        apiServer.wish(1, RELEASE);
        assertThat(wishes.current()).isInstanceOf(Wish.Present.class);
        for (int i = 0; i < 3; i++) {
            assertThat(wishes.report(REPORT)).isTrue();
        }
        assertThat(apiServer.reports()).hasSize(3);
    }

    @Test
    void afterAReportThatWasNotTakenTheNextOneWaits() {
        apiServer.takeReports(false);
        assertThat(wishes.report(REPORT)).isFalse();
        apiServer.takeReports(true);
        assertThat(wishes.report(REPORT)).isFalse();
        assertTakenAfter(Duration.ofSeconds(15));
        assertThat(wishes.report(REPORT)).as("the one after it").isTrue();
    }

    @Test
    void aReportThatIsNotTakenInItsTurnWaitsAnew() {
        apiServer.takeReports(false);
        assertThat(wishes.report(REPORT)).isFalse();
        assertThat(wishes.report(REPORT)).isFalse();
        clock.advance(Duration.ofSeconds(15));
        assertThat(wishes.report(REPORT)).isFalse();
        apiServer.takeReports(true);
        chance = 0.9;
        assertThat(wishes.report(REPORT)).isFalse();
        assertTakenAfter(Duration.ofSeconds(27));
    }

    @Test
    void whereTheApiServerWasAwayTheFirstReportWaitsFromItsReturnOn() {
        apiServer.away();
        assertThat(wishes.current()).isEqualTo(new Wish.Away());
        clock.advance(Duration.ofHours(1));
        apiServer.wish(1, RELEASE);
        assertThat(wishes.current()).isInstanceOf(Wish.Present.class);
        assertThat(wishes.report(REPORT)).isFalse();
        assertTakenAfter(Duration.ofSeconds(15));
    }

    @Test
    void whatTheApiServerSaysGoesThrough() {
        apiServer.absent(true);
        assertThat(wishes.current()).isEqualTo(new Wish.Absent());
        assertThat(wishes.confirmsAbsence()).isTrue();
    }
}
