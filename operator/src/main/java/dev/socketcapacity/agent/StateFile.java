package dev.socketcapacity.agent;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.StreamSupport;

/// The state on the node's disk: written beside itself, flushed, then moved into its place, file and folder both
/// flushed. A crash at any instruction leaves the old state or the new one.
final class StateFile {

    private static final String NAME = "state.json";
    private static final String ASIDE = NAME + ".broken-";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

    /// Apart: it takes time to make, and a machine without a state needs none.
    private static final class Json {
        static final ObjectMapper MAPPER = new ObjectMapper()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(SerializationFeature.INDENT_OUTPUT);
    }

    private final Path folder;

    StateFile(Path folder) {
        this.folder = folder;
    }

    /// The last state; an empty one on a node where there was none.
    ///
    /// @throws UnreadableException where there is one that can't be read
    State read() throws IOException {
        try {
            var bytes = Files.readAllBytes(folder.resolve(NAME));
            var state = Json.MAPPER.readValue(bytes, State.class);
            if (state == null) {
                throw unreadable("it holds nothing");
            }
            return state;
        } catch (NoSuchFileException _) {
            return State.EMPTY;
        } catch (JsonProcessingException broken) {
            throw unreadable(broken.getOriginalMessage());
        }
    }

    private UnreadableException unreadable(String why) {
        return new UnreadableException("%s can't be read: %s".formatted(folder.resolve(NAME), why));
    }

    /// What is on disk is no state.
    static final class UnreadableException extends IOException {
        private static final long serialVersionUID = 1L;

        private UnreadableException(String message) {
            super(message);
        }
    }

    /// Gives the state's file another name, under which it stays for people to look at.
    ///
    /// @return the other name
    String setAside() throws IOException {
        var name = ASIDE + TIME.format(Instant.now());
        try {
            Files.move(folder.resolve(NAME), folder.resolve(name)); // never over another one
            flushFolder();
        } catch (IOException failure) {
            throw unusable(failure);
        }
        return name;
    }

    /// The name of the file that was last set aside, for as long as it lies there.
    Optional<String> lastSetAside() throws IOException {
        try (var files = Files.newDirectoryStream(folder, ASIDE + "*")) {
            return StreamSupport.stream(files.spliterator(), false)
                    .map(file -> file.getFileName().toString())
                    .max(Comparator.naturalOrder());
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    void write(State state) throws IOException {
        try {
            replace(Json.MAPPER.writeValueAsBytes(state));
        } catch (IOException failure) {
            throw unusable(failure);
        }
    }

    private void replace(byte[] text) throws IOException {
        Files.createDirectories(folder);
        var next = folder.resolve(NAME + ".next");
        try (var channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            var bytes = ByteBuffer.wrap(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, folder.resolve(NAME), ATOMIC_MOVE, REPLACE_EXISTING);
        flushFolder();
    }

    private void flushFolder() throws IOException {
        try (var directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /// A disk that is full names neither the file nor itself.
    private IOException unusable(IOException failure) {
        var why = failure instanceof FileSystemException refused && refused.getReason() != null
                ? refused.getReason()
                : failure.getMessage();
        return new IOException(
                "no state can be kept in %s, so no value is changed: %s".formatted(folder, why), failure);
    }
}
