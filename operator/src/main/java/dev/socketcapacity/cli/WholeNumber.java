package dev.socketcapacity.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The number that an option takes, within its bounds.
abstract class WholeNumber implements ITypeConverter<Integer> {

    private final int min;
    private final int max;

    WholeNumber(int min, int max) {
        this.min = min;
        this.max = max;
    }

    @Override
    public final Integer convert(String text) {
        try {
            int number = Integer.parseInt(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new TypeConversionException("must be a number from %d to %d, not '%s'".formatted(min, max, text));
    }
}
