package dev.socketcapacity.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.plan.PortRange;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortSearchTest {

    private static final int BATCH = 126;
    private static final int QUICK = 5_000;
    private static final int SEARCHING = 500_000;

    /// A wait for a processor.
    private static final int WAITED = 4_000_000;

    private static final UsablePorts PORTS = new UsablePorts(new PortRange(32_768, 60_999), 0);
    private static final int HALF = PORTS.count() / 2;

    private final Random random = new Random(7);
    private final PortSearch search = new PortSearch();

    private void add(int calls, long nanos) {
        for (int left = calls; left > 0; left -= BATCH) {
            var took = new long[BATCH];
            Arrays.setAll(took, _ -> random.nextInt(50) == 0 ? nanos + WAITED : nanos + random.nextInt(1_000));
            search.add(took, Math.min(left, BATCH));
        }
    }

    @Test
    void saysFromWhichConnectionOnEachTakesLonger() {
        add(HALF, QUICK);
        add(5_000, SEARCHING);
        assertThat(search.slowDown(PORTS)).hasValueSatisfying(slowDown -> {
            assertThat(slowDown.connections()).isBetween(HALF - 5, HALF);
            assertThat(slowDown.times()).isBetween(5, 10); // one call in fifty waited 800 times as long as it took
            assertThat(slowDown.text())
                    .matches(
                            "connect\\(2\\) takes \\d+ times as long once 141\\d\\d of the 28232 local ports towards one"
                                    + " destination are taken \\(net\\.ipv4\\.ip_local_port_range is 32768 60999\\)");
        });
    }

    @Test
    void countsNoPortsThatAreReserved() {
        add(HALF - 1_000, QUICK);
        add(1_000, SEARCHING);
        assertThat(search.slowDown(PORTS)).isEmpty();
        assertThat(search.slowDown(new UsablePorts(PORTS.range(), 2_000)))
                .hasValueSatisfying(slowDown -> assertThat(slowDown.text())
                        .endsWith("(net.ipv4.ip_local_port_range is 32768 60999,"
                                + " of which net.ipv4.ip_local_reserved_ports takes away 2000)"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 13_500, 14_600, 20_000})
    void doesNotGuessWhereCallsTakeLongerAndHalfOfThePortsAreNotTaken(int quick) {
        add(quick, QUICK);
        add(5_000, SEARCHING);
        assertThat(search.slowDown(PORTS)).isEmpty();
    }

    @Test
    void saysNothingOfCallsThatOnlyWaitedForAProcessor() {
        add(PORTS.count(), QUICK);
        assertThat(search.slowDown(PORTS)).isEmpty();
    }

    @Test
    void saysNothingOfAFewLongCallsAtTheEnd() {
        add(HALF, QUICK);
        add(30, SEARCHING);
        assertThat(search.slowDown(PORTS)).isEmpty();
    }

    @Test
    void saysNothingWhereNothingWasConnected() {
        assertThat(search.slowDown(PORTS)).isEmpty();
    }
}
