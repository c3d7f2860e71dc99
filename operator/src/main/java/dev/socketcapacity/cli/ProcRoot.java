package dev.socketcapacity.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// Where the machine's procfs is mounted: elsewhere in a container that looks at its host.
final class ProcRoot {

    @Option(
            names = "--proc-root",
            paramLabel = "<folder>",
            defaultValue = "/proc",
            converter = ProcfsConverter.class,
            description = "Where the machine's procfs is mounted. Default: ${DEFAULT-VALUE}.")
    private Path path;

    Path path() {
        return path;
    }

    static final class ProcfsConverter implements ITypeConverter<Path> {
        @Override
        public Path convert(String text) {
            var path = Path.of(text);
            if (!Files.isDirectory(path.resolve("sys/kernel"))) {
                throw new TypeConversionException("must be a folder where procfs is mounted, not '" + text + "'");
            }
            return path;
        }
    }
}
