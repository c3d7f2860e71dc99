package dev.socketcapacity.agent.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;

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

    KeptFile(Path path, NetworkNamespace network) {
        this.reader = new Kept(path, network, StandardOpenOption.READ);
        // Never CREATE: a setting that does not exist is an error, not a file.
        this.writer = new Kept(path, network, StandardOpenOption.WRITE);
    }

    /// All of it, by one read from its beginning: a number answers no other.
    String read() throws IOException {
        return reader.use(KeptFile::text);
    }

    /// At its beginning: the kernel ignores a number that is written anywhere else. Returns how many characters the
    /// kernel took.
    int write(String text) throws IOException {
        return writer.use(file -> file.write(ByteBuffer.wrap(text.getBytes(US_ASCII)), 0));
    }

    private static String text(FileChannel file) throws IOException {
        var buffer = ByteBuffer.allocate(USUAL_LENGTH);
        while (file.read(buffer, 0) == buffer.capacity()) {
            buffer = ByteBuffer.allocate(2 * buffer.capacity());
        }
        return US_ASCII.decode(buffer.flip()).toString();
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

        synchronized <T> T use(Use<T> use) throws IOException {
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
