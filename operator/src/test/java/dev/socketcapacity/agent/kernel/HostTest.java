package dev.socketcapacity.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// On the real kernel: nobody else's numbers are known, but this process's are among them.
class HostTest {

    private final Host host = new Host(new Procfs(Path.of("/proc")));

    @Test
    void countsTheEpollWatchesOfTheUserWhoHasMost() throws IOException {
        try (var selector = Selector.open()) {
            for (int i = 0; i < 60; i++) {
                var source = Pipe.open().source();
                source.configureBlocking(false);
                source.register(selector, SelectionKey.OP_READ);
            }
            selector.selectNow();
            assertThat(host.mostWatches().getAsLong()).isGreaterThanOrEqualTo(60);
            for (var key : selector.keys()) {
                key.channel().close();
            }
        }
    }

    @Test
    void noProcessHasLessThanThisOne() throws IOException {
        assertThat(host.highestDescriptorLimit().getAsLong()).isGreaterThanOrEqualTo(Libc.descriptorLimit());
        assertThat(host.mostMaps().getAsLong()).isGreaterThan(100);
        assertThat(host.tasks()).isGreaterThan(1);
    }

    @Test
    void whatIsFreeIsAPartOfTheMemory() throws IOException {
        var memory = host.memory();
        assertThat(memory.free()).isPositive().isLessThan(memory.total());
        assertThat(memory.total()).as("bytes").isGreaterThan(1L << 28);
    }
}
