package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.Wishes.Wish;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.plan.ClockScale;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeferredWishesTest {

    private static final NodeSocketCapacityStatus REPORT = new NodeReport(
                    1, "boot", false, null, List.of(), Instant.EPOCH, new ClockScale(1))
            .of(new Situation.Failing("a report like any other"), Optional.empty());

    private final FakeWishes apiServer = new FakeWishes();
    private final DeferredWishes wishes = new DeferredWishes(() -> apiServer);

    @Test
    void nobodyIsAskedBeforeTheConnection() {
        apiServer.absent(true);
        assertThat(wishes.current()).isEqualTo(new Wish.Unknown());
        assertThat(wishes.confirmsAbsence()).isFalse();
        assertThat(wishes.report(REPORT)).as("taken").isFalse();
        assertThat(apiServer.asked()).isZero();
        assertThat(apiServer.reports()).isEmpty();
    }

    @Test
    void everythingGoesThroughOnceItIsConnected() {
        wishes.connect();
        apiServer.absent(true);
        assertThat(wishes.current()).isEqualTo(new Wish.Absent());
        assertThat(wishes.confirmsAbsence()).isTrue();
        apiServer.wish(1, new NodeSocketCapacitySpec("uid", "Release", null, null, List.of(), 1, null));
        assertThat(wishes.current()).isInstanceOf(Wish.Present.class);
        assertThat(wishes.report(REPORT)).as("taken").isTrue();
        assertThat(apiServer.reports()).containsExactly(REPORT);
    }
}
