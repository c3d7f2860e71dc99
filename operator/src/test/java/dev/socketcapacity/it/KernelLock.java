package dev.socketcapacity.it;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// Held by who writes values that the whole kernel shares, from before they are looked at until they are back: two
/// programs that do so at a time take each other's values for the original ones. Within one program, whose tests follow
/// one another, it may be taken again while it is held.
public final class KernelLock implements AutoCloseable {

    private static final Path FILE = Path.of("/tmp/socketcapacity-kernel-tests.lock");

    private static FileChannel channel;
    private static int holders;

    private KernelLock() {}

    /// Waits for other programs.
    public static KernelLock take() throws IOException {
        synchronized (KernelLock.class) {
            if (holders == 0) {
                channel = lock(FileChannel.open(FILE, CREATE, WRITE));
            }
            holders++;
            return new KernelLock();
        }
    }

    private static FileChannel lock(FileChannel file) throws IOException {
        try {
            file.lock(); // until it is closed, or this program ends
            return file;
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (KernelLock.class) {
            holders--;
            if (holders == 0) {
                channel.close();
            }
        }
    }
}
