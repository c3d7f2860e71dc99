package dev.socketcapacity.cli;

import static dev.socketcapacity.cli.SockcapCommand.sockcap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.kernel.Procfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `sockcap` says where it can't do what it is asked for: one line, the right exit code, and no stack trace.
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class DoctorBadInputIT {

    private static final int WRONG_USAGE = 2;
    private static final int COULD_NOT_LOOK = 3;

    /// PID_MAX_LIMIT of include/linux/threads.h: process numbers are less.
    private static final String NOBODYS_PID = "4194304";

    private static final String OWN_PID = Long.toString(ProcessHandle.current().pid());

    private static final Procfs PROC = new Procfs(Path.of("/proc"));

    @Test
    void aProcessThatDoesNotExistIsNotLookedAt() {
        assertThat(doctor(NOBODYS_PID).refusal(COULD_NOT_LOOK)).contains(NOBODYS_PID);
    }

    @Test
    void aThreadOfTheKernelIsNotLookedAt() throws IOException {
        assumeTrue(PROC.read("2/comm").equals("kthreadd\n"), "it can't be seen from a pid namespace of one's own");
        assertThat(doctor("2").refusal(COULD_NOT_LOOK)).contains("2", "kernel");
    }

    /// Between its end and its parent's asking for it a process can be seen, and has nothing any more.
    @Test
    void aProcessThatHasEndedIsNotLookedAt() throws IOException {
        var parent = new ProcessBuilder("sh", "-c", "true & exec sleep 100").start();
        try {
            await().until(() -> hasEnded(childOf(parent)));
            var child = childOf(parent);
            assertThat(doctor(child).refusal(COULD_NOT_LOOK)).contains(child);
        } finally {
            parent.destroyForcibly();
        }
    }

    private static String childOf(Process parent) {
        return parent.children()
                .map(child -> Long.toString(child.pid()))
                .findFirst()
                .orElse("");
    }

    private static boolean hasEnded(String pid) throws IOException {
        return !pid.isEmpty() && PROC.lines(pid + "/status").contains("State:\tZ (zombie)");
    }

    @Test
    void ofAnotherUsersProcessIsShownWhatAnybodyMaySeeAndTheRestIsListed() {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");
        // Where the other user may go, wherever this project is.
        var asAnotherUser = "mount --bind \"$1\" /mnt && shift"
                + " && exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"";
        var ran = sockcap(
                List.of("unshare", "--mount", "sh", "-c", asAnotherUser, "sh", SockcapCommand.IMAGE.toString()),
                "/mnt/bin/sockcap",
                "doctor",
                "--pid",
                OWN_PID,
                "--output",
                "json");
        assertThat(ran.err()).as("%s", ran).isEmpty();
        assertThat(ran.status()).as("%s", ran).isZero();
        var report = ran.json();
        assertThat(report.at("/subject/uid").longValue()).as("%s", ran).isZero();
        assertThat(report.at("/threads/running").longValue()).as("%s", ran).isPositive();
        assertThat(report.at("/unseen")).as("%s", ran).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "doctor --pid,                                --pid",
                "doctor --pid nginx,                          'nginx'",
                "doctor --pid 0,                              '0'",
                "doctor --pid -1,                             '-1'",
                "doctor --pid 1.5,                            '1.5'",
                "doctor --pid 0x10,                           '0x10'",
                "doctor --pid 4194305,                        '4194305'",
                "doctor --pid 99999999999999999999,           '99999999999999999999'",
                "doctor --output yaml,                        'yaml'",
                "doctor --proc-root /nowhere,                 '/nowhere'",
                "doctor --frobnicate,                         '--frobnicate'",
                "doctor 812,                                  '812'",
                "dcotor,                                      'dcotor'",
                "explain,                                     --inbound",
                "explain --inbound 0,                         '0'",
                "explain --inbound -5,                        '-5'",
                "explain --inbound 1e6,                       '1e6'",
                "explain --inbound 16777217,                  '16777217'",
                "explain --outbound many,                     'many'",
                "explain --outbound 16777217,                 '16777217'",
                "explain --threads 4194305,                   '4194305'",
                "explain --set kernel.panic=1,                'kernel.panic'",
                "explain --set ../../etc/passwd=1,            '../../etc/passwd'",
                "explain --set fs.file-max,                   fs.file-max",
                "explain --set fs.file-max=much,              'much'",
                "explain --set fs.file-max=-1,                '-1'",
                "explain --set net.ipv4.ip_local_port_range=60000-2000, '60000-2000'",
                "explain --inbound 9 --reserve 9000-8000,     '9000-8000'",
                "explain --inbound 9 --reserve http,          'http'",
                "explain --inbound 9 --keep-ports 70000,      '70000'",
                "explain --inbound 9 --output yaml,           'yaml'",
                "explain --inbound 9 --proc-root /nowhere,    '/nowhere'",
                "plan --threads none,                         'none'",
                "apply --inbound none,                        'none'",
                "apply,                                       --inbound",
                "restore --frobnicate,                        '--frobnicate'",
            })
    void nonsenseIsRefusedWithTheWordThatIsWrong(String arguments, String word) {
        assertThat(sockcap(arguments.split(" ")).refusal(WRONG_USAGE)).contains(word);
    }

    @Test
    void aStateThatIsNoFolderIsRefused(@TempDir Path folder) throws IOException {
        var file = Files.createFile(folder.resolve("state")).toString();
        assertThat(sockcap("plan", "--inbound", "9", "--state", file).refusal(COULD_NOT_LOOK))
                .contains(file);
    }

    private static SockcapCommand.Result doctor(String pid) {
        return sockcap("doctor", "--pid", pid);
    }
}
