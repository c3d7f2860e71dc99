package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.Errno;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;

/// The kernel's table of open files, of which everybody has a share. Its bound fs.file-max does not stop a process with
/// CAP_SYS_ADMIN, which would take what is left from all others.
final class FileTable {

    private static final int FILES_PER_CONNECTION = 2;

    private FileTable() {}

    /// How many of `wanted` connections there is room for, at least 1.
    ///
    /// @throws ErrnoException ENFILE, which others are told from here on, where there is none
    static int room(int wanted) throws ErrnoException {
        var numbers = Libc.readShort("/proc/sys/fs/file-nr").strip().split("\t");
        long free = Long.parseLong(numbers[2]) - Long.parseLong(numbers[0]);
        if (free < FILES_PER_CONNECTION) {
            throw new ErrnoException("socket", Errno.ENFILE);
        }
        return (int) Math.min(wanted, free / FILES_PER_CONNECTION);
    }
}
