package dev.socketcapacity.cli;

import dev.socketcapacity.cli.Samples.Sample;
import java.util.List;

/// A number over time, drawn with block characters, at most 80 columns wide.
final class Graph {

    private static final int COLUMNS = 60;
    private static final int ROWS = 6;

    /// What fills none to all eighths of a character.
    static final String BLOCKS = " ▁▂▃▄▅▆▇█";

    private static final int EIGHTHS = BLOCKS.length() - 1;

    private final List<Sample> samples;
    private final int max;

    /// @param samples the earliest first, at least one
    /// @param max     what the uppermost line stands for, at least 1
    Graph(List<Sample> samples, int max) {
        this.samples = samples;
        this.max = max;
    }

    /// Each line ends with a line feed.
    @Override
    public String toString() {
        var text = new StringBuilder();
        for (int row = ROWS - 1; row >= 0; row--) {
            text.append(axis(row)).append(row(row).stripTrailing()).append('\n');
        }
        var end = "%.1f s".formatted(samples.getLast().seconds());
        text.append(" ".repeat(10))
                .append("0 s")
                .append(" ".repeat(COLUMNS - 3 - end.length()))
                .append(end);
        return text.append('\n').toString();
    }

    private String axis(int row) {
        return switch (row) {
            case ROWS - 1 -> "%8d ┤".formatted(max);
            case 0 -> "%8d ┤".formatted(0);
            default -> " ".repeat(9) + "│";
        };
    }

    private String row(int row) {
        var line = new StringBuilder();
        for (int column = 0; column < COLUMNS; column++) {
            line.append(BLOCKS.charAt(Math.clamp(eighths(column) - (long) row * EIGHTHS, 0, EIGHTHS)));
        }
        return line.toString();
    }

    /// How high a column is: as the last point was up to its end.
    private int eighths(int column) {
        double until = samples.getLast().seconds() * (column + 1) / COLUMNS;
        int number = 0;
        for (var sample : samples) {
            if (sample.seconds() <= until) {
                number = sample.connections();
            }
        }
        return (int) Math.round((double) number * ROWS * EIGHTHS / max);
    }
}
