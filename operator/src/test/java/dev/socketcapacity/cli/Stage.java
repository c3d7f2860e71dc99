package dev.socketcapacity.cli;

import dev.socketcapacity.it.Command;
import dev.socketcapacity.it.LoweredSetting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/// What a program needs to run into a limit: namespaces, cgroups, lowered settings, other programs. Nothing of it is
/// left when this is closed; what came last goes first.
final class Stage implements AutoCloseable {

    private static final String NAME =
            "sockcap-limits-" + ProcessHandle.current().pid();

    private final Deque<Step> undo = new ArrayDeque<>();

    private interface Step {
        void undo() throws IOException;
    }

    /// Starts a program, and waits until it has come as far as it can.
    ///
    /// @param by what puts it where it is to run
    HeldProgram start(List<String> by, List<String> command) throws IOException {
        var program =
                HeldProgram.start(Stream.of(by, command).flatMap(List::stream).toList());
        undo.push(program::close);
        return program;
    }

    /// See [LoweredSetting#lower].
    void lower(String file, long value, long inUse) throws IOException {
        var setting = LoweredSetting.lower(file, value, inUse);
        undo.push(setting::close);
    }

    /// Makes a network namespace, and returns what puts a program into it.
    List<String> network() {
        Command.run("ip", "netns", "add", NAME).succeeds();
        undo.push(() -> Command.run("ip", "netns", "delete", NAME).succeeds());
        Command.run("ip", "-n", NAME, "link", "set", "lo", "up").succeeds();
        return List.of("nsenter", "--net=/run/netns/" + NAME);
    }

    /// Makes a cgroup, and returns what puts a program into it.
    List<String> cgroup(long pidsMax) throws IOException {
        var version1 = Path.of("/sys/fs/cgroup/pids");
        var root = Files.isDirectory(version1) ? version1 : Path.of("/sys/fs/cgroup");
        var cgroup = Files.createDirectory(root.resolve(NAME));
        undo.push(() -> Files.delete(cgroup));
        Files.writeString(cgroup.resolve("pids.max"), Long.toString(pidsMax));
        return shell("echo $$ >" + cgroup.resolve("cgroup.procs"));
    }

    /// Returns what runs a command of the shell, and a program after it in the same process.
    static List<String> shell(String command) {
        return List.of("sh", "-c", command + " && exec \"$@\"", "sh");
    }

    @Override
    public void close() throws IOException {
        if (!undo.isEmpty()) {
            try {
                undo.pop().undo();
            } finally {
                close();
            }
        }
    }
}
