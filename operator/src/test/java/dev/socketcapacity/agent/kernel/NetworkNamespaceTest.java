package dev.socketcapacity.agent.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// On the real kernel, with a network namespace of its own.
class NetworkNamespaceTest {

    private static final String NAME = "sockcap-ns-" + ProcessHandle.current().pid();
    private static final Path OTHER = Path.of("/run/netns", NAME);
    private static final Path OWN = Path.of("/proc/self/ns/net");
    private static final Path PORT_RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

    @BeforeAll
    static void addNamespace() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
        ip("netns", "add", NAME);
    }

    @AfterAll
    static void deleteNamespace() throws Exception {
        if (OTHER.toFile().exists()) {
            ip("netns", "del", NAME);
        }
    }

    @Test
    void runsWorkInTheOtherNamespace() throws IOException {
        try (var own = NetworkNamespace.enter(OWN);
                var other = NetworkNamespace.enter(OTHER);
                var otherAgain = NetworkNamespace.enter(OTHER)) {
            assertThat(own.cookie()).isEqualTo(Libc.netnsCookie());
            assertThat(other.cookie()).isNotEqualTo(own.cookie()).isEqualTo(otherAgain.cookie());
        }
    }

    @Test
    void whatWasOpenedThereStaysBoundToIt() throws IOException {
        var own = read(PORT_RANGE);
        try (var other = NetworkNamespace.enter(OTHER);
                var range = other.call(
                        () -> FileChannel.open(PORT_RANGE, StandardOpenOption.READ, StandardOpenOption.WRITE))) {
            range.write(ByteBuffer.wrap("40000 40099\n".getBytes(US_ASCII)), 0);
            assertThat(read(range)).isEqualTo("40000\t40099\n");
            assertThat(other.call(() -> read(PORT_RANGE))).isEqualTo("40000\t40099\n");
        }
        assertThat(read(PORT_RANGE)).isEqualTo(own);
    }

    @Test
    void namesTheNamespaceThatItCannotEnter() {
        assertThatThrownBy(() -> NetworkNamespace.enter(Path.of("/run/netns/absent")))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot enter network namespace /run/netns/absent: "
                        + "open: ENOENT (No such file or directory)");
        assertThatThrownBy(() -> NetworkNamespace.enter(Path.of("/proc/self/ns/uts")))
                .hasMessage("cannot enter network namespace /proc/self/ns/uts: setns: EINVAL (Invalid argument)");
    }

    @Test
    void throwsWhatTheWorkThrew() throws IOException {
        try (var other = NetworkNamespace.enter(OTHER)) {
            assertThatThrownBy(() -> other.call(() -> {
                        throw new IOException("no such key");
                    }))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("no such key");
            assertThatThrownBy(() -> other.call(() -> {
                        throw new IllegalStateException("unexpected");
                    }))
                    .isExactlyInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> other.call(() -> {
                        throw new TimeoutException();
                    }))
                    .isExactlyInstanceOf(IOException.class)
                    .hasCauseInstanceOf(TimeoutException.class);
            assertThat(other.call(() -> "still there")).isEqualTo("still there");
        }
    }

    @Test
    void takesNoWorkOnceClosed() throws IOException {
        var other = NetworkNamespace.enter(OTHER);
        other.close();
        assertThatThrownBy(other::cookie).isInstanceOf(RejectedExecutionException.class);
    }

    private static String read(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(channel);
        }
    }

    private static String read(FileChannel channel) throws IOException {
        var buffer = ByteBuffer.allocate(64);
        channel.read(buffer, 0);
        return US_ASCII.decode(buffer.flip()).toString();
    }

    private static void ip(String... arguments) throws Exception {
        var command = new ProcessBuilder("ip").inheritIO();
        command.command().addAll(java.util.List.of(arguments));
        assertThat(command.start().waitFor()).isZero();
    }
}
