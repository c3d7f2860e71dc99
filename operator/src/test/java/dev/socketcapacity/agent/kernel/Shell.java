package dev.socketcapacity.agent.kernel;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.util.stream.Stream;

/// A shell that stays, in namespaces of its choice, and does what it is told.
final class Shell implements AutoCloseable {

    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter orders;

    /// @param entrance before `bash`, such as `ip netns exec NAME`, which must become it
    Shell(String... entrance) throws IOException {
        var command = Stream.concat(Stream.of(entrance), Stream.of("bash")).toList();
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        answers = process.inputReader();
        orders = process.outputWriter();
    }

    int pid() {
        return Math.toIntExact(process.pid());
    }

    /// Waits until it is done.
    String run(String order) throws IOException {
        orders.write(order + "\necho END\n");
        orders.flush();
        var said = new StringBuilder();
        for (var line = answers.readLine(); !"END".equals(line); line = answers.readLine()) {
            if (line == null) {
                throw new IOException("the shell has ended: " + said);
            }
            said.append(line);
        }
        return said.toString();
    }

    void write(String key, Object value) throws IOException {
        run("echo '%s' > /proc/%s".formatted(value, Procfs.setting(key)));
    }

    @Override
    public void close() throws IOException {
        orders.close();
        process.onExit().join();
    }
}
