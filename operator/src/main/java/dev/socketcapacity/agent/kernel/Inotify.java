package dev.socketcapacity.agent.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.WriteWatch.Write;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Writes to the files of settings, by inotify(7): of those that were there when it began, and nobody says whose they
/// are. Takes no right.
final class Inotify implements WriteEvents {

    /// `struct inotify_event { int wd; u32 mask, cookie, len; char name[]; }` (`linux/inotify.h`).
    private static final long HEADER = 16;

    private static final long BUFFER = 16 * 1024;

    private final int queue;
    private final Map<Integer, String> keys = new HashMap<>();
    private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER, Long.BYTES);

    private Inotify(int queue) {
        this.queue = queue;
    }

    /// @param network on whose thread a path leads to that namespace's file
    static Inotify watch(Procfs procfs, NetworkNamespace network, Set<String> keys) throws IOException {
        var inotify = new Inotify(Libc.inotify());
        try {
            for (var key : keys) {
                inotify.add(procfs.name(Procfs.setting(key)), network, key);
            }
            return inotify;
        } catch (IOException e) {
            inotify.close();
            throw e;
        }
    }

    private void add(String path, NetworkNamespace network, String key) throws IOException {
        try {
            keys.put(network.call(() -> Libc.watchFile(queue, path, MODIFY | CLOSE_WRITE)), key);
        } catch (ErrnoException failure) {
            if (!failure.isAbsence()) {
                throw failure;
            }
        }
    }

    @Override
    public int descriptor() {
        return queue;
    }

    @Override
    public void read(Consumer<Write> listener) throws ErrnoException {
        int length = Libc.read(queue, buffer);
        for (long offset = 0; offset < length; offset += HEADER + buffer.get(JAVA_INT, offset + 12)) {
            int mask = buffer.get(JAVA_INT, offset + 4);
            if ((mask & OVERFLOW) != 0) {
                keys.values().stream().map(Write::byUnknown).forEach(listener);
            } else if ((mask & (MODIFY | CLOSE_WRITE)) != 0) {
                listener.accept(Write.byUnknown(keys.get(buffer.get(JAVA_INT, offset))));
            }
        }
    }

    @Override
    public void close() throws ErrnoException {
        Libc.close(queue);
    }
}
