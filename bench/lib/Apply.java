import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Sysctls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// Does what apply.c does, through the agent's own [Sysctls].
final class Apply {

    private Apply() {}

    public static void main(String[] arguments) throws IOException {
        var values = new TreeMap<String, String>();
        for (var line : Files.readAllLines(Path.of(arguments[0]))) {
            var parts = line.split(" ", 2);
            values.put(parts[0].substring("/proc/sys/".length()).replace('/', '.'), parts[1]);
        }
        var rounds = new long[Integer.parseInt(arguments[1])];
        try (var network = NetworkNamespace.own()) {
            var sysctls = new Sysctls(new Procfs(Path.of("/proc")), network);
            for (int round = 0; round < rounds.length; round++) {
                var start = System.nanoTime();
                for (var setting : values.entrySet()) {
                    apply(sysctls, setting);
                }
                rounds[round] = System.nanoTime() - start;
            }
        }
        for (var nanoseconds : rounds) {
            System.out.println(nanoseconds);
        }
    }

    private static void apply(Sysctls sysctls, Map.Entry<String, String> setting) throws IOException {
        var written = sysctls.write(setting.getKey(), setting.getValue());
        if (written.refusal().isPresent() || !written.toString().contains(setting.getValue().replace(' ', '\t'))) {
            throw new IOException(setting.getKey() + " is not taken: " + written);
        }
    }
}
