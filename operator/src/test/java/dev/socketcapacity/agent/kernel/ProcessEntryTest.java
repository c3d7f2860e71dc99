package dev.socketcapacity.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessEntryTest {

    private static final String ID = "0123456789ab".repeat(5) + "cdef";

    @TempDir
    private Path proc;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0::/kubepods.slice/kubepods-pod7.slice/cri-containerd-%s.scope\n",
                "0::/system.slice/docker-%s.scope\n",
                "11:pids:/kubepods/burstable/pod7/%s\n1:name=systemd:/kubepods/burstable/pod7/%<s\n",
            })
    void aContainerIsKnownByTheIdInItsCgroup(String cgroup) throws IOException {
        assertThat(withCgroup(cgroup.formatted(ID)).container()).contains("0123456789ab");
    }

    @Test
    void ofContainersInContainersTheInnermostIsNamed() throws IOException {
        var outer = "f".repeat(64);
        assertThat(withCgroup("0::/docker/%s/kubepods/pod7/%s\n".formatted(outer, ID))
                        .container())
                .contains("0123456789ab");
    }

    @Test
    void aProcessOfTheHostIsInNoContainer() throws IOException {
        assertThat(withCgroup("0::/user.slice/user-0.slice/session-3.scope\n").container())
                .isEmpty();
    }

    private ProcessEntry withCgroup(String text) throws IOException {
        Files.createDirectories(proc.resolve("4711"));
        Files.writeString(proc.resolve("4711/cgroup"), text);
        return new ProcessEntry(new Procfs(proc), 4711);
    }
}
