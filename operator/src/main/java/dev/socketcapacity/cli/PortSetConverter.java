package dev.socketcapacity.cli;

import dev.socketcapacity.plan.PortSet;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Ports and ranges, such as `6443,30000-32767`.
final class PortSetConverter implements ITypeConverter<PortSet> {

    @Override
    public PortSet convert(String text) {
        try {
            return PortSet.parse(text);
        } catch (IllegalArgumentException _) {
            throw new TypeConversionException("must be ports and ranges such as 6443,30000-32767, not '" + text + "'");
        }
    }
}
