package dev.socketcapacity.plan;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.plan.Limit.Beyond;
import dev.socketcapacity.plan.Limit.Counts;
import dev.socketcapacity.plan.Limit.Inheritance;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The one table of limits, and the closed part of it that may be written.
class LimitTest {

    private static final String SENTENCES = "[A-Z0-9][ -~]*\\.";

    @ParameterizedTest
    @EnumSource
    void everyRowIsComplete(Limit limit) {
        assertThat(texts(limit)).allSatisfy(text -> assertThat(text).isNotBlank());
        assertThat(limit.scope()).isNotNull();
        assertThat(limit.counts()).isNotNull();
        assertThat(limit.beyond()).isNotNull();
        assertThat(limit.inNewNamespaces()).isNotNull();
        assertThat(limit.min()).isLessThan(limit.max());
    }

    /// So that they fit into a sentence, a table and a terminal.
    @ParameterizedTest
    @EnumSource
    void everyTextIsOneLineOfPlainCharactersThatEndsOpen(Limit limit) {
        assertThat(texts(limit))
                .allSatisfy(text -> assertThat(text)
                        .matches("[ -~]+")
                        .isEqualTo(text.strip())
                        .doesNotContain("  ", "|")
                        .doesNotEndWith("."));
        assertThat(limit.caveat().orElse("None.")).matches(SENTENCES);
    }

    private static List<String> texts(Limit limit) {
        return List.of(
                limit.key(),
                limit.unit(),
                limit.byDefault(),
                limit.since(),
                limit.symptom(),
                limit.proof(),
                limit.lowering(),
                limit.source());
    }

    @Test
    void noTwoRowsHaveOneName() {
        assertThat(Limit.values()).extracting(Limit::key).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void sinceIsAVersionOfTheKernel(Limit limit) {
        assertThat(limit.since()).matches("(before )?[0-9]+(\\.[0-9]+){1,2}");
    }

    @ParameterizedTest
    @EnumSource
    void theSourceIsAFunctionOfTheKernelOrAPageOfIt(Limit limit) {
        assertThat(limit.source().split("; "))
                .allMatch(source -> source.matches("Documentation/[\\w/-]+\\.rst|[\\w/]+\\.[ch]( \\w+,?)+"));
    }

    @Test
    void aLimitInTheWayOfSocketsOrThreadsIsProvedBySomethingThatCanBeRead() {
        assertThat(Arrays.stream(Limit.values()).filter(limit -> limit.counts() != Counts.NOTHING))
                .allSatisfy(limit -> assertThat(limit.proof())
                        .containsPattern("/proc/|ss -|nf_conntrack_count|\\.(current|events)\\b"));
    }

    @ParameterizedTest
    @EnumSource
    void whatAWishMayAskForTheKernelTakes(Setting setting) {
        assertThat(setting.min())
                .isBetween(setting.limit().min(), setting.limit().max());
        assertThat(setting.max()).isEqualTo(setting.limit().max());
    }

    @ParameterizedTest
    @EnumSource
    void aSettingIsAKernelsFileThatHoldsNumbers(Setting setting) {
        assertThat(setting.key()).matches("(fs|kernel|net|vm)\\.[a-z0-9_.-]+");
        assertThat(setting.limit().beyond()).isIn(Beyond.REFUSED, Beyond.NO_MEMORY);
    }

    @Test
    void noLimitIsWrittenByTwoSettings() {
        assertThat(Setting.values()).extracting(Setting::limit).doesNotHaveDuplicates();
    }

    /// A guest writes what is its own: what the table calls the kernel's must be no namespace's.
    @ParameterizedTest
    @EnumSource
    void aSettingIsTheKernelsWhereEveryNamespaceHasTheSameValue(Setting setting) {
        var isKernelWide = setting.scope() == Setting.Scope.KERNEL;
        assertThat(setting.limit().inNewNamespaces()).matches(inheritance -> isKernelWide == isOneValue(inheritance));
    }

    private static boolean isOneValue(Inheritance inheritance) {
        return switch (inheritance) {
            case SHARED, READ_ONLY, HIDDEN -> true;
            case FORK, PROGRAM, KERNEL_DEFAULT, FIRST_NAMESPACE, CREATOR, LARGEST, PARENT -> false;
        };
    }

    @Test
    void everyScopeAndEveryInheritanceIsSomebodys() {
        assertThat(used(Limit::scope)).containsExactlyInAnyOrder(Limit.Scope.values());
        assertThat(used(Limit::inNewNamespaces)).containsExactlyInAnyOrder(Inheritance.values());
        assertThat(used(Limit::beyond)).containsExactlyInAnyOrder(Beyond.values());
    }

    private static <T> Iterable<T> used(Function<Limit, T> column) {
        return Stream.of(Limit.values()).map(column).collect(toSet());
    }
}
