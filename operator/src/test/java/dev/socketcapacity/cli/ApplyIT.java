package dev.socketcapacity.cli;

import static dev.socketcapacity.cli.SockcapCommand.sockcap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.cli.SockcapCommand.Result;
import dev.socketcapacity.it.KernelLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The command line on the running kernel: what it writes, what it leaves alone, and what it puts back. Needs root.
class ApplyIT {

    private static final Path SOMAXCONN = Path.of("/proc/sys/net/core/somaxconn");
    private static final Path MAPS = Path.of("/proc/sys/vm/max_map_count");

    @TempDir
    private Path state;

    private KernelLock lock;
    private long somaxconn;
    private long maps;

    @BeforeEach
    void remember() throws IOException {
        lock = KernelLock.take();
        somaxconn = number(SOMAXCONN);
        maps = number(MAPS);
    }

    @AfterEach
    void putBack() throws IOException {
        try (var _ = lock) {
            Files.writeString(SOMAXCONN, Long.toString(somaxconn));
            Files.writeString(MAPS, Long.toString(maps));
        }
    }

    @Test
    void aPlanIsWhatApplyWritesAndRestorePutsBack() throws IOException {
        var wished =
                List.of("--set", "net.core.somaxconn=" + 2 * somaxconn, "--set", "vm.max_map_count=" + (maps + 1_000));

        var plan = run("plan", wished);
        assertThat(plan.status()).isEqualTo(1);
        assertThat(plan.out())
                .contains("- net.core.somaxconn = " + somaxconn + "\n+ net.core.somaxconn = " + 2 * somaxconn + "\n")
                .contains("- vm.max_map_count = " + maps + "\n+ vm.max_map_count = " + (maps + 1_000) + "\n");
        assertThat(number(SOMAXCONN)).isEqualTo(somaxconn);

        var applied = run("apply", wished, "--output", "json");
        assertThat(applied.status()).as("%s", applied).isZero();
        assertThat(applied.json().at("/holds").asBoolean()).isTrue();
        assertThat(applied.json().at("/settings").findValuesAsText("state")).containsOnly("Raised");
        assertThat(number(SOMAXCONN)).isEqualTo(2 * somaxconn);
        assertThat(number(MAPS)).isEqualTo(maps + 1_000);

        assertThat(run("plan", wished).status()).isZero();
        assertThat(run("plan", wished).out()).doesNotContain("\n+ ");

        var restored = run("restore", List.of());
        assertThat(restored.status()).as("%s", restored).isZero();
        assertThat(restored.out()).endsWith("What was found is back.\n");
        assertThat(number(SOMAXCONN)).isEqualTo(somaxconn);
        assertThat(number(MAPS)).isEqualTo(maps);
        assertThat(run("restore", List.of()).out()).isEqualTo("Nothing was to be put back.\n");
    }

    @Test
    void aSecondWishTakesTheFirstOnesPlaceAndTheOriginalIsNotForgotten() throws IOException {
        run("apply", List.of("--set", "net.core.somaxconn=" + 4 * somaxconn));
        run("apply", List.of("--set", "net.core.somaxconn=" + 2 * somaxconn));
        assertThat(number(SOMAXCONN)).isEqualTo(2 * somaxconn);

        run("restore", List.of());
        assertThat(number(SOMAXCONN)).isEqualTo(somaxconn);
    }

    @Test
    void whatIsEnoughIsNeverLowered() throws IOException {
        var applied = run("apply", List.of("--set", "net.core.somaxconn=" + somaxconn / 2), "--output", "json");

        assertThat(applied.status()).isZero();
        assertThat(applied.json().at("/settings/0/state").asText()).isEqualTo("Sufficient");
        assertThat(number(SOMAXCONN)).isEqualTo(somaxconn);
    }

    @Test
    void whatSomebodyElseHasWrittenSinceIsTheirs() throws IOException {
        run("apply", List.of("--set", "net.core.somaxconn=" + 2 * somaxconn));
        Files.writeString(SOMAXCONN, Long.toString(3 * somaxconn));

        var restored = run("restore", List.of(), "--output", "json");
        assertThat(restored.json().at("/settings/0/state").asText()).isEqualTo("LeftForeign");
        assertThat(number(SOMAXCONN)).isEqualTo(3 * somaxconn);
    }

    @Test
    void memoryThatTheMachineLacksIsRefusedAndNothingIsWritten() throws IOException {
        var applied = run("apply", List.of("--inbound", "16777216", "--threads", "4000000"), "--output", "json");

        assertThat(applied.status()).isEqualTo(1);
        assertThat(applied.json().at("/refusals").findValuesAsText("reason")).contains("NotEnoughMemory");
        assertThat(applied.json().at("/settings")).isEmpty();
        assertThat(number(SOMAXCONN)).isEqualTo(somaxconn);
    }

    @Test
    void nothingIsWrittenWhileAnAgentIsAtWork() throws Exception {
        var agent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.socketcapacity.agent.StateLockTest$Holder",
                        state.toString())
                .start();
        try {
            assertThat(agent.inputReader().readLine()).isEqualTo("taken");

            assertThat(run("apply", List.of("--set", "net.core.somaxconn=" + 2 * somaxconn))
                            .refusal(3))
                    .contains("The agent of node n1 (pid 1) is at work on this node");
            assertThat(run("restore", List.of()).refusal(3)).contains("The agent of node n1 (pid 1)");
            assertThat(run("plan", List.of("--set", "net.core.somaxconn=" + 2 * somaxconn))
                            .status())
                    .isEqualTo(1);
            assertThat(number(SOMAXCONN)).isEqualTo(somaxconn);
        } finally {
            agent.destroyForcibly().waitFor();
        }
    }

    @Test
    void whoIsNotRootMayPlanAndIsToldInOneLineThatHeMayNotApply() throws IOException {
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwxr-xr-x"));
        var asNobody = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        var wished = new String[] {"--set", "net.core.somaxconn=" + 2 * somaxconn, "--state", state.toString()};

        assertThat(by(asNobody, "plan", wished).status()).isEqualTo(1);
        assertThat(by(asNobody, "apply", wished).refusal(3)).contains("permission denied");
        assertThat(number(SOMAXCONN)).isEqualTo(somaxconn);
    }

    @Test
    void aStateThatCantBeReadIsToldInOneLineSetAsideByWhoWritesAndThenNoLongerInTheWay() throws IOException {
        var wished = List.of("--set", "net.core.somaxconn=" + 2 * somaxconn);
        for (var command : List.of("apply", "restore")) {
            Files.writeString(state.resolve("state.json"), "{");

            assertThat(run("plan", wished).refusal(3)).contains(state + "/state.json can't be read");
            assertThat(state.resolve("state.json")).exists();

            assertThat(run(command, command.equals("apply") ? wished : List.of())
                            .refusal(3))
                    .contains(state + "/state.json can't be read", "set aside as state.json.broken-");
            assertThat(state.resolve("state.json")).doesNotExist();
            assertThat(number(SOMAXCONN)).isEqualTo(somaxconn);
        }
        assertThat(run("apply", wished).status()).isZero();
        assertThat(number(SOMAXCONN)).isEqualTo(2 * somaxconn);
    }

    private Result run(String command, List<String> options, String... more) {
        var arguments = new ArrayList<>(List.of(command));
        arguments.addAll(options);
        arguments.addAll(List.of("--state", state.toString()));
        arguments.addAll(List.of(more));
        return sockcap(arguments.toArray(String[]::new));
    }

    private static Result by(List<String> whom, String command, String... options) {
        var arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of(options));
        return sockcap(whom, SockcapCommand.IMAGE.resolve("bin/sockcap").toString(), arguments.toArray(String[]::new));
    }

    private static long number(Path setting) throws IOException {
        return Long.parseLong(Files.readAllLines(setting).getFirst());
    }
}
