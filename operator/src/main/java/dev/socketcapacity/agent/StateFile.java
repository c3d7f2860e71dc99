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
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The state on the node's disk: written beside itself, flushed, then moved into its place, file and folder both
/// flushed. A crash at any instruction leaves the old state or the new one.
final class StateFile {

    private static final String NAME = "state.json";

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
    /// @throws IOException where there is one that can't be read: going on would take raised values for originals
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

    private IOException unreadable(String why) {
        return new IOException("%s is not readable: %s. Nothing is changed on this node until it is repaired or removed"
                .formatted(folder.resolve(NAME), why));
    }

    void write(State state) throws IOException {
        Files.createDirectories(folder);
        var next = folder.resolve(NAME + ".next");
        try (var channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            var bytes = ByteBuffer.wrap(Json.MAPPER.writeValueAsBytes(state));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, folder.resolve(NAME), ATOMIC_MOVE, REPLACE_EXISTING);
        try (var directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}
