package dev.socketcapacity.agent.survey;

import static java.util.Comparator.comparing;

import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.Reading;
import dev.socketcapacity.plan.Survey;
import dev.socketcapacity.plan.Trap;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// What a survey has come to so far. What can't be seen is noted, and the survey goes on.
final class Findings {

    private final List<Reading> readings = new ArrayList<>();
    private final List<Trap> traps = new ArrayList<>();
    private final List<String> unseen = new ArrayList<>();

    /// Something to look at, which may not be there, or not be ours to see.
    @FunctionalInterface
    interface Look {
        void take() throws IOException;
    }

    /// @param what is looked at, as people know it
    void look(String what, Look look) {
        try {
            look.take();
        } catch (NoSuchFileException e) {
            unseen(what, "there is no " + e.getFile());
        } catch (AccessDeniedException e) {
            unseen(what, "no right to read " + e.getFile());
        } catch (ErrnoException e) {
            unseen(what, e.isRefusal() ? "no right to read it" : e.getMessage());
        } catch (IOException e) {
            unseen(what, e.getMessage());
        }
    }

    void look(Limit limit, Look look) {
        look(limit.key(), look);
    }

    void unseen(String what, String why) {
        unseen.add(what + ": " + why);
    }

    void add(Reading reading) {
        readings.add(reading);
    }

    /// A value that nobody counts anything against.
    void addValue(Limit limit, String at, long value) {
        add(Reading.of(limit, at, OptionalLong.empty(), OptionalLong.of(value)));
    }

    void add(Trap trap) {
        traps.add(trap);
    }

    List<Reading> readings() {
        return readings;
    }

    /// In the order of the table of limits.
    Survey survey(Survey.Subject subject) {
        var sorted = readings.stream().sorted(comparing(Reading::limit)).toList();
        return new Survey(subject, sorted, traps, unseen);
    }
}
