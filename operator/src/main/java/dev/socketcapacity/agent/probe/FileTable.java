package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.Errno;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// The kernel's table of open files, of which everybody has a share. Its bound fs.file-max does not stop a process with
/// CAP_SYS_ADMIN, which would take what is left from all others.
final class FileTable implements AutoCloseable {

    private static final Path NUMBERS = Path.of("/proc/sys/fs/file-nr");

    private static final int FILES_PER_CONNECTION = 2;

    /// More than one thread takes at a time. As long as there are as many for each, none needs to know of the others.
    private static final int PLENTY = 1_000;

    /// A descriptor in every table that is made from now on.
    private final int numbers;

    private final int plenty;
    private final ReadWriteLock taking = new ReentrantReadWriteLock();

    /// @param threads of this process that take files at one time
    FileTable(int threads) throws ErrnoException {
        this.numbers = Libc.open(NUMBERS);
        this.plenty = threads * PLENTY;
    }

    /// Files for so many connections, until it is closed.
    record Claim(int connections, Lock taking) implements AutoCloseable {
        @Override
        public void close() {
            taking.unlock();
        }
    }

    /// Claims files for as many of `wanted` connections as there is room for, at least 1. Where there are few left, one
    /// thread at a time takes some.
    ///
    /// @throws ErrnoException ENFILE, which others are told from here on, where there is none
    Claim claim(int wanted) throws ErrnoException {
        var besideOthers = claim(wanted, plenty, taking.readLock());
        var claim = besideOthers.isPresent() ? besideOthers : claim(wanted, FILES_PER_CONNECTION, taking.writeLock());
        if (claim.isEmpty()) {
            throw new ErrnoException("socket", Errno.ENFILE);
        }
        return claim.get();
    }

    /// Empty where fewer than `enough` files are left.
    private Optional<Claim> claim(int wanted, int enough, Lock lock) throws ErrnoException {
        lock.lock();
        try {
            long free = free();
            if (free < enough) {
                return Optional.empty();
            }
            lock.lock(); // the claim's
            return Optional.of(new Claim((int) Math.min(wanted, free / FILES_PER_CONNECTION), lock));
        } finally {
            lock.unlock();
        }
    }

    private long free() throws ErrnoException {
        var openAndMost = Libc.readShort(numbers).strip().split("\t");
        return Long.parseLong(openAndMost[2]) - Long.parseLong(openAndMost[0]);
    }

    @Override
    public void close() throws ErrnoException {
        Libc.close(numbers);
    }
}
