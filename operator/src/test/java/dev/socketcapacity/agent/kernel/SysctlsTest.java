package dev.socketcapacity.agent.kernel;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// On the real kernel, in a network namespace of its own: what is written there changes nothing on this machine.
class SysctlsTest {

    private static final String NAME =
            "sockcap-sysctls-" + ProcessHandle.current().pid();
    private static final Procfs PROC = new Procfs(Path.of("/proc"));
    private static final String SOMAXCONN = "net.core.somaxconn";
    private static final String PORT_RANGE = "net.ipv4.ip_local_port_range";
    private static final String RESERVED_PORTS = "net.ipv4.ip_local_reserved_ports";
    private static final String OF_A_LINK = "net.ipv4.conf.late0.arp_ignore";

    private NetworkNamespace network;
    private Sysctls sysctls;
    private Shell shell;

    @BeforeAll
    static void needsRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
    }

    @BeforeEach
    void start() throws Exception {
        command("ip", "netns", "add", NAME);
        network = NetworkNamespace.enter(Path.of("/run/netns", NAME));
        sysctls = new Sysctls(PROC, network);
        shell = new Shell("ip", "netns", "exec", NAME);
    }

    @AfterEach
    void end() throws Exception {
        shell.close();
        network.close();
        command("ip", "netns", "delete", NAME);
    }

    @Test
    void aValueIsWrittenAndReadAgainAndAgain() throws IOException {
        for (int i = 1_000; i < 1_010; i++) {
            assertThat(sysctls.write(SOMAXCONN, Integer.toString(i)))
                    .isEqualTo(new Sysctls.Written(Optional.of(Integer.toString(i)), Optional.empty()));
            shell.write(SOMAXCONN, i + 1);
            assertThat(sysctls.read(SOMAXCONN)).contains(Integer.toString(i + 1));
        }
    }

    @Test
    void whatIsOpenNeedsTheNamespacesThreadNoMore() throws IOException {
        sysctls.write(SOMAXCONN, "1000");
        network.close();
        assertThat(sysctls.write(SOMAXCONN, "1001").holds()).contains("1001");
        assertThat(shell.run("cat /proc/sys/net/core/somaxconn")).isEqualTo("1001");
    }

    @Test
    void aSettingThatComesLaterIsFoundAndSoIsOneThatComesAnew() throws IOException {
        assertThat(sysctls.read(OF_A_LINK)).isEmpty();
        for (int i = 0; i < 3; i++) {
            assertThat(shell.run("ip link add late0 type veth peer name late1")).isEmpty();
            assertThat(sysctls.read(OF_A_LINK)).contains("0");
            assertThat(sysctls.write(OF_A_LINK, "1").holds()).contains("1");
            assertThat(shell.run("ip link delete late0")).isEmpty();
        }
        assertThat(sysctls.read(OF_A_LINK)).isEmpty();
        assertThat(sysctls.write(OF_A_LINK, "1"))
                .isEqualTo(new Sysctls.Written(Optional.empty(), Optional.of(Refusal.Cause.ABSENT)));
    }

    @Test
    void aRefusedValueIsReadBackToo() throws IOException {
        shell.write(PORT_RANGE, "20000 30000");
        var written = sysctls.write(PORT_RANGE, "60000 20000");
        assertThat(written.refusal()).contains(Refusal.Cause.INVALID);
        assertThat(written.holds()).contains("20000\t30000");
    }

    @Test
    void aRefusalSaysWhy() throws Exception {
        assertThat(sysctls.write("net.core.no_such_setting", "1").refusal()).contains(Refusal.Cause.ABSENT);
        assertThat(sysctls.write("kernel.ostype", "1").refusal()).contains(Refusal.Cause.NOT_PERMITTED);
        assertThat(sysctls.write("kernel.cap_last_cap", "1").refusal()).contains(Refusal.Cause.NOT_PERMITTED);
    }

    /// Java closes a file under a thread that is interrupted.
    @Test
    void aReaderThatIsInterruptedLeavesTheSettingReadable() throws IOException {
        sysctls.write(SOMAXCONN, "1000");
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> sysctls.read(SOMAXCONN)).isInstanceOf(IOException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(sysctls.read(SOMAXCONN)).contains("1000");
    }

    @Test
    void aListBeyondOneWriteIsCutShortAndALongOneIsReadWhole() throws IOException {
        var ports = ports(3_000);
        var written = sysctls.write(RESERVED_PORTS, ports);
        assertThat(written.refusal())
                .hasValueSatisfying(refusal -> assertThat(refusal)
                        .isInstanceOfSatisfying(Refusal.CutShort.class, cut -> {
                            assertThat(cut.taken()).isLessThan(4_096);
                            assertThat(cut.length()).isEqualTo(ports.length());
                        }));
        var fitting = ports(800);
        assertThat(sysctls.write(RESERVED_PORTS, fitting).refusal()).isEmpty();
        assertThat(sysctls.read(RESERVED_PORTS)).contains(fitting);
    }

    private static String ports(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Integer.toString(2 * i + 1))
                .collect(joining(","));
    }

    private static void command(String... words) throws Exception {
        assertThat(new ProcessBuilder(words).inheritIO().start().waitFor())
                .as(() -> String.join(" ", words))
                .isZero();
    }
}
