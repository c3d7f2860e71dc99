package dev.socketcapacity.agent.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A cgroup of our own that may have only so much memory, of version 1 where that has the controller.
public record MemoryCgroup(Path folder) implements AutoCloseable {

    public static MemoryCgroup create(long bytes) throws IOException {
        var version1 = Path.of("/sys/fs/cgroup/memory");
        boolean isVersion1 = Files.isDirectory(version1);
        var root = isVersion1 ? version1 : Path.of("/sys/fs/cgroup");
        var folder = Files.createDirectory(
                root.resolve("sockcap-probe-" + ProcessHandle.current().pid()));
        Files.writeString(folder.resolve(isVersion1 ? "memory.limit_in_bytes" : "memory.max"), Long.toString(bytes));
        return new MemoryCgroup(folder);
    }

    String name() {
        return folder.getFileName().toString();
    }

    /// What starts a command in it.
    public List<String> entering(List<String> command) {
        var whole = new ArrayList<>(
                List.of("sh", "-c", "echo $$ >" + folder.resolve("cgroup.procs") + " && exec \"$@\"", "sh"));
        whole.addAll(command);
        return whole;
    }

    @Override
    public void close() throws IOException {
        Files.delete(folder);
    }
}
