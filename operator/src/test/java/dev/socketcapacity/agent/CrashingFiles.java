package dev.socketcapacity.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.CopyOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The disk, seen by a process that dies before one of its steps. Steps are what changes the disk, and what flushes it.
class CrashingFiles extends InterceptedFiles {

    /// The process is gone: nothing that it would have done after this is done.
    static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash(String step) {
            super("crashed instead of: " + step);
        }
    }

    /// The steps that were taken, of the disk and of whatever else calls [#step].
    private final List<String> steps = new ArrayList<>();

    private int left = Integer.MAX_VALUE;

    /// The process dies instead of taking step number `count + 1` from now.
    void crashAfter(int count) {
        left = count;
    }

    List<String> steps() {
        return List.copyOf(steps);
    }

    void step(String name) {
        if (left-- <= 0) {
            left = 0;
            throw new Crash(name);
        }
        steps.add(name);
    }

    @Override
    FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException {
        var name = file.getFileName().toString();
        if (options.contains(StandardOpenOption.WRITE)) {
            step("open " + name);
        }
        return new Channel(name, super.open(file, options));
    }

    @Override
    void moveFile(Path from, Path to, CopyOption... options) throws IOException {
        step("move %s to %s %s".formatted(from.getFileName(), to.getFileName(), List.of(options)));
        super.moveFile(from, to, options);
    }

    private final class Channel extends DiskChannel {

        private final String name;

        Channel(String name, FileChannel real) {
            super(real);
            this.name = name;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            step("write " + name);
            // As little as a disk may take at once: a crash then leaves half a file.
            var part = bytes.slice(bytes.position(), Math.min(bytes.remaining(), 512));
            var written = super.write(part);
            bytes.position(bytes.position() + written);
            return written;
        }

        @Override
        public int write(ByteBuffer bytes, long position) throws IOException {
            step("write " + name);
            return super.write(bytes, position);
        }

        @Override
        public void force(boolean metadata) {
            step("flush " + name); // and no more: the machine's power is not cut here
        }
    }
}
