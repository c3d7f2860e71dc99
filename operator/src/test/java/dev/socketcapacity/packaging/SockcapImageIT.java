package dev.socketcapacity.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.socketcapacity.cli.Sockcap;
import dev.socketcapacity.it.Command;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `sockcap` as the build leaves it, copied to another place and started by a link from there, with nothing in its
/// environment.
class SockcapImageIT {

    private static final Path BUILT = Path.of("target/sockcap").toAbsolutePath();
    private static final long MAX_BYTES = 100_000_000;

    @TempDir
    private static Path elsewhere;

    private static Path copy;
    private static Path link;

    @BeforeAll
    static void copyIt() throws IOException {
        copy = elsewhere.resolve("another place");
        Command.run("cp", "-a", BUILT.toString(), copy.toString()).succeeds();
        link = Files.createSymbolicLink(elsewhere.resolve("sockcap"), Path.of("another place/bin/sockcap"));
    }

    private static Command.Result sockcap(List<String> environment, String... arguments) {
        var command = new ArrayList<>(List.of("env", "-i", "--chdir=/usr"));
        command.addAll(environment);
        command.add(link.toString());
        command.addAll(List.of(arguments));
        return Command.run(command.toArray(String[]::new));
    }

    @Test
    void itIsSmall() throws IOException {
        try (var files = Files.walk(BUILT)) {
            assertThat(files.filter(Files::isRegularFile)
                            .mapToLong(file -> file.toFile().length())
                            .sum())
                    .isLessThan(MAX_BYTES);
        }
    }

    @Test
    void itNeedsNothingOfTheCallers() {
        assertThat(sockcap(List.of(), "--version").succeeds()).matches("sockcap [0-9][^ ]*\n");
        assertThat(sockcap(List.of("PATH=/nonexistent"), "--version").succeeds())
                .startsWith("sockcap ");
    }

    @ParameterizedTest
    @CsvSource({"JAVA_HOME", "CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"})
    void whatIsSetForAnotherJavaIsNotForIt(String variable) {
        assertThat(sockcap(List.of(variable + "=-Xnonsense"), "--version").succeeds())
                .matches("sockcap [0-9][^ ]*\n");
    }

    @Test
    void wrongUsageIsToldInOneLineAndExits2() {
        var ran = sockcap(List.of(), "--frobnicate");

        assertThat(ran.status()).isEqualTo(2);
        assertThat(ran.output()).isEqualTo("sockcap: Unknown option: '--frobnicate' (try 'sockcap --help')\n");
    }

    /// None of its classes, nor of its libraries', is read from a jar.
    @Test
    void itStartsFromClassesLoadedBeforehandWhereverItIs() {
        assertThat(loadedClasses())
                .anyMatch(line -> line.contains(Sockcap.class.getName() + " source: shared"))
                .anyMatch(line -> line.contains("picocli.CommandLine source: shared"))
                .noneMatch(line -> line.contains("source: file:"));
    }

    private static List<String> loadedClasses() {
        return sockcap(List.of("SOCKCAP_JAVA_OPTIONS=-Xlog:class+load"), "--help")
                .succeeds()
                .lines()
                .toList();
    }

    @Test
    void itRunsAsWellWhereThoseAreLost() throws IOException {
        var cache = copy.resolve("lib/sockcap/sockcap.aot");
        var bytes = Files.readAllBytes(cache);
        Files.delete(cache);
        try {
            assertThat(sockcap(List.of(), "--version").succeeds()).matches("sockcap [0-9][^ ]*\n");
            Files.write(cache, new byte[bytes.length]);
            assertThat(sockcap(List.of(), "--version").succeeds()).matches("sockcap [0-9][^ ]*\n");
            assertThat(loadedClasses()).anyMatch(line -> line.contains("source: file:"));
        } finally {
            Files.write(cache, bytes);
        }
    }

    /// A class that is missing would show only in the one run that needs it.
    @Test
    void itBringsEveryClassThatItCanReach() throws Exception {
        var reached = new ClassFileImporter()
                .importPath(Path.of("target/classes")).get(Sockcap.class).getTransitiveDependenciesFromSelf().stream()
                        .map(Dependency::getTargetClass)
                        .map(JavaClass::getBaseComponentType)
                        .filter(type -> !type.isPrimitive() && !type.isAnnotation())
                        .map(JavaClass::getName)
                        .distinct()
                        .toList();
        var modules = Files.readString(copy.resolve("lib/sockcap/java/release"));

        assertThat(reached).contains("picocli.CommandLine", "dev.socketcapacity.cli.CompletionCommand");
        try (var loader = new URLClassLoader(jars(), ClassLoader.getPlatformClassLoader())) {
            for (var name : reached) {
                var module = Class.forName(name, false, loader).getModule();
                assertThat(!module.isNamed() || modules.matches("(?s).*[\" ]" + module.getName() + "[\" ].*"))
                        .as("%s of %s is in %s", name, module, modules)
                        .isTrue();
            }
        }
    }

    private static URL[] jars() throws IOException {
        try (var files = Files.list(copy.resolve("lib/sockcap"))) {
            var urls = new ArrayList<URL>();
            for (var file :
                    files.filter(file -> file.toString().endsWith(".jar")).toList()) {
                urls.add(file.toUri().toURL());
            }
            return urls.toArray(URL[]::new);
        }
    }

    @Test
    void itIsTheSameToTheByteButForTheCacheWhoeverMakesIt() throws IOException {
        var madeFor =
                Files.readString(BUILT.resolveSibling("sockcap.made")).strip().split(" ");
        var again = elsewhere.resolve("made again");
        Command.run(
                        "env",
                        "-i",
                        "PATH=" + System.getenv("PATH"),
                        "LC_ALL=C",
                        "TZ=Asia/Tokyo",
                        "sh",
                        "-c",
                        "umask 022; cd /usr; exec \"$0\" \"$@\"",
                        Path.of("src/image/make-sockcap").toAbsolutePath().toString(),
                        madeFor[0],
                        madeFor[1],
                        madeFor[2],
                        again.toString())
                .succeeds();
        assertThat(Command.run("diff", "-r", "--exclude=sockcap.aot", BUILT.toString(), again.toString())
                        .succeeds())
                .isEmpty();
    }

    /// What is typed, with a tabulator after each word that the shell completes. Twice it then runs what tells the
    /// version; a word that were not completed would be refused.
    private static final String TYPED = """
            sockcap --ver\t
            sockcap compl\tz\t--vers\t
            exit
            """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            bash --norc -i | source <(sockcap completion bash)
            bash --norc -i | source '%s/share/bash-completion/completions/sockcap'
            zsh -f -i      | source <(sockcap completion zsh)
            zsh -f -i      | autoload -U compinit; compinit -D; source <(sockcap completion zsh)
            zsh -f -i      | fpath=('%s/share/zsh/site-functions' $fpath); autoload -U compinit; compinit -D
            """)
    void aShellCompletesItsWords(String shell, String setup) throws IOException {
        var program = shell.split(" ")[0];
        assumeTrue(isInstalled(program), program + " is not installed");
        var keys = Files.writeString(elsewhere.resolve("keys"), setup.formatted(copy) + "\n" + TYPED);
        var terminal = Command.run(
                "env",
                "-i",
                "TERM=dumb",
                "PATH=%s:/usr/bin:/bin".formatted(elsewhere),
                "sh",
                "-c",
                "exec script -qec \"$0\" /dev/null <\"$1\"",
                shell,
                keys.toString());

        assertThat(terminal.succeeds()).doesNotContain("not found", "rror");
        assertThat(terminal.output().lines().map(String::strip).filter(line -> line.matches("sockcap [0-9][^ ]*")))
                .as(terminal.output())
                .hasSize(2);
    }

    private static boolean isInstalled(String program) {
        return Stream.of("/usr/bin", "/bin").anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
