package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValueTest {

    @Test
    void readsWhatTheKernelAnswers() {
        assertThat(Amount.parse("1048576\n")).isEqualTo(new Amount(1_048_576));
        assertThat(Amount.parse("18446744073709551615\n")).isEqualTo(new Amount(Long.MAX_VALUE));
        assertThat(PortRange.parse("32768\t60999\n")).isEqualTo(new PortRange(32_768, 60_999));
        assertThat(PortSet.parse("\n")).isEqualTo(PortSet.EMPTY);
        assertThat(PortSet.parse("8080,9000-9002\n").size()).isEqualTo(4);
    }

    @Test
    void theSamePortsAreTheSameValue() {
        assertThat(PortSet.parse("9002,8080,9000-9001")).isEqualTo(PortSet.parse("8080,9000-9002"));
        assertThat(PortSet.parse("9002,8080,9000-9001").text()).isEqualTo("8080,9000-9002");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "many", "1 2", "0x10"})
    void refusesWhatIsNoNumber(String text) {
        assertThatThrownBy(() -> Amount.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "2 1", "1 2 3", "1 65536", "-1 5"})
    void refusesWhatIsNoRange(String text) {
        assertThatThrownBy(() -> PortRange.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    /// Compared with one bit a port.
    @Test
    void setsOfPortsAreSets() {
        var seed = new Random().nextLong();
        var random = new Random(seed);
        for (var i = 0; i < 5_000; i++) {
            var a = randomPorts(random);
            var b = randomPorts(random);
            var minus = bits(a);
            minus.andNot(bits(b));
            var plus = bits(a);
            plus.or(bits(b));
            var within = bits(a);
            within.and(bits(b));

            assertThat(bits(a.minus(b))).as("seed %d", seed).isEqualTo(minus);
            assertThat(bits(a.plus(b))).as("seed %d", seed).isEqualTo(plus);
            assertThat(bits(a.within(b))).as("seed %d", seed).isEqualTo(within);
            assertThat(a.covers(b)).as("seed %d", seed).isEqualTo(plus.equals(bits(a)));
            assertThat(PortSet.parse(a.text())).as("seed %d", seed).isEqualTo(a);
        }
    }

    private static PortSet randomPorts(Random random) {
        return new PortSet(IntStream.range(0, random.nextInt(6))
                .mapToObj(_ -> {
                    var first = random.nextInt(60);
                    return new PortRange(first, first + random.nextInt(8));
                })
                .toList());
    }

    private static BitSet bits(PortSet ports) {
        var bits = new BitSet();
        ports.ranges().forEach(range -> bits.set(range.first(), range.last() + 1));
        return bits;
    }
}
