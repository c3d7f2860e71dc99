package dev.socketcapacity.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the page on conditions lists is what there is.
class ConditionsPageTest {

    private static final Pattern FIRST_WORD = Pattern.compile("(?m)^\\| `(\\w+)` \\|");

    @Test
    void everyConditionAndEveryReasonHasItsLineInOrder() throws IOException {
        var page = Files.readString(Path.of("../docs/conditions.md"));
        var words = FIRST_WORD.matcher(page).results().map(match -> match.group(1));

        assertThat(words)
                .containsExactlyElementsOf(
                        Stream.concat(Arrays.stream(Condition.Type.values()), Arrays.stream(Reason.values()))
                                .map(Enum::name)
                                .toList());
    }
}
