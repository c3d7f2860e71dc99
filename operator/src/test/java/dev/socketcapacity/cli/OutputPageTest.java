package dev.socketcapacity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.plan.Fix;
import dev.socketcapacity.plan.Trap;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `docs/sockcap.md` tells programs what they can read.
class OutputPageTest {

    private static final Path PAGE = Path.of("../docs/sockcap.md");

    static Stream<String> fields() {
        var nested = Stream.of(DoctorReport.class, PlanReport.class, ProbeReport.class)
                .flatMap(type -> Stream.of(type.getDeclaredClasses()));
        return Stream.concat(
                        Stream.of(
                                DoctorReport.class,
                                PlanReport.class,
                                ProbeReport.class,
                                Samples.Sample.class,
                                Trap.class,
                                Fix.class),
                        nested)
                .filter(Class::isRecord)
                .filter(type -> type != ProbeReport.Circumstances.class)
                .flatMap(type -> Stream.of(type.getRecordComponents()))
                .map(RecordComponent::getName)
                .distinct();
    }

    @ParameterizedTest
    @MethodSource("fields")
    void everyFieldIsDescribed(String field) throws IOException {
        assertThat(Files.readString(PAGE)).containsAnyOf("`%s`".formatted(field), "`%s[]`".formatted(field));
    }
}
