package dev.socketcapacity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// Words and exit codes: 0 where it did what was asked for, 2 where it was asked for the wrong thing.
class MainTest {

    private static final String AGENT = "agent --node n1 --pod-ip 10.0.0.9 ";
    private static final String OPERATOR = "operator --namespace ns --pod-name p --deployment d ";

    private static Ran run(String arguments) {
        return Ran.of(Main::commandLine, CommandLine::execute, arguments);
    }

    @Test
    void helpNamesBothRoles() {
        var ran = run("--help");

        assertThat(ran.exit()).isZero();
        assertThat(ran.out()).contains("socket-capacity", "operator", "agent", "--help", "--version");
        assertThat(ran.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"operator, --agent-manifest", "agent, --conntrack-floor"})
    void eachRoleTellsItsOptions(String role, String option) {
        var ran = run(role + " --help");

        assertThat(ran.exit()).isZero();
        assertThat(ran.out()).contains("socket-capacity " + role, option, "--clock-scale");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "operator --version", "agent --version"})
    void tellsItsVersion(String arguments) {
        var ran = run(arguments);

        assertThat(ran.exit()).isZero();
        assertThat(ran.out()).startsWith("socket-capacity ").hasLineCount(1);
    }

    @Test
    void aRoleMustBeNamed() {
        var ran = run("");

        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("Missing required subcommand");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--frobnicate", AGENT + "--frobnicate", OPERATOR + "--frobnicate"})
    void anUnknownOptionIsNamed(String arguments) {
        assertRefused(arguments, "Unknown option: '--frobnicate'");
    }

    @Test
    void anUnknownRoleIsNamed() {
        assertRefused("janitor", "'janitor'");
    }

    @ParameterizedTest
    @CsvSource({
        "operator --pod-name p --deployment d, --namespace",
        "operator --namespace ns --deployment d, --pod-name",
        "operator --namespace ns --pod-name p, --deployment",
        "agent --pod-ip 10.0.0.9, --node",
        "agent --node n1, --pod-ip",
    })
    void aMissingOptionIsNamed(String arguments, String missing) {
        assertRefused(arguments, "Missing required option: '" + missing);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "NaN", "fast", "1,5"})
    void aClockScaleIsRefusedWithWhatIsAllowed(String factor) {
        for (var role : new String[] {AGENT, OPERATOR}) {
            assertRefused(
                    role + "--clock-scale " + factor,
                    "'--clock-scale'",
                    "must be a number above 0 and at most 1, not '" + factor + "'");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "70000", "30000-", "5-3", "-5", "1,,2"})
    void portsAreRefusedWithHowTheyAreWritten(String ports) {
        assertRefused(
                AGENT + "--keep-ports=" + ports,
                "'--keep-ports'",
                "must be ports and ranges such as 6443,30000-32767, not '" + ports + "'");
    }

    private static void assertRefused(String arguments, String... said) {
        var ran = run(arguments);
        assertThat(ran.err()).contains(said).doesNotContain("Exception");
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
    }
}
