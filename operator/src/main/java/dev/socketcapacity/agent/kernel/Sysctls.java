package dev.socketcapacity.agent.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// The node's kernel settings. `net.*` belongs to the network namespace of the thread that opens the file, so all of
/// them are opened on the thread that has entered the node's. `kernel.pid_max` belongs to the pid namespace of the
/// writing process, which is the node's own because the agent's pod shares it (`hostPID`).
public final class Sysctls {

    private final Procfs procfs;
    private final NetworkNamespace nodeNetwork;

    public Sysctls(Procfs procfs, NetworkNamespace nodeNetwork) {
        this.procfs = procfs;
        this.nodeNetwork = nodeNetwork;
    }

    /// What came of a write.
    ///
    /// @param holds   what the kernel says afterwards, also after a refused write: it clamps, and it half-applies
    /// @param refusal why the kernel did not take it, where it did not
    public record Written(String holds, Optional<String> refusal) {}

    /// The current value without white space around it; empty where this kernel, or this namespace, has no such
    /// setting.
    public Optional<String> read(String key) throws IOException {
        return nodeNetwork.call(() -> {
            try {
                return Optional.of(procfs.read(file(key)).strip());
            } catch (NoSuchFileException _) {
                return Optional.empty();
            }
        });
    }

    /// Writes, and reads back.
    public Written write(String key, String text) throws IOException {
        return nodeNetwork.call(() -> {
            var refusal = tryWrite(key, text);
            return new Written(procfs.read(file(key)).strip(), refusal);
        });
    }

    private Optional<String> tryWrite(String key, String text) {
        var bytes = ByteBuffer.wrap((text + "\n").getBytes(US_ASCII));
        // Never CREATE: a setting that does not exist is an error, not a file.
        try (var channel = FileChannel.open(procfs.path(file(key)), StandardOpenOption.WRITE)) {
            var taken = channel.write(bytes);
            return bytes.hasRemaining()
                    ? Optional.of("the kernel took %d of %d characters".formatted(taken, text.length()))
                    : Optional.empty();
        } catch (java.nio.file.AccessDeniedException _) {
            return Optional.of("it is read-only here");
        } catch (java.nio.file.FileSystemException refused) {
            return Optional.of(String.valueOf(refused.getReason()));
        } catch (IOException refused) {
            return Optional.of(refused.getMessage());
        }
    }

    private static String file(String key) {
        return "sys/" + key.replace('.', '/');
    }
}
