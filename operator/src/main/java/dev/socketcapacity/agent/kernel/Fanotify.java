package dev.socketcapacity.agent.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.agent.kernel.WriteWatch.Write;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Writes to any file of a procfs, by fanotify(7): the kernel tells by which process, and passes a descriptor of the
/// very file, as the writer's namespace has it.
final class Fanotify implements WriteEvents {

    /// As many as it takes until the code is compiled.
    private static final int WARM_UPS = 250;

    /// As the kernel tells it to this process.
    private static final int SELF = Math.toIntExact(ProcessHandle.current().pid());

    private static final long BUFFER = 16 * 1024;

    private final int queue;
    private final Procfs procfs;
    private final SettingFiles files;
    private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER, Long.BYTES);
    private final ByteBuffer received = buffer.asByteBuffer().order(ByteOrder.nativeOrder());

    private Fanotify(int queue, Procfs procfs, SettingFiles files) {
        this.queue = queue;
        this.procfs = procfs;
        this.files = files;
    }

    /// @throws ErrnoException where the kernel, or a missing right, does not allow it
    static Fanotify watch(Procfs procfs, NetworkNamespace network, Set<String> keys) throws IOException {
        int queue = Libc.fanotify();
        try {
            Libc.watchFileSystem(queue, procfs.name("sys"), MODIFY | CLOSE_WRITE);
            return new Fanotify(queue, procfs, new SettingFiles(procfs, network, keys));
        } catch (IOException e) {
            Libc.close(queue);
            throw e;
        }
    }

    @Override
    public int descriptor() {
        return queue;
    }

    /// Code that has never run takes longer than a writer who ends at once has a name: so this thread writes its own
    /// name where that is heard, and hears of it.
    @Override
    public void warmUp(Consumer<Write> listener) throws ErrnoException {
        if (!procfs.isOwn()) {
            return; // nobody is named
        }
        try (var comm = FileChannel.open(procfs.path("thread-self/comm"), StandardOpenOption.WRITE)) {
            var name = Thread.currentThread().getName().getBytes(US_ASCII);
            for (int i = 0; i < WARM_UPS; i++) {
                comm.write(ByteBuffer.wrap(name));
                read(listener);
            }
        } catch (ErrnoException failure) {
            throw failure;
        } catch (IOException _) {
            // it is slow for a while
        }
    }

    @Override
    public void read(Consumer<Write> listener) throws ErrnoException {
        var events = new ArrayList<Event>();
        try {
            int length = Libc.read(queue, buffer);
            for (int offset = 0; offset < length; offset += received.getInt(offset)) {
                events.add(event(offset)); // names all writers before any is dealt with
            }
        } catch (ErrnoException failure) { // no descriptor could be made for one
            tellOfAllUnlessGone(failure, listener);
        }
        for (var event : events) {
            tell(event, listener);
        }
    }

    /// @param file of which the descriptor is open; negative where events were dropped
    /// @param pid  0 where the kernel does not say
    private record Event(int file, int pid, Optional<String> command, Supplier<Optional<String>> container) {

        Write on(String key) {
            var writer = pid > 0 ? OptionalInt.of(pid) : OptionalInt.empty();
            return new Write(key, writer, command, container, System.nanoTime());
        }
    }

    /// `struct fanotify_event_metadata { u32 event_len; u8 vers, reserved; u16 metadata_len; u64 mask; s32 fd, pid; }`
    /// and `struct fanotify_event_info_pidfd { u8 info_type, pad; u16 len; s32 pidfd; }` (`linux/fanotify.h`).
    ///
    /// A process that is gone has no descriptor, and its pid may be another's already: it has no name. One that is
    /// still there may be gone in a moment, so its name is read before all else.
    private Event event(int offset) throws ErrnoException {
        int file = received.getInt(offset + 16);
        int pid = received.getInt(offset + 20);
        int process = received.getInt(offset + received.getShort(offset + 6) + 4);
        if (process < 0) {
            return unnamed(file, pid);
        }
        var event = named(file, pid);
        Libc.close(process);
        return event;
    }

    private static Event unnamed(int file, int pid) {
        return new Event(file, pid, Optional.empty(), Optional::empty);
    }

    private Event named(int file, int pid) {
        if (!procfs.isOwn()) {
            return unnamed(file, 0); // to the kernel and to that procfs a pid means different processes
        }
        var writer = new ProcessEntry(procfs, pid);
        var command = ifAlive(() -> Optional.of(writer.command()));
        return new Event(file, pid, command, () -> ifAlive(writer::container));
    }

    private interface Reading {
        Optional<String> take() throws IOException;
    }

    private static Optional<String> ifAlive(Reading reading) {
        try {
            return reading.take();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private void tell(Event event, Consumer<Write> listener) throws ErrnoException {
        if (event.file() < 0) {
            if (event.pid() == 0) { // the kernel's own: it had to drop some
                tellOfAll(listener);
            }
            return;
        }
        try {
            files.key(event.file())
                    .filter(_ -> event.pid() != SELF)
                    .map(event::on)
                    .ifPresent(listener);
        } catch (ErrnoException failure) {
            tellOfAllUnlessGone(failure, listener);
        } catch (IOException unknown) {
            tellOfAll(listener);
        } finally {
            Libc.close(event.file());
        }
    }

    /// What is gone was a file of a process that has ended meanwhile: every process writes some as it starts.
    private void tellOfAllUnlessGone(ErrnoException failure, Consumer<Write> listener) {
        if (!failure.isAbsence()) {
            tellOfAll(listener);
        }
    }

    private void tellOfAll(Consumer<Write> listener) {
        files.keys().stream().map(Write::byUnknown).forEach(listener);
    }

    @Override
    public void close() throws ErrnoException {
        Libc.close(queue);
        files.close();
    }
}
