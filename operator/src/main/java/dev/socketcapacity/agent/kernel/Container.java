package dev.socketcapacity.agent.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// What this process' own container may use.
public final class Container {

    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    private Container() {}

    /// Bytes of memory until the container's limit, sockets included; empty where there is no limit or none can be
    /// read.
    public static OptionalLong memoryFree() {
        var unified = free("memory.max", "memory.current");
        return unified.isPresent() ? unified : free("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes");
    }

    private static OptionalLong free(String limit, String usage) {
        try {
            return OptionalLong.of(Math.max(0, number(limit) - number(usage)));
        } catch (IOException | NumberFormatException _) {
            return OptionalLong.empty(); // the other hierarchy, or "max"
        }
    }

    private static long number(String file) throws IOException {
        return Long.parseLong(Files.readString(CGROUPS.resolve(file)).strip());
    }
}
