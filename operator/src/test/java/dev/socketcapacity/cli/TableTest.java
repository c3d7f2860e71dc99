package dev.socketcapacity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void columnsAreAsWideAsWhatIsInThemAndNumbersStandToTheRight() {
        var table = new Table("LIMIT", "USED", "WHERE");
        table.row("fs.file-max", 12, "the kernel");
        table.row("memory", "1024 MiB", "a");
        table.row("fs.nr_open", null, "pid 1");

        assertThat(table.toString()).isEqualTo("""
                LIMIT            USED  WHERE
                fs.file-max        12  the kernel
                memory       1024 MiB  a
                fs.nr_open          -  pid 1
                """);
    }

    @Test
    void aTableWithoutRowsIsEmpty() {
        assertThat(new Table("LIMIT").isEmpty()).isTrue();
    }
}
