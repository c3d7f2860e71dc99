package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.plan.Survey.Subject;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DiagnosisTest {

    private static final String AT = "pid 812 (server)";

    /// The server that this project began with: 32720 threads, one socket each, and all that was checked is large.
    private static final List<Reading> STUCK_AT_32720 = List.of(
            Reading.of(Limit.DESCRIPTORS, AT, 32_745, 798_621).upTo(798_621),
            Reading.of(Limit.FILE_MAX, "the machine", 35_000, 9_223_372_036_854_775_807L)
                    .exempt("a process with CAP_SYS_ADMIN is not bound by it"),
            Reading.of(Limit.CONNTRACK_MAX, "network namespace 1", 32_720, 999_999),
            Reading.of(Limit.MAX_MAP_COUNT, AT, 65_530, 65_530),
            Reading.of(Limit.PID_MAX, "the machine", 33_000, 4_194_303),
            Reading.of(Limit.THREADS_MAX, "the machine", 33_000, 127_862));

    @Test
    void namesTheMapsOfMemoryForTheServerThatIsStuckAt32720() {
        var diagnosis = process(32_720, 32_720, STUCK_AT_32720);

        assertThat(diagnosis.stuck()).isTrue();
        assertThat(binding(diagnosis)).isEqualTo(Limit.MAX_MAP_COUNT);
        assertThat(diagnosis.binding().orElseThrow().more()).isZero();
        assertThat(diagnosis.next().orElseThrow().reading().limit()).isEqualTo(Limit.THREADS_MAX);
        assertThat(diagnosis.advice().orElseThrow().evidence())
                .isEqualTo("pid 812 (server) has 65530 maps of memory, of 65530: two for each thread, its stack and the"
                        + " guard, so (65530 - 90) / 2 = 32720 threads fit.");
        assertThat(diagnosis.advice().orElseThrow().fix().now()).isEqualTo("sysctl -w vm.max_map_count=131060");
    }

    @Test
    void ordersTheLimitsOfSocketsAndOfThreadsByHowManyMoreTheyLeave() {
        var diagnosis = process(
                10,
                4,
                List.of(
                        Reading.of(Limit.THREADS_MAX, "the machine", 100, 1_000),
                        Reading.of(Limit.MAX_MAP_COUNT, AT, 1_000, 2_000),
                        Reading.of(Limit.CONNTRACK_MAX, "network namespace 1", 10, 100_000),
                        Reading.of(Limit.DESCRIPTORS, AT, 24, 1_024)));

        assertThat(diagnosis.sockets()).extracting(Room::more).containsExactly(1_000L, 99_990L);
        assertThat(diagnosis.threads()).extracting(Room::more).containsExactly(500L, 900L);
        assertThat(binding(diagnosis)).isEqualTo(Limit.MAX_MAP_COUNT);
        assertThat(diagnosis.stuck()).isFalse();
    }

    @Test
    void aLimitThatBindsNobodyHereIsInNobodysWay() {
        var diagnosis = process(
                10,
                4,
                List.of(
                        Reading.of(Limit.FILE_MAX, "the machine", 1_000, 1_000).exempt("of CAP_SYS_ADMIN"),
                        Reading.of(Limit.DESCRIPTORS, AT, 24, 1_024)));

        assertThat(binding(diagnosis)).isEqualTo(Limit.DESCRIPTORS);
        assertThat(diagnosis.stuck()).isFalse();
    }

    @Test
    void aFullQueueIsTheEffectWhereALimitOfTheProcessIsTheCause() {
        var queue = Reading.of(Limit.BACKLOG, "port 8080", 129, 129);
        var alone = process(100, 1, List.of(queue, Reading.of(Limit.DESCRIPTORS, AT, 100, 1_024)));
        var beside = process(1_020, 1, List.of(queue, Reading.of(Limit.DESCRIPTORS, AT, 1_024, 1_024)));

        assertThat(binding(alone)).isEqualTo(Limit.BACKLOG);
        assertThat(alone.stuck()).isTrue();
        assertThat(binding(beside)).isEqualTo(Limit.DESCRIPTORS);
    }

    @Test
    void aQueueThatIsNotFullIsInNobodysWayHoweverShortItIs() {
        var diagnosis = process(
                100,
                1,
                List.of(
                        Reading.of(Limit.BACKLOG, "port 8080", 127, 129),
                        Reading.of(Limit.DESCRIPTORS, AT, 100, 1_024)));

        assertThat(binding(diagnosis)).isEqualTo(Limit.DESCRIPTORS);
    }

    @Test
    void ofAMachineTheLimitThatIsUsedUpMostIsTheFirst() {
        var diagnosis = Diagnosis.of(new Survey(
                new Subject.Machine("6.12.43"),
                List.of(
                        Reading.of(Limit.DESCRIPTORS, AT, 10, 1_024),
                        Reading.of(Limit.CONNTRACK_MAX, "network namespace 1", 200_000, 262_144)),
                List.of(),
                List.of()));

        assertThat(binding(diagnosis)).isEqualTo(Limit.CONNTRACK_MAX);
    }

    @Test
    void raisesOnlyTheSoftLimitWhereTheHardOneLeavesRoom() {
        var fix = process(
                        1_000,
                        1,
                        List.of(Reading.of(Limit.DESCRIPTORS, AT, 1_024, 1_024).upTo(524_288)))
                .advice()
                .orElseThrow()
                .fix();

        assertThat(fix.now()).isEqualTo("prlimit --pid 812 --nofile=524288:524288");
        assertThat(fix.service()).startsWith("LimitNOFILE=524288 ");
    }

    @Test
    void asksForMoreBucketsOfTheHashOnlyWhereThereAreTooFew() {
        assertThat(fixOfFullTable(10_000))
                .startsWith("sysctl -w net.netfilter.nf_conntrack_buckets=")
                .contains(" && ");
        assertThat(fixOfFullTable(262_144)).isEqualTo("sysctl -w net.netfilter.nf_conntrack_max=524288");
    }

    private static String fixOfFullTable(long buckets) {
        return process(
                        1_000,
                        1,
                        List.of(
                                Reading.of(Limit.CONNTRACK_MAX, "network namespace 1", 262_144, 262_144),
                                Reading.of(
                                        Limit.CONNTRACK_BUCKETS,
                                        "the kernel",
                                        OptionalLong.empty(),
                                        OptionalLong.of(buckets))))
                .advice()
                .orElseThrow()
                .fix()
                .now();
    }

    /// A program in C on Linux 6.18, where the kernel refused the next thread.
    @Test
    void noThreadFitsIntoOneMap() {
        var diagnosis = process(0, 4_989, List.of(Reading.of(Limit.MAX_MAP_COUNT, AT, 9_999, 10_000)));

        assertThat(diagnosis.binding().orElseThrow().more()).isZero();
        assertThat(diagnosis.advice().orElseThrow().evidence()).contains("= 4989 threads fit");
    }

    @Test
    void memoryThatIsFullOfSocketsIsFirstInTheWayButNobodyIsStuckAtIt() {
        var diagnosis = process(
                1_000,
                1,
                List.of(
                        Reading.of(Limit.CGROUP_MEMORY, "cgroup /a", 40 << 20, 40 << 20),
                        Reading.of(Limit.DESCRIPTORS, AT, 1_000, 20_000)));

        assertThat(binding(diagnosis)).isEqualTo(Limit.CGROUP_MEMORY);
        assertThat(diagnosis.stuck()).isFalse();
    }

    @Test
    void whereNothingCouldBeReadNothingIsNamed() {
        var diagnosis = process(
                0,
                1,
                List.of(
                        Reading.of(Limit.DESCRIPTORS, AT, OptionalLong.empty(), OptionalLong.of(1_024)),
                        Reading.of(
                                Limit.SOMAXCONN, "network namespace 1", OptionalLong.empty(), OptionalLong.of(4_096))));

        assertThat(diagnosis.binding()).isEmpty();
        assertThat(diagnosis.next()).isEmpty();
        assertThat(diagnosis.advice()).isEmpty();
        assertThat(diagnosis.stuck()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Limit.class)
    void everyLimitThatCanBeInTheWayComesWithItsNumbersAndWithSomethingToChange(Limit limit) {
        var diagnosis = process(1, 1, List.of(Reading.of(limit, "here", 4_242, 4_242)));

        if (limit.counts() == Limit.Counts.NOTHING) {
            assertThat(diagnosis.binding()).isEmpty();
        } else {
            var advice = diagnosis.advice().orElseThrow();
            assertThat(advice.evidence())
                    .endsWith(".")
                    .satisfiesAnyOf(
                            text -> assertThat(text).contains("4242"),
                            text -> assertThat(text).contains("MiB"));
            assertThat(Stream.of(
                            advice.fix().now(),
                            advice.fix().service(),
                            advice.fix().node()))
                    .anyMatch(change -> change != null);
        }
    }

    private static Limit binding(Diagnosis diagnosis) {
        return diagnosis.binding().orElseThrow().reading().limit();
    }

    private static Diagnosis process(long sockets, long threads, List<Reading> readings) {
        return Diagnosis.of(new Survey(
                new Subject.Process("6.12.43", 812, "server", 1_000, sockets, threads),
                readings,
                List.of(),
                List.of()));
    }
}
