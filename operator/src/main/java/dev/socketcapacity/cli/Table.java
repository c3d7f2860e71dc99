package dev.socketcapacity.cli;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Rows in columns that are as wide as what is in them. Numbers stand to the right.
final class Table {

    private static final String GAP = "  ";

    private final List<String> heads;
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... heads) {
        this.heads = List.of(heads);
    }

    /// A cell each; null, as nothing is known, is a dash.
    void row(Object... cells) {
        var row = new ArrayList<String>();
        for (var cell : cells) {
            row.add(cell == null ? "-" : cell.toString());
        }
        rows.add(row);
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    /// Each line ends with a line feed.
    @Override
    public String toString() {
        var all = new ArrayList<>(List.of(heads));
        all.addAll(rows);
        return all.stream().map(this::line).collect(joining());
    }

    private String line(List<String> row) {
        var line = IntStream.range(0, heads.size())
                .mapToObj(column -> padded(row.get(column), column))
                .collect(joining(GAP));
        return line.stripTrailing() + "\n";
    }

    private String padded(String cell, int column) {
        var gap = " ".repeat(width(column) - cell.length());
        return isNumeric(column) ? gap + cell : cell + gap;
    }

    private int width(int column) {
        return Math.max(
                heads.get(column).length(),
                rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0));
    }

    private boolean isNumeric(int column) {
        return rows.stream().map(row -> row.get(column)).allMatch(cell -> cell.matches("-|no end|-?[0-9.]+( MiB)?"));
    }
}
