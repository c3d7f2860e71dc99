package dev.socketcapacity.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Who may write this node's values and its state: one process at a time, an agent or the command line. The kernel
/// gives the lock back when the process ends, however it ends.
final class StateLock implements Closeable {

    private static final String NAME = "lock";

    private final FileChannel file;

    private StateLock(FileChannel file) {
        this.file = file;
    }

    /// Takes the lock.
    ///
    /// @param holder who takes it, for the others to read
    /// @throws IOException that names the holder, where there is one
    static StateLock take(Path folder, String holder) throws IOException {
        var file = open(folder);
        if (file.tryLock() == null) {
            file.close();
            throw new IOException("%s is at work on this node and holds %s: nothing was written"
                    .formatted(holder(folder), folder.resolve(NAME)));
        }
        return taken(file, holder);
    }

    /// Takes the lock as soon as nobody else has it.
    static StateLock await(Path folder, String holder) throws IOException {
        var file = open(folder);
        file.lock();
        return taken(file, holder);
    }

    private static FileChannel open(Path folder) throws IOException {
        Files.createDirectories(folder);
        return FileChannel.open(folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static StateLock taken(FileChannel file, String holder) {
        try {
            file.truncate(0);
            file.write(ByteBuffer.wrap(holder.getBytes(UTF_8)), 0);
        } catch (IOException _) {
            // The disk is full: the lock holds all the same, and nobody can read whose it is.
        }
        return new StateLock(file);
    }

    private static String holder(Path folder) throws IOException {
        var text = Files.readString(folder.resolve(NAME)).strip();
        return text.isEmpty() ? "Another process" : text;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
