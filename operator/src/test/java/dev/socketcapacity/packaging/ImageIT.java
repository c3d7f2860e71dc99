package dev.socketcapacity.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.socketcapacity.agent.probe.ChildProbe;
import dev.socketcapacity.it.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// The container image as the build leaves it. Needs no container engine: a layer is an archive, and the kernel is
/// here.
@DisabledIfSystemProperty(named = "skipImage", matches = "true", disabledReason = "no image is built")
class ImageIT {

    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final long MAX_COMPRESSED_BYTES = 80_000_000;

    /// Mounts what any container has, makes the rest read-only as the chart does, and runs the rest in it.
    private static final String IN_A_CONTAINER = """
            mount --bind "$1" "$1" && mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" &&
              mount -o remount,bind,ro "$1" || exit 99
            shift && exec "$@"
            """;

    @TempDir
    private static Path unpacked;

    private static JsonNode image;
    private static JsonNode config;

    @BeforeAll
    static void unpack() throws IOException {
        Command.run("tar", "-xf", TARGET + "/socket-capacity-image.tar", "-C", unpacked.toString())
                .succeeds();
        var images = json("manifest.json");
        assertThat(images).hasSize(1);
        image = images.get(0);
        config = json(image.get("Config").textValue());
        Files.createDirectories(root().resolve("proc"));
        Files.createDirectories(root().resolve("dev"));
        for (var layer : layers()) {
            Command.run("tar", "-xzf", layer.toString(), "-C", root().toString(), "--warning=no-unknown-keyword")
                    .succeeds();
        }
    }

    @Test
    void itIsSmall() throws IOException {
        long size = 0;
        for (var layer : layers()) {
            size += Files.size(layer);
        }
        assertThat(size).isLessThan(MAX_COMPRESSED_BYTES);
    }

    @Test
    void itRunsAsNobodyInParticular() {
        assertThat(texts(image.get("RepoTags"))).singleElement().asString().matches("socket-capacity:[0-9].*");
        assertThat(config.get("os").textValue()).isEqualTo("linux");
        assertThat(config.at("/config/User").textValue()).isEqualTo("65532:65532");
        assertThat(texts(config.at("/config/Entrypoint")))
                .containsExactly("java", "-cp", "@/app/jib-classpath-file", "dev.socketcapacity.cli.Main");
    }

    @Test
    void nothingInItStartsButJava() throws IOException {
        try (var files = Files.walk(root())) {
            assertThat(files.filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                            .map(file -> root().relativize(file).toString()))
                    .allMatch(file -> file.matches("opt/java/bin/.*|opt/java/lib/jspawnhelper|.*/ld-linux[^/]*"))
                    .anyMatch("opt/java/bin/java"::equals)
                    .noneMatch(file -> file.matches(".*/(ba|da|)sh|.*/busybox"));
        }
        assertThat(Command.run("find", root().toString(), "-perm", "/6000").succeeds())
                .isEmpty();
    }

    @Test
    void nothingInItTellsWhenItWasBuilt() {
        var created = config.get("created").textValue();
        assertThat(Command.run("find", unpacked.toString(), "-type", "f", "-newermt", created)
                        .succeeds())
                .isEmpty();
        assertThat(StreamSupport.stream(config.get("history").spliterator(), false))
                .allMatch(layer -> layer.get("created").textValue().equals(created));
    }

    /// With nothing of this machine but its kernel, on a root file system that is read-only, as the image's own user.
    @Test
    void itStarts() {
        assertThat(inContainer(List.of(), "--version").succeeds()).matches("socket-capacity [0-9][^ ]*\n");
        assertThat(inContainer(List.of(), "agent").fails()).contains("Missing required options", "--node");
    }

    @Test
    void itHasTheCommandLineForTheNodesTooUnderAShortName() {
        assertThat(inRoot("java", "@sockcap", "--version").succeeds()).matches("sockcap [0-9][^ ]*\n");
    }

    /// The classes that the image brings loaded are of use with each heap that the chart gives: `on` ends Java where
    /// they are not. None of them is read from a jar.
    @Test
    void itStartsFromClassesLoadedBeforehand() {
        for (var heap : List.of("-Xmx32m", "-Xmx64m", "-Xmx2g")) {
            assertThat(inContainer(List.of("-Xshare:on", "-Xlog:class+load", heap), "--version")
                            .succeeds())
                    .contains("dev.socketcapacity.cli.AgentCommand source: shared")
                    .doesNotContain("source: file:");
        }
    }

    @Test
    void itsCommandLineTooStartsFromThem() {
        assertThat(inRoot("java", "-Xshare:on", "@sockcap", "--version").succeeds())
                .startsWith("sockcap ");
    }

    /// As the agent starts it: to load and link its classes would take from others what the probe leaves them.
    @Test
    void theProbesOwnProcessTooStartsFromThem() {
        var input = unpacked.resolve("input"); // which does not end: there is a parent
        Command.run("mkfifo", input.toString()).succeeds();
        var java = ChildProbe.javaCommand();
        var command = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" 0<>" + input, "sh"));
        command.addAll(commandInRoot("java", "-Xshare:on", "-Xlog:class+load"));
        command.addAll(java.subList(1, java.indexOf("-cp")));
        command.addAll(List.of("-cp", "@/app/jib-classpath-file", "dev.socketcapacity.agent.probe.ProbeChild"));
        command.addAll(List.of("2", "1", "PT0S", "PT5S", "2000", "0", "loopback"));
        assertThat(Command.run(command.toArray(String[]::new)).succeeds())
                .contains("\nheld ")
                .contains("dev.socketcapacity.agent.probe.Opening source: shared")
                .doesNotContain("source: file:");
    }

    @Test
    void theRootIsTheSameToTheByteWhoeverMakesIt(@TempDir Path elsewhere) throws IOException {
        var again = elsewhere.resolve("another place");
        madeElsewhere("make-root", "image-root.made", 2, again);
        madeElsewhere("make-archive", "image-root.archive.made", 3, again);
        assertThat(Command.run("diff", "-r", TARGET.resolve("image-root").toString(), again.toString())
                        .succeeds())
                .isEmpty();
    }

    private static void madeElsewhere(String script, String madeFor, int arguments, Path folder) throws IOException {
        var command = new ArrayList<>(List.of(
                "env",
                "-i",
                "PATH=" + System.getenv("PATH"),
                "LC_ALL=C",
                "TZ=Asia/Tokyo",
                "sh",
                "-c",
                "umask 077; cd /usr; exec \"$0\" \"$@\"",
                Path.of("src/image", script).toAbsolutePath().toString()));
        command.addAll(List.of(Files.readString(TARGET.resolve(madeFor)).strip().split(" ", arguments)));
        command.add(folder.toString());
        Command.run(command.toArray(String[]::new)).succeeds();
    }

    /// As the container is started, with further options of Java's.
    private static Command.Result inContainer(List<String> javaOptions, String... arguments) {
        var entrypoint = texts(config.at("/config/Entrypoint"));
        var command = new ArrayList<>(List.of(entrypoint.getFirst()));
        command.addAll(javaOptions);
        command.addAll(entrypoint.subList(1, entrypoint.size()));
        command.addAll(List.of(arguments));
        return inRoot(command.toArray(String[]::new));
    }

    private static Command.Result inRoot(String... program) {
        return Command.run(commandInRoot(program).toArray(String[]::new));
    }

    private static List<String> commandInRoot(String... program) {
        var command = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", IN_A_CONTAINER, "sh"));
        command.addAll(List.of(root().toString(), "env", "-i"));
        command.addAll(texts(config.at("/config/Env")));
        var user = config.at("/config/User").textValue();
        command.addAll(List.of("/usr/sbin/chroot", "--userspec=" + user, root().toString()));
        command.addAll(List.of(program));
        return command;
    }

    private static Path root() {
        return unpacked.resolve("root");
    }

    private static List<Path> layers() {
        return texts(image.get("Layers")).stream().map(unpacked::resolve).toList();
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::textValue)
                .toList();
    }

    private static JsonNode json(String file) throws IOException {
        return new ObjectMapper().readTree(unpacked.resolve(file).toFile());
    }
}
