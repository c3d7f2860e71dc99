package dev.socketcapacity;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The one direction in which a line travels through the code.
class WhoMayKnowWhomTest {

    private static final String ROOT = "dev.socketcapacity.";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.socketcapacity");

    /// Each package, and those of ours that it may know.
    private static final Map<String, Set<String>> MAY_KNOW = Map.of(
            "api", Set.of(),
            "plan", Set.of("api"),
            "telemetry", Set.of(),
            "agent.kernel", Set.of(),
            "agent.probe", Set.of("agent.kernel", "plan"),
            "agent.survey", Set.of("agent.kernel", "plan"),
            "agent", Set.of("agent.kernel", "agent.probe", "api", "plan", "telemetry"),
            "controller", Set.of("api", "plan", "telemetry"),
            "cli", Set.of("agent", "agent.probe", "agent.survey", "api", "controller", "plan"));

    static Set<String> packages() {
        return MAY_KNOW.keySet();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void aPackageKnowsOnlyWhatIsBelowIt(String name) {
        var known = MAY_KNOW.get(name);
        noClasses()
                .that()
                .resideInAPackage(ROOT + name)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        inRoot(packages().stream().filter(other -> !other.equals(name) && !known.contains(other))))
                .check(CLASSES);
    }

    @Test
    void everyClassIsInOneOfThesePackages() {
        classes().should().resideInAnyPackage(inRoot(packages().stream())).check(CLASSES);
    }

    private static String[] inRoot(Stream<String> names) {
        return names.map(ROOT::concat).toArray(String[]::new);
    }

    @Test
    void thePlannerIsPure() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "plan")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io",
                        "java.nio..",
                        "java.net..",
                        "java.util.logging",
                        "org.slf4j..",
                        "io.fabric8.kubernetes.client..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Clock.class, Random.class, ProcessBuilder.class)
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .check(CLASSES);
    }

    @Test
    void theKernelsEdgeAndTheProbeKnowNoKubernetes() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + "agent.kernel", ROOT + "agent.probe")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.fabric8..", "io.javaoperatorsdk..", ROOT + "api")
                .check(CLASSES);
    }

    @Test
    void onlyTheOperatorKnowsItsFramework() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "controller")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.javaoperatorsdk..")
                .check(CLASSES);
    }
}
