package dev.socketcapacity.agent.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/// Files below a procfs mount, read as procfs wants it.
///
/// A numeric file under `/proc/sys` answers its first `read(2)` only, and states its size as 0: `Files.readString`
/// asks for one byte first and so returns one digit. Here the first read brings all of it.
public final class Procfs {

    private static final int ONE_READ = 64 * 1024;

    private final Path root;
    private final String prefix;
    private final boolean own;
    private final boolean countsDescriptors;

    /// @param root where the host's procfs is mounted, such as `/host/proc`
    public Procfs(Path root) {
        this.root = root;
        this.prefix = root + "/";
        this.own = isOwn(root);
        this.countsDescriptors = own && countsDescriptors(root);
    }

    private static boolean isOwn(Path root) {
        try {
            var self = Files.readSymbolicLink(root.resolve("self")).toString();
            return self.equals(Long.toString(ProcessHandle.current().pid()));
        } catch (IOException _) {
            return false; // no procfs, or one in whose pid namespace we are not
        }
    }

    private static boolean countsDescriptors(Path root) {
        try {
            return Libc.status(root.resolve("self/fd").toString()).size() > 0;
        } catch (IOException _) {
            return false;
        }
    }

    /// Whether a pid means the same here as to a system call of ours.
    boolean isOwn() {
        return own;
    }

    /// Whether the size of a process's `fd` folder is the number of its descriptors, as it is since Linux 6.2.
    boolean countsDescriptors() {
        return countsDescriptors;
    }

    /// The entry of this process.
    public ProcessEntry self() throws IOException {
        var pid = Files.readSymbolicLink(path("self")).getFileName().toString();
        return new ProcessEntry(this, Integer.parseInt(pid));
    }

    /// What is in its root. `Files.list` would make a path of each: of ten thousand, that takes 40 ms.
    List<String> names() throws IOException {
        var names = new File(root.toString()).list();
        if (names == null) {
            throw new NotDirectoryException(root.toString());
        }
        return List.of(names);
    }

    /// The file of a kernel setting, such as `sys/fs/nr_open` of `fs.nr_open`.
    public static String setting(String key) {
        return "sys/" + key.replace('.', '/');
    }

    /// The path of a file, for the C library.
    String name(String file) {
        return prefix + file;
    }

    public Path path(String file) {
        return root.resolve(file);
    }

    /// The whole text of a file, such as `sys/fs/nr_open`.
    public String read(String file) throws IOException {
        try (var channel = FileChannel.open(path(file), StandardOpenOption.READ)) {
            return readAll(channel);
        }
    }

    static String readAll(FileChannel channel) throws IOException {
        var buffer = ByteBuffer.allocate(ONE_READ);
        while (channel.read(buffer) > 0) {
            if (!buffer.hasRemaining()) {
                buffer = ByteBuffer.wrap(Arrays.copyOf(buffer.array(), 2 * buffer.capacity()))
                        .position(buffer.position());
            }
        }
        return new String(buffer.array(), 0, buffer.position(), US_ASCII);
    }

    /// The lines of a file, such as `meminfo`.
    public List<String> lines(String file) throws IOException {
        return read(file).lines().toList();
    }
}
