package dev.socketcapacity.agent.kernel;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Which setting an open file below `/proc/sys` is, as a network namespace has them. Another namespace's file has the
/// same name and another inode; and an inode stays a file's own for as long as the file is open, so they are kept open.
final class SettingFiles implements AutoCloseable {

    private final Procfs procfs;
    private final NetworkNamespace network;
    private final Set<String> keys;
    private final Map<String, Integer> descriptors = new HashMap<>();
    private final Map<Long, String> byInode = new HashMap<>();

    SettingFiles(Procfs procfs, NetworkNamespace network, Set<String> keys) throws IOException {
        this.procfs = procfs;
        this.network = network;
        this.keys = keys;
        for (var key : keys) {
            keep(key);
        }
    }

    Set<String> keys() {
        return keys;
    }

    /// The setting of an open file; empty where it is none of these, or another namespace's.
    Optional<String> key(int descriptor) throws IOException {
        long inode = Libc.status(descriptor).inode();
        if (!byInode.containsKey(inode)) {
            var name = name(descriptor);
            if (keys.contains(name)) {
                keep(name); // it may have come, or come anew, with its module
            }
        }
        return Optional.ofNullable(byInode.get(inode));
    }

    /// The key of any file below `/proc/sys`, in whichever place that is mounted at.
    private static String name(int descriptor) throws ErrnoException {
        var path = Libc.link("/proc/self/fd/" + descriptor);
        return path.replaceFirst(".*/sys/", "").replace('/', '.');
    }

    private void keep(String key) throws IOException {
        try {
            int descriptor = network.call(() -> Libc.open(Path.of(procfs.name(Procfs.setting(key)))));
            release(key);
            descriptors.put(key, descriptor);
            byInode.put(Libc.status(descriptor).inode(), key);
        } catch (ErrnoException failure) {
            if (!failure.isAbsence()) {
                throw failure;
            }
        }
    }

    private void release(String key) throws ErrnoException {
        byInode.values().remove(key);
        var descriptor = descriptors.remove(key);
        if (descriptor != null) {
            Libc.close(descriptor);
        }
    }

    @Override
    public void close() throws ErrnoException {
        for (int descriptor : descriptors.values()) {
            Libc.close(descriptor);
        }
    }
}
