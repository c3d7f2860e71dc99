package dev.socketcapacity.cli;

import dev.socketcapacity.plan.Advice;
import dev.socketcapacity.plan.Diagnosis;
import dev.socketcapacity.plan.Fix;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.Reading;
import dev.socketcapacity.plan.Room;
import dev.socketcapacity.plan.Survey;
import dev.socketcapacity.plan.Trap;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// What `sockcap doctor --output json` says. Part of the interface: fields are added, never renamed. Null where
/// something is not known, or does not apply.
///
/// @param kernel   the kernel's release
/// @param stuck    whether the binding limit is hit now
/// @param binding  the limit that is in the way first
/// @param next     the one behind it
/// @param evidence the numbers that show it, as a sentence
/// @param sockets  null for a machine
/// @param threads  null for a machine
/// @param unseen   what could not be looked at, and why: a sentence each
record DoctorReport(
        String kernel,
        Subject subject,
        boolean stuck,
        Bound binding,
        Bound next,
        String evidence,
        Fix fix,
        Sockets sockets,
        Threads threads,
        List<Factor> limits,
        List<Trap> traps,
        List<String> unseen) {

    /// @param kind `Machine` or `Process`; the rest is null for a machine
    record Subject(String kind, Integer pid, String command, Long uid) {}

    /// @param more how many more sockets, or threads, fit under it
    record Bound(String limit, String at, Long used, Long max, Long headroom, long more) {

        static Bound of(Room room) {
            var reading = room.reading();
            return new Bound(
                    reading.limit().key(),
                    reading.at(),
                    number(reading.used()),
                    number(reading.max()),
                    number(reading.headroom()),
                    room.more());
        }
    }

    /// @param limit the first one that more sockets hit
    record Sockets(long open, Long more, String limit) {}

    /// @param limit the first one that more threads hit
    record Threads(long running, Long more, String limit) {}

    /// One limit in one place.
    ///
    /// @param limit  what there may be
    /// @param more   how many more sockets, or threads, fit under it; null where it bounds neither
    /// @param hits   how often it was hit, as the kernel counts
    /// @param exempt why it binds nobody here
    record Factor(
            String name,
            String at,
            String scope,
            String unit,
            Long used,
            Long limit,
            Long headroom,
            Long more,
            Long hits,
            String exempt) {}

    static DoctorReport of(Diagnosis diagnosis) {
        var survey = diagnosis.survey();
        return new DoctorReport(
                survey.subject().kernel(),
                subject(survey.subject()),
                diagnosis.stuck(),
                diagnosis.binding().map(Bound::of).orElse(null),
                diagnosis.next().map(Bound::of).orElse(null),
                diagnosis.advice().map(Advice::evidence).orElse(null),
                diagnosis.advice().map(Advice::fix).orElse(null),
                sockets(diagnosis),
                threads(diagnosis),
                survey.readings().stream()
                        .map(reading -> factor(reading, diagnosis))
                        .toList(),
                survey.traps(),
                survey.unseen());
    }

    private static Subject subject(Survey.Subject subject) {
        return switch (subject) {
            case Survey.Subject.Machine _ -> new Subject("Machine", null, null, null);
            case Survey.Subject.Process process ->
                new Subject("Process", process.pid(), process.command(), process.uid());
        };
    }

    private static Sockets sockets(Diagnosis diagnosis) {
        return switch (diagnosis.survey().subject()) {
            case Survey.Subject.Machine _ -> null;
            case Survey.Subject.Process process ->
                new Sockets(process.sockets(), more(diagnosis.sockets()), first(diagnosis.sockets()));
        };
    }

    private static Threads threads(Diagnosis diagnosis) {
        return switch (diagnosis.survey().subject()) {
            case Survey.Subject.Machine _ -> null;
            case Survey.Subject.Process process ->
                new Threads(process.threads(), more(diagnosis.threads()), first(diagnosis.threads()));
        };
    }

    private static Long more(List<Room> chain) {
        return chain.stream().map(Room::more).findFirst().orElse(null);
    }

    private static String first(List<Room> chain) {
        return chain.stream()
                .map(room -> room.reading().limit())
                .map(Limit::key)
                .findFirst()
                .orElse(null);
    }

    private static Factor factor(Reading reading, Diagnosis diagnosis) {
        var limit = reading.limit();
        return new Factor(
                limit.key(),
                reading.at(),
                limit.scope().text(),
                limit.unit(),
                number(reading.used()),
                number(reading.max()),
                number(reading.headroom()),
                Stream.of(diagnosis.sockets(), diagnosis.threads())
                        .flatMap(List::stream)
                        .filter(room -> room.reading().equals(reading))
                        .map(Room::more)
                        .findFirst()
                        .orElse(null),
                number(reading.hits()),
                reading.exempt().orElse(null));
    }

    private static Long number(OptionalLong number) {
        return number.isPresent() ? number.getAsLong() : null;
    }
}
