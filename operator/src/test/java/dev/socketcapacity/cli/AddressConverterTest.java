package dev.socketcapacity.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class AddressConverterTest {

    private final AddressConverter converter = new AddressConverter();

    @ParameterizedTest
    @CsvSource({"10.0.0.7:7474, 10.0.0.7:7474", "[fd00::7]:1, [fd00:0:0:0:0:0:0:7]:1", "0.0.0.0:0, 0.0.0.0:0"})
    void addressesOfBothFamiliesAreRead(String text, String read) {
        assertThat(AddressConverter.text(converter.convert(text))).isEqualTo(read);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "7474",
                "10.0.0.7",
                "10.0.0.7:",
                "10.0.0.7:65536",
                "10.0.0.7:-1",
                "10.0.0.7:http",
                "fd00::7:1",
                "[fd00::7]",
                "[10.0.0.7:1",
                "[fe80::1%eth0]:1",
                "[nonsense]:1"
            })
    void whatIsNoneIsRefusedWithTheWord(String text) {
        assertThatThrownBy(() -> converter.convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + text + "'");
    }
}
