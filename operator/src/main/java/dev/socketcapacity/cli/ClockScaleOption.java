package dev.socketcapacity.cli;

import dev.socketcapacity.plan.ClockScale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// The one scale of all durations.
final class ClockScaleOption {

    @Option(
            names = "--clock-scale",
            paramLabel = "<factor>",
            defaultValue = "1",
            converter = FactorConverter.class,
            description = "For tests only: every duration is multiplied by this. Above 0, at most 1. Default: 1.")
    private ClockScale clockScale;

    ClockScale scale() {
        return clockScale;
    }

    static final class FactorConverter implements ITypeConverter<ClockScale> {
        @Override
        public ClockScale convert(String text) {
            try {
                return new ClockScale(Double.parseDouble(text));
            } catch (IllegalArgumentException _) {
                throw new TypeConversionException("must be a number above 0 and at most 1, not '" + text + "'");
            }
        }
    }
}
