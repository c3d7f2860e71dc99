package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.plan.ProbeRoom.Bound;
import dev.socketcapacity.plan.ProbeRoom.Shape;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProbeRoomTest {

    private static final Shape OVER_LOOPBACK = new Shape(2, 0, 0);

    private static final Reading FILES = Reading.of(Limit.FILE_MAX, "the kernel", 1_000, 21_000);
    private static final Reading TRACKED = Reading.of(Limit.CONNTRACK_MAX, "here", 0, 5_000);
    private static final Reading PORTS = Reading.of(Limit.PORT_RANGE, "here", 232, 28_232);
    private static final Reading DESCRIPTORS = Reading.of(Limit.DESCRIPTORS, "pid 7", 24, 1_024);
    private static final Reading MEMORY = Reading.of(Limit.MEMORY, "the kernel", 0, 1_000 * Baseline.BYTES_PER_SOCKET);

    private static ProbeRoom room(Shape shape, Reading... readings) {
        var subject = new Survey.Subject.Process("6.12", 7, "java", 0, 0, 1);
        return ProbeRoom.of(new Survey(subject, List.of(readings), List.of(), List.of()), shape);
    }

    private static long connections(Shape shape, Reading reading) {
        return room(shape, reading).tightest().orElseThrow().connections();
    }

    @Test
    void everyEndHereTakesAFileAndMemory() {
        assertThat(connections(OVER_LOOPBACK, FILES)).isEqualTo(10_000);
        assertThat(connections(new Shape(1, 0, 0), FILES)).isEqualTo(20_000);
        assertThat(connections(OVER_LOOPBACK, MEMORY)).isEqualTo(500);
        assertThat(connections(new Shape(1, 0, 0), MEMORY)).isEqualTo(1_000);
    }

    @Test
    void everyDestinationHasThePortsAnewAndEveryTableTheDescriptors() {
        assertThat(connections(new Shape(2, 3, 0), PORTS)).isEqualTo(3 * 28_000);
        assertThat(connections(new Shape(2, 0, 3), DESCRIPTORS)).isEqualTo(3 * 500);
    }

    @Test
    void whatThereIsAsMuchOfAsItTakesBoundsNothing() {
        assertThat(room(OVER_LOOPBACK, PORTS, DESCRIPTORS).tightest()).isEmpty();
    }

    @Test
    void theTightestComesFirst() {
        assertThat(room(OVER_LOOPBACK, FILES, MEMORY, TRACKED).bounds())
                .extracting(Bound::connections)
                .containsExactly(500L, 5_000L, 10_000L);
    }

    @Test
    void aTenthOfWhatOthersNeedIsLeft() {
        assertThat(room(OVER_LOOPBACK, FILES).against(9_000)).isEmpty();
        assertThat(room(OVER_LOOPBACK, FILES).against(9_001)).isPresent();
        assertThat(room(OVER_LOOPBACK, TRACKED).against(4_501)).isPresent();
    }

    @Test
    void filesAreLeftAlsoByThoseWhomTheirLimitDoesNotBind() {
        assertThat(room(OVER_LOOPBACK, FILES.exempt("root")).against(9_001)).isPresent();
    }

    @Test
    void whatIsNotTrackedIsNotBoundByTheTable() {
        assertThat(room(OVER_LOOPBACK, TRACKED.exempt("nothing is tracked")).against(9_000))
                .isEmpty();
        assertThat(room(OVER_LOOPBACK, TRACKED).without(Limit.CONNTRACK_MAX).against(9_000))
                .isEmpty();
    }

    @Test
    void whatOnlyTheProbeLacksForbidsNothing() {
        assertThat(room(new Shape(2, 1, 1), PORTS, DESCRIPTORS).against(1_000_000))
                .isEmpty();
    }

    @Test
    void aLimitThatWasHitIsFixedForTwiceAsMuchAndForAnyProcess() {
        var limited = DESCRIPTORS.upTo(1_024);
        var fix = Advice.whenHit(Limit.DESCRIPTORS, room(OVER_LOOPBACK, limited).survey())
                .orElseThrow();
        assertThat(fix.now()).startsWith("prlimit --pid N --nofile=2048:2048");
        assertThat(fix.service()).startsWith("LimitNOFILE=2048");
    }

    @Test
    void theQueuesThatAreShortAreFixedToo() {
        var survey = room(
                        OVER_LOOPBACK, Reading.of(Limit.SOMAXCONN, "here", OptionalLong.empty(), OptionalLong.of(128)))
                .survey();
        assertThat(Advice.whenHit(Limit.SOMAXCONN, survey).map(Fix::now)).contains("sysctl -w net.core.somaxconn=256");
        assertThat(Advice.whenHit(Limit.SYN_BACKLOG, survey)).isEqualTo(Optional.empty());
    }
}
