package dev.socketcapacity.agent.kernel;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The node's kernel settings, for any thread. `net.*` belongs to the network namespace of the thread that opens the
/// file, so all of them are opened on the thread that has entered the node's, once. `kernel.pid_max` belongs to the pid
/// namespace of the process, which is the node's own because the agent's pod shares it (`hostPID`).
public final class Sysctls {

    private final Procfs procfs;
    private final NetworkNamespace nodeNetwork;
    private final Map<String, KeptFile> files = new ConcurrentHashMap<>();

    public Sysctls(Procfs procfs, NetworkNamespace nodeNetwork) {
        this.procfs = procfs;
        this.nodeNetwork = nodeNetwork;
    }

    /// What came of a write.
    ///
    /// @param holds   what the kernel says afterwards, also after a refused write: it clamps, and it half-applies.
    ///                Empty where there is no such setting
    /// @param refusal why the kernel did not take it, where it did not
    public record Written(Optional<String> holds, Optional<Refusal> refusal) {}

    /// The current value without white space around it; empty where this kernel, or this namespace, has no such setting
    /// yet.
    public Optional<String> read(String key) throws IOException {
        try {
            return Optional.of(file(key).read().strip());
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    /// Writes, and reads back.
    public Written write(String key, String text) throws IOException {
        var refusal = tryWrite(key, text);
        return new Written(read(key), refusal);
    }

    private Optional<Refusal> tryWrite(String key, String text) {
        var line = text + "\n";
        try {
            int taken = file(key).write(line);
            return taken < line.length() ? Optional.of(new Refusal.CutShort(taken, text.length())) : Optional.empty();
        } catch (IOException refused) {
            return Optional.of(Refusal.of(refused));
        }
    }

    private KeptFile file(String key) {
        return files.computeIfAbsent(key, _ -> new KeptFile(procfs.path(Procfs.setting(key)), nodeNetwork));
    }
}
