package dev.socketcapacity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressLineTest {

    @Test
    void aTerminalShowsABar() {
        assertThat(ProgressLine.text(250, 1_000, Duration.ofSeconds(2), true))
                .isEqualTo("[######..................]  25 %  250 of 1000  125/s  2 s");
    }

    @Test
    void elsewhereItIsALineWithoutOne() {
        assertThat(ProgressLine.text(250, 1_000, Duration.ofSeconds(2), false))
                .isEqualTo("25 %  250 of 1000  125/s  2 s");
    }

    @Test
    void nothingIsAllBeforeItIs() {
        assertThat(ProgressLine.text(999, 1_000, Duration.ofSeconds(1), false)).startsWith("99 %");
        assertThat(ProgressLine.text(1_000, 1_000, Duration.ofSeconds(1), false))
                .isEqualTo("all 1000 held, 1 s");
    }

    @Test
    void theBeginningIsNoFailure() {
        assertThat(ProgressLine.text(0, 10, Duration.ZERO, false)).isEqualTo("0 %  0 of 10  0/s  0 s");
    }

    @Test
    void theLargestNumberFitsIntoALine() {
        assertThat(ProgressLine.text(16_777_215, 16_777_216, Duration.ofDays(1), true))
                .hasSizeLessThanOrEqualTo(80);
    }
}
