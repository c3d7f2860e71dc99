package dev.socketcapacity.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The number of a process.
final class PidConverter implements ITypeConverter<Integer> {

    /// PID_MAX_LIMIT of include/linux/threads.h.
    private static final int MAX = 4_194_304;

    @Override
    public Integer convert(String text) {
        try {
            var pid = Integer.parseInt(text);
            if (pid >= 1 && pid <= MAX) {
                return pid;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new TypeConversionException("must be the number of a process, 1 to %d, not '%s'".formatted(MAX, text));
    }
}
