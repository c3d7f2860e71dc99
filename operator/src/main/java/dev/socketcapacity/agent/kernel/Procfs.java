package dev.socketcapacity.agent.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
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

    /// @param root where the host's procfs is mounted, such as `/host/proc`
    public Procfs(Path root) {
        this.root = root;
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
