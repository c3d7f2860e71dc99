package dev.socketcapacity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;

/// What holds for every command of `sockcap`: words, exit codes, and errors in one line.
class SockcapTest {

    private static final PlainErrors ERRORS = new PlainErrors(false);

    private static Ran run(String arguments) {
        return Ran.of(Sockcap::commandLine, ERRORS::execute, arguments);
    }

    @Test
    void helpTellsTheExitCodesAndHowToTraceAFault() {
        var ran = run("--help");

        assertThat(ran.exit()).isEqualTo(Sockcap.HOLDS);
        assertThat(ran.out())
                .contains("Usage: sockcap", "completion", "Exit codes:", "SOCKCAP_TRACE=1")
                .containsPattern("3 +could not look");
        assertThat(ran.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "completion --version"})
    void tellsItsVersionUnderItsOwnName(String arguments) {
        var ran = run(arguments);

        assertThat(ran.exit()).isEqualTo(Sockcap.HOLDS);
        assertThat(ran.out()).startsWith("sockcap ").hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
            "",                        Missing required subcommand,      sockcap
            --frobnicate,              Unknown option: '--frobnicate',   sockcap
            completion zsh --frobnicate, Unknown option: '--frobnicate',   sockcap completion
            completion,                '<shell>',                        sockcap completion
            completion fish,           'fish',                           sockcap completion
            janitor,                   'janitor',                        sockcap
            """)
    void wrongUsageIsToldInOneLineWithWhereToRead(String arguments, String said, String command) {
        var ran = run(arguments);

        assertThat(ran.exit()).isEqualTo(Sockcap.WRONG_USAGE);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err().lines()).hasSize(1);
        assertThat(ran.err()).startsWith("sockcap: ").contains(said).contains("(try '%s --help')".formatted(command));
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new IOException("the table\nis torn"), "the table is torn"),
                Arguments.of(new IOException(), "java.io.IOException"),
                Arguments.of(new UncheckedIOException(new IOException("gone")), "gone"),
                Arguments.of(new NoSuchFileException("/proc/7/fd"), "/proc/7/fd: no such file"),
                Arguments.of(new AccessDeniedException("/proc/7/fd"), "/proc/7/fd: permission denied"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void whatCouldNotBeReadIsToldInOneLine(Exception failure, String said) {
        var ran = runFailing(failure, ERRORS);

        assertThat(ran.exit()).isEqualTo(Sockcap.COULD_NOT_LOOK);
        assertThat(ran.err()).isEqualTo("sockcap: " + said + System.lineSeparator());
    }

    static Stream<Throwable> faults() {
        return Stream.of(new IllegalStateException("7 is\nnot 8"), new AssertionError("7 is\nnot 8"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultOfItsOwnIsToldInOneLineWithHowToTraceIt(Throwable fault) {
        var ran = runFailing(fault, ERRORS);

        assertThat(ran.exit()).isEqualTo(Sockcap.COULD_NOT_LOOK);
        assertThat(ran.err())
                .startsWith("sockcap: internal error: " + fault.getClass().getName())
                .contains("7 is not 8", "(SOCKCAP_TRACE=1 shows where)")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultIsTracedWhereThatIsAskedFor(Throwable fault) {
        var ran = runFailing(fault, new PlainErrors(true));

        assertThat(ran.exit()).isEqualTo(Sockcap.COULD_NOT_LOOK);
        assertThat(ran.err())
                .startsWith("sockcap: internal error: ")
                .contains("at " + SockcapTest.class.getName())
                .doesNotContain("shows where");
    }

    private static Ran runFailing(Throwable failure, PlainErrors errors) {
        return Ran.of(_ -> Sockcap.commandLine().addSubcommand(new Failing(failure)), errors::execute, "fail");
    }

    @Command(name = "fail")
    private record Failing(Throwable failure) implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            switch (failure) {
                case Exception exception -> throw exception;
                case Error error -> throw error;
                default -> throw new AssertionError(failure);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"bash, complete -F", "zsh, #compdef sockcap", "ZSH, #compdef sockcap"})
    void printsEachShellsCompletion(String shell, String said) {
        var ran = run("completion " + shell);

        assertThat(ran.exit()).isEqualTo(Sockcap.HOLDS);
        assertThat(ran.out()).contains(said, "_complete_sockcap");
    }

    /// Not of the one that prints it alone.
    @Test
    void aShellCompletesEveryCommand() {
        assertThat(run("completion bash").out())
                .contains(
                        "doctor", "explain", "plan", "apply", "restore", "probe serve", "probe connect", "completion");
    }

    @ParameterizedTest
    @ValueSource(strings = {"doctor", "explain", "plan", "apply", "restore", "probe", "probe serve", "completion"})
    void aCommandSaysTheSameWhetherItStandsAloneOrBesideTheOthers(String command) {
        var besideTheOthers = Ran.of(_ -> Sockcap.commandLine(), ERRORS::execute, command + " --help");

        assertThat(run(command + " --help")).isEqualTo(besideTheOthers);
    }

    @Test
    void onlyTheCommandThatIsAskedForTakesTime() {
        assertThat(Sockcap.commandLine("doctor", "--all").getSubcommands()).containsOnlyKeys("doctor");
    }

    @Test
    void completionTellsHowToUseIt() {
        assertThat(run("completion --help").out())
                .contains("source <(sockcap completion bash)", "source <(sockcap completion zsh)");
    }
}
