package dev.socketcapacity.agent.kernel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file below `/proc/sys` that stays open, as a network namespace has it, from its first use on. What is kept and is
/// no longer there is opened anew: its module may have been unloaded and loaded again.
final class KeptFile {

    /// More than any value has, but for a list of ports. The kernel clears as much memory as one asks for.
    private static final int USUAL_LENGTH = 1_024;

    private final Kept reader;
    private final Kept writer;

    /// Used again each time: one of the heap's would be cleared, and copied.
    private ByteBuffer buffer = ByteBuffer.allocateDirect(USUAL_LENGTH);

    KeptFile(Path path, NetworkNamespace network) {
        this.reader = new Kept(path, network, StandardOpenOption.READ);
        // Never CREATE: a setting that does not exist is an error, not a file.
        this.writer = new Kept(path, network, StandardOpenOption.WRITE);
    }

    /// All of it, by one read from its beginning: a number answers no other.
    synchronized String read() throws IOException {
        return reader.use(this::text);
    }

    /// At its beginning: the kernel ignores a number that is written anywhere else. Returns how many characters the
    /// kernel took.
    synchronized int write(String text) throws IOException {
        var bytes = text.getBytes(ISO_8859_1);
        while (bytes.length > buffer.capacity()) {
            growBuffer();
        }
        return writer.use(file -> file.write(buffer.clear().put(bytes).flip(), 0));
    }

    private String text(FileChannel file) throws IOException {
        while (file.read(buffer.clear(), 0) == buffer.capacity()) {
            growBuffer();
        }
        var bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return new String(bytes, ISO_8859_1); // which they are told in without a look at each
    }

    private void growBuffer() {
        buffer = ByteBuffer.allocateDirect(2 * buffer.capacity());
    }

    private interface Use<T> {
        T of(FileChannel file) throws IOException;
    }

    private static final class Kept {

        private final Path path;
        private final NetworkNamespace network;
        private final OpenOption option;
        private FileChannel file;

        Kept(Path path, NetworkNamespace network, OpenOption option) {
            this.path = path;
            this.network = network;
            this.option = option;
        }

        <T> T use(Use<T> use) throws IOException {
            if (file != null) {
                try {
                    return use.of(file);
                } catch (IOException failure) {
                    if (!isGone(failure)) {
                        throw failure;
                    }
                    file.close();
                    file = null;
                }
            }
            file = network.call(() -> FileChannel.open(path, option));
            return use.of(file);
        }

        /// The thread that is interrupted at it closes it.
        private static boolean isGone(IOException failure) {
            return failure instanceof ClosedChannelException || Refusal.of(failure) == Refusal.Cause.ABSENT;
        }
    }
}
