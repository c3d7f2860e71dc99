package dev.socketcapacity;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The one direction in which a line travels through the code.
class WhoMayKnowWhomTest {

    private static final String ROOT = "dev.socketcapacity.";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.socketcapacity");

    @Test
    void packagesKnowOnlyWhatIsBelowThem() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("cli")
                .definedBy(ROOT + "cli")
                .layer("controller")
                .definedBy(ROOT + "controller")
                .layer("agent")
                .definedBy(ROOT + "agent")
                .layer("probe")
                .definedBy(ROOT + "agent.probe")
                .layer("kernel")
                .definedBy(ROOT + "agent.kernel")
                .layer("telemetry")
                .definedBy(ROOT + "telemetry")
                .layer("plan")
                .definedBy(ROOT + "plan")
                .layer("api")
                .definedBy(ROOT + "api")
                .whereLayer("cli")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("controller")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("agent")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("probe")
                .mayOnlyBeAccessedByLayers("agent")
                .whereLayer("kernel")
                .mayOnlyBeAccessedByLayers("agent", "probe")
                .whereLayer("telemetry")
                .mayOnlyBeAccessedByLayers("controller", "agent")
                .whereLayer("plan")
                .mayOnlyBeAccessedByLayers("cli", "controller", "agent")
                .whereLayer("api")
                .mayOnlyBeAccessedByLayers("controller", "agent", "plan")
                .check(CLASSES);
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
