package dev.socketcapacity.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.it.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./mvnw` on machines with other Java than this one's: the folders where JDKs are installed are hidden from it.
class WrapperTest {

    private static final Path WRAPPER = Path.of("../mvnw").toAbsolutePath().normalize();

    /// Keeps this process's own JDK in sight, as folder $1, and hides all that are installed; then runs the rest.
    private static final String ON_ANOTHER_MACHINE = """
            mount --bind "$1" "$2" && shift 2 || exit 99
            for jdks in /usr/lib/jvm /opt/java /opt/jdk*; do
              [ ! -d "$jdks" ] || mount -t tmpfs none "$jdks" || exit 99
            done
            exec "$@"
            """;

    private static final Pattern JAVA_VERSION = Pattern.compile("Java version: (\\d+)");

    @TempDir
    private Path home;

    @Test
    void aMachineWithoutJavaIsToldWhatIsNeededInOneLine() {
        assertThat(mvnw("/usr/bin:/bin").fails()).isEqualTo(WHAT_IS_NEEDED);
    }

    @Test
    void anOlderJdkIsNotEnoughWhereverItIs() throws IOException {
        var older = jdk(".jdks/older", "17.0.12");
        jdk(".sdkman/candidates/java/older", "24");
        assertThat(mvnw(older.resolve("bin") + ":/usr/bin:/bin", "JAVA_HOME=" + older)
                        .fails())
                .isEqualTo(WHAT_IS_NEEDED);
    }

    @Test
    void aRuntimeWithoutCompilerIsNotEnough() throws IOException {
        var runtime = jdk(".jdks/runtime", "25.0.1");
        Files.delete(runtime.resolve("bin/javac"));
        assertThat(mvnw(runtime.resolve("bin") + ":/usr/bin:/bin").fails()).isEqualTo(WHAT_IS_NEEDED);
    }

    @Test
    void aJdkThatIsNewEnoughIsFoundBesideAnOlderDefault() throws IOException {
        var older = jdk(".jdks/older", "17.0.12");
        Files.createSymbolicLink(home.resolve(".jdks/newer"), own());
        var said = mvnw(older.resolve("bin") + ":/usr/bin:/bin", "JAVA_HOME=" + older)
                .succeeds();
        assertThat(JAVA_VERSION.matcher(said).results().map(found -> Integer.parseInt(found.group(1))))
                .as(said)
                .singleElement()
                .satisfies(release -> assertThat(release).isGreaterThanOrEqualTo(25));
    }

    @Test
    void itStartsByItsBareNameToo() {
        var said = run(List.of("env", "--chdir=" + WRAPPER.getParent(), "sh", "mvnw", "--version"), "/usr/bin:/bin");
        assertThat(said.fails()).isEqualTo(WHAT_IS_NEEDED);
    }

    private static final String WHAT_IS_NEEDED =
            "This build needs a JDK 25 or later (javac included): install one, or point JAVA_HOME to it.\n";

    private Command.Result mvnw(String path, String... environment) {
        return run(List.of(WRAPPER.toString(), "--version"), path, environment);
    }

    private Command.Result run(List<String> last, String path, String... environment) {
        var command = new ArrayList<>(List.of("unshare", "--map-root-user", "--mount", "sh", "-c", ON_ANOTHER_MACHINE));
        command.addAll(List.of("sh", System.getProperty("java.home"), own().toString()));
        command.addAll(List.of("env", "-i", "PATH=" + path, "HOME=" + home));
        // Maven itself is there already, which this test runs under.
        command.add("MAVEN_USER_HOME=" + Path.of(System.getProperty("user.home"), ".m2"));
        command.addAll(List.of(environment));
        command.addAll(last);
        return Command.run(command.toArray(String[]::new));
    }

    /// Where this process's own JDK is in sight, for whoever is told.
    private Path own() {
        try {
            return Files.createDirectories(home.resolve("own"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A JDK by its looks.
    private Path jdk(String folder, String version) throws IOException {
        var jdk = Files.createDirectories(home.resolve(folder));
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"%s\"\n".formatted(version));
        Files.createDirectory(jdk.resolve("bin"));
        for (var program : List.of("java", "javac")) {
            var file = Files.writeString(jdk.resolve("bin").resolve(program), "#!/bin/sh\nexit 17\n");
            assertThat(file.toFile().setExecutable(true)).isTrue();
        }
        return jdk;
    }
}
