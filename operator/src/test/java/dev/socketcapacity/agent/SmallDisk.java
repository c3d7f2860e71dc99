package dev.socketcapacity.agent;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.socketcapacity.it.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/// A real file system of 64 KiB in memory, which can be filled and made read-only. Gone when it is closed.
final class SmallDisk implements AutoCloseable {

    private final Path folder;

    private SmallDisk(Path folder) {
        this.folder = folder;
    }

    static SmallDisk mount(Path folder) throws IOException {
        Files.createDirectories(folder);
        Command.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.toString())
                .succeeds();
        return new SmallDisk(folder);
    }

    /// Leaves no page free.
    void fill() throws IOException {
        try (var channel = FileChannel.open(filling(), CREATE, WRITE)) {
            while (true) {
                channel.write(ByteBuffer.allocate(4_096));
            }
        } catch (IOException full) {
            if (!"No space left on device".equals(full.getMessage())) {
                throw full;
            }
        }
    }

    void makeRoom() throws IOException {
        Files.delete(filling());
    }

    private Path filling() {
        return folder.resolve("filling");
    }

    void readOnly() {
        remount("ro");
    }

    void writable() {
        remount("rw");
    }

    private void remount(String how) {
        Command.run("mount", "-o", "remount," + how, folder.toString()).succeeds();
    }

    @Override
    public void close() {
        Command.run("umount", folder.toString()).succeeds();
    }
}
