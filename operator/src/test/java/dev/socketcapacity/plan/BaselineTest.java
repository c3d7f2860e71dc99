package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.api.Target;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A wish is a total: what is in use counts as its own, up to its number.
class BaselineTest {

    private static final long MEMORY_FREE = 10_000_000_000L;
    private static final PortRange RANGE = new PortRange(32_768, 60_999);

    @Test
    void anEmptyNodeHasOnlyWhatRunsBesides() {
        var baseline = baseline(target(1_000_000, 0), usage(3_000, 200, 500, 0));

        assertThat(baseline.files()).isZero();
        assertThat(baseline.tracked()).isZero();
        assertThat(baseline.tasks()).isEqualTo(500);
        assertThat(baseline.memory()).isEqualTo(6_000_000_000L + 200 * MemoryPrice.BYTES_PER_TRACKED);
    }

    @Test
    void aNodeThatCarriesItsLoadAlreadyNeedsNoRoomForItTwice() {
        var target = target(1_000_000, 20_000);
        var loaded = baseline(target, usage(1_003_000, 1_000_200, 20_500, 1_000_000));

        assertThat(loaded.files()).isEqualTo(3_000);
        assertThat(loaded.tracked()).isEqualTo(200);
        assertThat(loaded.tasks()).isEqualTo(500);
        assertThat(Derivation.of(target, loaded, PortSet.EMPTY)
                        .requirements()
                        .get(Setting.FILE_MAX)
                        .value())
                .isEqualTo(new Amount(1_253_750));
    }

    @Test
    void theMemoryOfSocketsThatAreOpenAlreadyIsTheWishs() {
        var sockets = 1_000_000;
        assertThat(baseline(target(sockets, 0), usage(0, 0, 0, sockets)).memory())
                .isEqualTo(6_000_000_000L + sockets * Baseline.BYTES_PER_SOCKET);
        assertThat(baseline(target(10, 0), usage(0, 0, 0, sockets)).memory())
                .isEqualTo(6_000_000_000L + 10 * Baseline.BYTES_PER_SOCKET);
    }

    @Test
    void theMemoryOfEntriesAndThreadsThatAreThereAlreadyIsTheWishs() {
        assertThat(baseline(target(1_000, 0), usage(0, 5_000, 0, 0)).memory())
                .isEqualTo(6_000_000_000L + 1_000 * MemoryPrice.BYTES_PER_TRACKED);
        assertThat(baseline(target(0, 20_000), usage(0, 0, 500, 0)).memory())
                .isEqualTo(6_000_000_000L + 500 * MemoryPrice.BYTES_PER_THREAD);
    }

    @Test
    void portsAreKeptAsTheyWereFound() {
        var listening = PortSet.parse("22,6443");
        var baseline = Baseline.of(target(1, 0), usage(0, 0, 0, 0), listening, RANGE, PortSet.parse("9000-9100"));

        assertThat(baseline.portRange()).isEqualTo("32768 60999");
        assertThat(baseline.reserved()).containsExactly("9000-9100");
        assertThat(baseline.listening()).containsExactly("22", "6443");
    }

    private static Baseline baseline(Target target, Usage usage) {
        return Baseline.of(target, usage, PortSet.EMPTY, RANGE, PortSet.EMPTY);
    }

    private static Target target(long inbound, long threads) {
        return new Target(inbound, null, threads, List.of(), List.of(), null);
    }

    private static Usage usage(long files, long tracked, long tasks, long sockets) {
        return new Usage(files, tracked, tasks, sockets, 2 * MEMORY_FREE, MEMORY_FREE);
    }
}
