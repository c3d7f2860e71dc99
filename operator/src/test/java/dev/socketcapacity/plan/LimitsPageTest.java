package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The page is generated, committed and compared. `-Dlimits.update=true` rewrites it.
class LimitsPageTest {

    private static final Path PAGE = Path.of("../docs/limits.md");

    @Test
    void theCommittedPageIsWhatTheTableSays() throws IOException {
        var page = LimitsPage.generate();
        if (Boolean.getBoolean("limits.update")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE)
                .as("stale: ./mvnw test -pl operator -Dtest=LimitsPageTest -Dlimits.update=true")
                .exists()
                .hasContent(page);
    }

    @Test
    void everyLimitIsInOneGroup() {
        assertThat(LimitsPage.GROUPS.stream().flatMap(group -> group.limits().stream()))
                .containsExactly(Limit.values());
    }
}
