package dev.socketcapacity.cli;

import dev.socketcapacity.plan.Diagnosis;
import dev.socketcapacity.plan.Fix;
import dev.socketcapacity.plan.Reading;
import dev.socketcapacity.plan.Room;
import dev.socketcapacity.plan.Survey.Subject;
import java.util.List;

/// A diagnosis as one screen.
final class DoctorText {

    private final Diagnosis diagnosis;
    private final boolean all;
    private final StringBuilder text = new StringBuilder();

    /// @param all whether also the limits that bind nobody here are listed
    DoctorText(Diagnosis diagnosis, boolean all) {
        this.diagnosis = diagnosis;
        this.all = all;
    }

    @Override
    public String toString() {
        title();
        diagnosis.binding().ifPresentOrElse(this::binding, () -> line("No limit could be read."));
        switch (diagnosis.survey().subject()) {
            case Subject.Machine _ -> everything();
            case Subject.Process _ -> {
                chain("SOCKETS", diagnosis.sockets());
                chain("THREADS", diagnosis.threads());
                if (all) {
                    everything();
                }
            }
        }
        traps();
        unseen();
        return text.toString();
    }

    private void title() {
        switch (diagnosis.survey().subject()) {
            case Subject.Machine(var kernel) -> line("@|bold This machine|@, Linux %s".formatted(kernel));
            case Subject.Process(var kernel, var pid, var command, var uid, var sockets, var threads) ->
                line("@|bold Process %d (%s)|@ of user %d: %d sockets, %d threads; Linux %s"
                        .formatted(pid, command, uid, sockets, threads, kernel));
        }
        line("");
    }

    private void binding(Room room) {
        var limit = room.reading().limit();
        line(
                diagnosis.stuck()
                        ? "@|bold,red Stuck at %s|@ (%s)".formatted(limit.key(), limit.unit())
                        : "Not stuck. First in the way: @|bold %s|@ (%s), %s"
                                .formatted(limit.key(), limit.unit(), more(room)));
        line("  " + capitalized(diagnosis.advice().orElseThrow().evidence()));
        line("  Hit, it shows as: " + limit.symptom() + ".");
        diagnosis
                .next()
                .ifPresent(next -> line("  Behind it: %s (%s), %s"
                        .formatted(next.reading().limit().key(), next.reading().at(), more(next))));
        fix(diagnosis.advice().orElseThrow().fix());
    }

    private static String more(Room room) {
        return switch (room.reading().limit().counts()) {
            case SOCKETS -> "%d more sockets fit".formatted(room.more());
            case THREADS -> "%d more threads fit".formatted(room.more());
            case BOTH, BURST, NOTHING -> "%d more fit".formatted(room.more());
        };
    }

    private void fix(Fix fix) {
        line("");
        line(FixText.of(fix));
    }

    private void chain(String head, List<Room> chain) {
        var table = new Table(head, "WHERE", "USED", "MAX", "MORE");
        chain.forEach(room -> table.row(
                room.reading().limit().key(),
                room.reading().at(),
                used(room.reading()),
                max(room.reading()),
                room.more()));
        if (!table.isEmpty()) {
            line(table.toString());
        }
    }

    private void everything() {
        var table = new Table("LIMIT", "WHERE", "USED", "MAX", "LEFT");
        var others = new Table("BINDS NOBODY HERE", "WHERE", "USED", "MAX", "WHY");
        for (var reading : diagnosis.survey().readings()) {
            if (reading.exempt().isEmpty()) {
                table.row(cells(reading, Amounts.text(reading.limit(), reading.headroom())));
            } else {
                others.row(cells(reading, reading.exempt().get()));
            }
        }
        line(table.toString());
        if (all && !others.isEmpty()) {
            line(others.toString());
        }
    }

    private static Object[] cells(Reading reading, Object last) {
        return new Object[] {reading.limit().key(), reading.at(), used(reading), max(reading), last};
    }

    private static String used(Reading reading) {
        return Amounts.text(reading.limit(), reading.used());
    }

    private static String max(Reading reading) {
        return Amounts.text(reading.limit(), reading.max());
    }

    private void traps() {
        if (!diagnosis.survey().traps().isEmpty()) {
            line("@|bold Traps|@");
            diagnosis.survey().traps().forEach(trap -> {
                line("  @|yellow %s|@  %s".formatted(trap.kind(), trap.what()));
                line("    " + trap.fix());
            });
            line("");
        }
    }

    private void unseen() {
        if (!diagnosis.survey().unseen().isEmpty()) {
            line("@|bold Not looked at|@");
            diagnosis.survey().unseen().forEach(what -> line("  " + what));
        }
    }

    private static String capitalized(String sentence) {
        return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
