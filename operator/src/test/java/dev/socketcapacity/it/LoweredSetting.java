package dev.socketcapacity.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.kernel.Procfs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A value of the whole kernel, lower than it was for as long as this is open, or this program runs.
///
/// What restores it is open before it is lowered: under a low `fs.nr_open` or `fs.file-max` nothing more may open.
public final class LoweredSetting implements AutoCloseable {

    private static final Procfs PROC = new Procfs(Path.of("/proc"));

    private final KernelLock lock = KernelLock.take();
    private final String file;
    private final String original;
    private final FileChannel channel;
    private final Thread atExit = new Thread(this::restore);

    private LoweredSetting(String file) throws IOException {
        this.file = file;
        original = PROC.read(file);
        channel = FileChannel.open(PROC.path(file), StandardOpenOption.WRITE);
    }

    /// @param file  such as `sys/fs/nr_open`
    /// @param inUse what the machine uses of it now; the new value must be more
    public static LoweredSetting lower(String file, long value, long inUse) throws IOException {
        assertThat(value).as("%s, of which %d is in use", file, inUse).isGreaterThan(inUse);
        var setting = new LoweredSetting(file);
        assertThat(value).as("%s", file).isLessThan(Long.parseLong(setting.original.strip()));
        Runtime.getRuntime().addShutdownHook(setting.atExit);
        try {
            setting.write(Long.toString(value));
            assertThat(PROC.read(file).strip()).as(file).isEqualTo(Long.toString(value));
            return setting;
        } catch (IOException | AssertionError e) {
            setting.close();
            throw e;
        }
    }

    /// At the start of the file: the kernel ignores what is written anywhere else, and says that all is well.
    private void write(String value) throws IOException {
        channel.write(ByteBuffer.wrap(value.getBytes(US_ASCII)), 0);
    }

    private void restore() {
        try {
            write(original);
        } catch (IOException e) {
            throw new UncheckedIOException("/proc/%s was %s".formatted(file, original.strip()), e);
        }
    }

    @Override
    public void close() throws IOException {
        try (lock) {
            try (channel) {
                restore();
            }
            Runtime.getRuntime().removeShutdownHook(atExit);
            assertThat(PROC.read(file)).as(file).isEqualTo(original);
        }
    }
}
