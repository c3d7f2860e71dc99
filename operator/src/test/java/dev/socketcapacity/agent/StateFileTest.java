package dev.socketcapacity.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.socketcapacity.agent.CrashingFiles.Crash;
import dev.socketcapacity.agent.State.LastRun;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus.Proof;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.plan.Baseline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateFileTest {

    private static final State STATE = State.EMPTY
            .withFound(Map.of("fs.nr_open", new Found("boot-1", "1048576", List.of("1048576", "2000000"))))
            .withFound(Map.of("net.ipv4.ip_local_reserved_ports", new Found("boot-1/net:7", "", List.of(""))))
            .withWish(
                    new NodeSocketCapacitySpec(
                            "uid",
                            NodeSocketCapacitySpec.ENACT,
                            new Target(1_000L, 10L, 5L, List.of(), List.of("8080"), null),
                            "hash",
                            List.of(),
                            1,
                            null),
                    3)
            .withLoad(new State.Load(
                    "hash", "boot-1", new Baseline(1, 2, 3, 4, "32768 60999", List.of("1"), List.of("2-3"))))
            .withProof(new State.ProofOnDisk(
                    "boot-1",
                    17,
                    Proof.probed("hash", "2026-01-01T00:00:00Z", 1_000, 1_010L, false),
                    new LastRun("2026-01-01T01:00:00Z", LastRun.Outcome.SKIPPED, "memory has room for 7"),
                    "again"));

    @TempDir
    private Path folder;

    @Test
    void aNodeWithoutStateStartsEmpty() throws IOException {
        assertThat(new StateFile(folder.resolve("absent")).read()).isEqualTo(State.EMPTY);
    }

    @Test
    void everyPartOfTheStateComesBack() throws IOException {
        new StateFile(folder.resolve("new/folder")).write(STATE);
        assertThat(new StateFile(folder.resolve("new/folder")).read()).isEqualTo(STATE);
    }

    @Test
    void fileAndFolderAreFlushedAroundTheMove() throws IOException {
        var disk = new CrashingFiles();
        new StateFile(disk.path(folder)).write(State.EMPTY);
        assertThat(disk.steps())
                .containsExactly(
                        "open state.json.next",
                        "write state.json.next",
                        "flush state.json.next",
                        "move state.json.next to state.json [ATOMIC_MOVE, REPLACE_EXISTING]",
                        "flush " + folder.getFileName());
    }

    @Test
    void aCrashAtAnyStepLeavesTheOldStateOrTheNewOne() throws IOException {
        var steps = stepsOfAWrite();
        assertThat(steps).as("the state takes more than one write").isGreaterThan(5);
        var old = State.EMPTY.withFound(Map.of("fs.nr_open", new Found("boot-0", "1048576", List.of("1048576"))));
        for (int step = 0; step < steps; step++) {
            var place = folder.resolve("crash-" + step);
            new StateFile(place).write(old);
            var disk = new CrashingFiles();
            disk.crashAfter(step);
            assertThatThrownBy(() -> new StateFile(disk.path(place)).write(STATE))
                    .isInstanceOf(Crash.class);
            var isMoved = step == steps - 1;
            assertThat(new StateFile(place).read())
                    .as("crash after %s", disk.steps())
                    .isEqualTo(isMoved ? STATE : old);
            // And what the crash left behind is in nobody's way.
            new StateFile(place).write(STATE);
            assertThat(new StateFile(place).read()).isEqualTo(STATE);
        }
    }

    private int stepsOfAWrite() throws IOException {
        var disk = new CrashingFiles();
        new StateFile(disk.path(folder.resolve("whole"))).write(STATE);
        return disk.steps().size();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "null",
                "[]",
                "\"state\"",
                "{\"found\": 5}",
                "{\"found\": {\"fs.nr_open\": {\"original\": "
            })
    void aStateThatCantBeReadIsSetAsideAsItIsAndTheNextStartIsAnew(String text) throws IOException {
        Files.writeString(folder.resolve("state.json"), text);
        var journal = Journals.closed(new StateFile(folder));
        assertThatThrownBy(journal::open)
                .isInstanceOf(Journal.SetAsideException.class)
                .hasMessageContaining(folder.resolve("state.json") + " can't be read: ")
                .hasMessageContaining("a value that was raised before counts as found");
        assertThat(folder.resolve("state.json")).doesNotExist();
        var name = journal.lastSetAside().orElseThrow();
        assertThat(name).matches("state\\.json\\.broken-\\d{8}T\\d{6}\\.\\d{3}Z");
        assertThat(folder.resolve(name)).hasContent(text);

        assertThat(journal.open().state()).isEqualTo(State.EMPTY);
        journal.update(_ -> STATE);
        assertThat(journal.lastSetAside())
                .as("it is named for as long as it lies there")
                .contains(name);
        Files.delete(folder.resolve(name));
        assertThat(journal.lastSetAside()).isEmpty();
    }

    @Test
    void aJournalThatIsNotOpenKnowsOfNothingAndWritesNothingOver() throws IOException {
        new StateFile(folder).write(STATE);
        var journal = Journals.closed(new StateFile(folder));
        assertThat(journal.state()).isEqualTo(State.EMPTY);
        assertThatThrownBy(() -> journal.update(state -> state.withWish(null, 1)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(new StateFile(folder).read()).isEqualTo(STATE);
        assertThat(journal.open().state()).isEqualTo(STATE);
    }

    @Test
    void whoOnlyLooksLeavesAStateThatCantBeReadWhereItIs() throws IOException {
        Files.writeString(folder.resolve("state.json"), "{");
        var journal = Journals.closed(new StateFile(folder));
        assertThatThrownBy(journal::peek).hasMessageContaining("state.json can't be read");
        assertThat(folder.resolve("state.json")).hasContent("{");
    }

    @Test
    void settingAsideIsFlushedAndNeverTakesAnotherOnesPlace() throws IOException {
        var disk = new CrashingFiles();
        Files.writeString(folder.resolve("state.json"), "{");
        var file = new StateFile(disk.path(folder));
        var name = file.setAside();
        assertThat(disk.steps()).containsExactly("move state.json to " + name + " []", "flush " + folder.getFileName());
    }

    @Test
    void theLastThatWasSetAsideIsNamed() throws IOException {
        for (var time : List.of("20260101T000001Z", "20270101T000000Z", "20260101T000002Z")) {
            Files.createFile(folder.resolve("state.json.broken-" + time));
        }
        assertThat(new StateFile(folder).lastSetAside()).contains("state.json.broken-20270101T000000Z");
        assertThat(new StateFile(folder.resolve("absent")).lastSetAside()).isEmpty();
    }

    @Test
    void aJournalThatIsNotOpenedHoldsNoLock() throws IOException {
        var locks = new ArrayList<String>();
        Journal.Lock lock = () -> {
            locks.add("taken");
            return () -> locks.add("given back");
        };
        Files.writeString(folder.resolve("state.json"), "{");
        var journal = new Journal(new StateFile(folder), lock);
        assertThatThrownBy(journal::open).isInstanceOf(Journal.SetAsideException.class);
        assertThat(locks).containsExactly("taken", "given back");
        journal.open();
        journal.open();
        assertThat(locks).containsExactly("taken", "given back", "taken");
        journal.close();
        assertThat(locks).endsWith("given back").hasSize(4);
    }

    @Test
    void aFileOfNoBytesAtAllIsBrokenToo() throws IOException {
        Files.write(folder.resolve("state.json"), new byte[4_096]);
        assertThatThrownBy(() -> new StateFile(folder).read()).hasMessageContaining("can't be read");
    }

    @Test
    void fieldsOfANewerVersionArePassedOver() throws IOException {
        Files.writeString(folder.resolve("state.json"), """
                {"version": 9, "generation": 4, "found": {"fs.nr_open":
                {"namespace": "boot-1", "original": "1048576", "written": ["2000000"], "by": "someone"}}}
                """);
        assertThat(new StateFile(folder).read())
                .isEqualTo(new State(
                        java.util.Map.of("fs.nr_open", new Found("boot-1", "1048576", List.of("2000000"))),
                        4,
                        null,
                        null,
                        null,
                        null));
    }

    @Test
    void aProofOfAVersionThatProvedOnceCountsFromItsTime() throws IOException {
        Files.writeString(folder.resolve("state.json"), """
                {"proof": {"bootId": "boot-1", "startTime": 17, "proof":
                {"target": "hash", "time": "2026-01-01T00:00:00Z", "method": "Probe", "held": 5, "computed": 6}}}
                """);
        assertThat(new StateFile(folder).read().proof().lastRun())
                .isEqualTo(new LastRun("2026-01-01T00:00:00Z", LastRun.Outcome.HELD, null));
    }

    @Test
    void aFolderThatCantBeWrittenIsNamed() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounting needs root");
        run("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder.toString());
        try {
            assertThatThrownBy(() -> new StateFile(folder).write(STATE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("Read-only file system");
        } finally {
            run("umount", folder.toString());
        }
    }

    @Test
    void theJournalTellsNothingThatIsNotOnDisk() throws IOException {
        var disk = new CrashingFiles();
        var journal = Journals.opened(new StateFile(disk.path(folder)));
        disk.crashAfter(3);
        assertThatThrownBy(() -> journal.update(_ -> STATE)).isInstanceOf(Crash.class);
        assertThat(journal.state()).isEqualTo(State.EMPTY);
    }

    @Test
    void theJournalWritesNothingWhereNothingChanges() throws IOException {
        var disk = new CrashingFiles();
        var journal = Journals.opened(new StateFile(disk.path(folder)));
        journal.update(_ -> STATE);
        var steps = disk.steps();
        journal.update(state -> state.withWish(STATE.wish(), STATE.generation()));
        assertThat(disk.steps()).isEqualTo(steps);
    }

    private static void run(String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(output).isZero();
    }
}
