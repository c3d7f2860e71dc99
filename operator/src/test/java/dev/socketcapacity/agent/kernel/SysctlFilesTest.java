package dev.socketcapacity.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.kernel.SysctlFiles.Assignment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SysctlFilesTest {

    @TempDir
    private Path root;

    private void file(String name, String text) throws IOException {
        var file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void theLastAssignmentInTheOrderOfFileNamesWins() throws IOException {
        file("usr/lib/sysctl.d/90-late.conf", "fs.file-max = 2\n");
        file("etc/sysctl.d/10-early.conf", "fs.file-max = 1\nfs.nr_open=5\nfs.nr_open = 6\n");
        assertThat(SysctlFiles.read(root))
                .containsEntry("fs.file-max", new Assignment("/usr/lib/sysctl.d/90-late.conf", "2"))
                .containsEntry("fs.nr_open", new Assignment("/etc/sysctl.d/10-early.conf", "6"));
    }

    @Test
    void aFileHidesThoseOfItsNameInTheFoldersBehind() throws IOException {
        file("usr/lib/sysctl.d/50-a.conf", "fs.file-max = 1\nfs.nr_open = 1\n");
        file("run/sysctl.d/50-a.conf", "fs.file-max = 2\n");
        assertThat(SysctlFiles.read(root))
                .containsOnlyKeys("fs.file-max")
                .containsEntry("fs.file-max", new Assignment("/run/sysctl.d/50-a.conf", "2"));
    }

    @Test
    void sysctlConfComesLast() throws IOException {
        file("etc/sysctl.d/99-z.conf", "fs.file-max = 1\n");
        file("etc/sysctl.conf", "fs.file-max = 2\n");
        assertThat(SysctlFiles.read(root)).containsEntry("fs.file-max", new Assignment("/etc/sysctl.conf", "2"));
    }

    @Test
    void readsEverySpellingOfAKey() throws IOException {
        file("etc/sysctl.d/a.conf", """
                # a comment
                ; another
                -net.core.somaxconn = 4096
                net/ipv4/ip_local_port_range = 1024 65535
                net/ipv4/conf/eth0.100/forwarding=1
                no assignment
                """);
        file("etc/sysctl.d/README", "fs.file-max = 1\n");
        assertThat(SysctlFiles.read(root))
                .containsOnlyKeys(
                        "net.core.somaxconn", "net.ipv4.ip_local_port_range", "net.ipv4.conf.eth0.100.forwarding")
                .containsEntry("net.ipv4.ip_local_port_range", new Assignment("/etc/sysctl.d/a.conf", "1024 65535"));
    }

    @Test
    void aMachineWithoutSuchFilesAssignsNothing() throws IOException {
        Files.createDirectories(root.resolve("etc/sysctl.d"));
        Files.createSymbolicLink(root.resolve("etc/sysctl.d/50-masked.conf"), Path.of("/dev/null"));
        Files.createSymbolicLink(root.resolve("etc/sysctl.d/51-broken.conf"), Path.of("nowhere"));
        assertThat(SysctlFiles.read(root)).isEmpty();
    }
}
