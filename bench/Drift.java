import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Sysctls;
import dev.socketcapacity.agent.kernel.WriteWatch;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/// What an agent of two minutes has read of the settings that it holds: twelve of them, twice a second.
static final int READS_BEFORE = 2 * 60 * 2 * 12;

/// Holds one setting in a network namespace, as the agent does, until it is killed: NAMESPACE KEY VALUE.
void main(String[] arguments) throws Exception {
    var procfs = new Procfs(Path.of("/proc"));
    var network = NetworkNamespace.enter(Path.of(arguments[0]));
    var sysctls = new Sysctls(procfs, network);
    var key = arguments[1];
    var value = arguments[2];
    sysctls.write(key, value);
    for (var i = 0; i < READS_BEFORE; i++) {
        sysctls.read(key);
    }
    WriteWatch.start(procfs, network, Set.of(key), _ -> hold(sysctls, key, value));
    IO.println("ready");
    Thread.currentThread().join();
}

void hold(Sysctls sysctls, String key, String value) {
    try {
        if (!sysctls.read(key).equals(Optional.of(value))) {
            sysctls.write(key, value);
        }
    } catch (IOException e) {
        throw new UncheckedIOException(e);
    }
}
