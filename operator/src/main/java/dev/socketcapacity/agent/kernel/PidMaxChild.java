package dev.socketcapacity.agent.kernel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A process that prints the `kernel.pid_max` of the pid namespace that it was started in. It is a Java one, as there
/// may be no other program: a container's image need not have a shell.
final class PidMaxChild {

    private PidMaxChild() {}

    /// With few threads: each takes a number of a namespace that may have few left.
    static List<String> command(Path procfs) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xint",
                "-Xmx16m",
                "-cp",
                System.getProperty("java.class.path"),
                PidMaxChild.class.getName(),
                procfs.toString());
    }

    static void main(String[] arguments) throws IOException {
        System.out.print(new Procfs(Path.of(arguments[0])).read("sys/kernel/pid_max"));
    }
}
