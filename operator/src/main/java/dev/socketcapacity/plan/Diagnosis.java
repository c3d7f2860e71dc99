package dev.socketcapacity.plan;

import dev.socketcapacity.plan.Survey.Subject;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a survey comes to: which limit is in the way first, what is behind it, and the one thing to change.
///
/// @param sockets  the limits that bound its sockets, the first one first
/// @param threads  the limits that bound its threads, the first one first
/// @param binding  the limit that is in the way first; empty where nothing that binds could be read
/// @param next     the limit behind it
/// @param stuck    whether the first one is hit now
/// @param advice   the numbers that show it, and what to change about it
public record Diagnosis(
        Survey survey,
        List<Room> sockets,
        List<Room> threads,
        Optional<Room> binding,
        Optional<Room> next,
        boolean stuck,
        Optional<Advice> advice) {

    public static Diagnosis of(Survey survey) {
        var order = switch (survey.subject()) {
            case Subject.Machine _ -> Room.FULLEST;
            case Subject.Process _ -> Room.TIGHTEST;
        };
        var sockets = chain(survey, Limit.Counts.SOCKETS, order);
        var threads = chain(survey, Limit.Counts.THREADS, order);
        var queues = chain(survey, Limit.Counts.BURST, order);
        var all = Stream.of(sockets, threads, queues)
                .flatMap(List::stream)
                .sorted(fullFirst().thenComparing(order))
                .toList();
        var binding = all.stream().findFirst();
        return new Diagnosis(
                survey,
                sockets,
                threads,
                binding,
                all.stream()
                        .filter(room -> room.reading().limit()
                                != binding.orElseThrow().reading().limit())
                        .findFirst(),
                binding.filter(Room::isFull).isPresent(),
                binding.map(room -> Advice.on(room.reading(), survey)));
    }

    private static List<Room> chain(Survey survey, Limit.Counts counted, Comparator<Room> order) {
        return survey.readings().stream()
                .flatMap(reading -> Room.of(reading, counted).stream())
                .sorted(order)
                .toList();
    }

    /// What is full comes before what is only small. Among several that are full, what only fills in bursts is the
    /// last:
    /// who can't open one more socket does not empty the queue of those who wait for it.
    private static Comparator<Room> fullFirst() {
        return Comparator.comparing((Room room) -> !room.isFull())
                .thenComparing(room -> room.reading().limit().counts() == Limit.Counts.BURST);
    }
}
