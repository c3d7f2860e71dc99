package dev.socketcapacity.plan;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// A set of ports as ranges, sorted and merged: the same ports are always the same value, and the text is the
/// shortest there is. (The kernel takes at most 4095 characters in one write.)
public record PortSet(List<PortRange> ranges) implements Value {

    public static final PortSet EMPTY = new PortSet(List.of());

    public PortSet {
        var merged = new ArrayList<PortRange>();
        for (var range : ranges.stream().sorted().toList()) {
            if (!merged.isEmpty() && range.first() <= merged.getLast().last() + 1) {
                merged.set(merged.size() - 1, merged.getLast().join(range));
            } else {
                merged.add(range);
            }
        }
        ranges = List.copyOf(merged);
    }

    public static PortSet of(PortRange... ranges) {
        return new PortSet(List.of(ranges));
    }

    /// `8080,30000-32767`, or nothing.
    public static PortSet parse(String text) {
        return text.isBlank() ? EMPTY : ofItems(List.of(text.strip().split(",")));
    }

    /// `8080` and `30000-32767`.
    ///
    /// @throws IllegalArgumentException where an item is neither a port nor a range
    public static PortSet ofItems(Collection<String> items) {
        return new PortSet(items.stream().map(PortSet::item).toList());
    }

    private static PortRange item(String item) {
        var ends = item.strip().split("-", 2);
        return new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
    }

    public PortSet plus(PortSet other) {
        var all = new ArrayList<>(ranges);
        all.addAll(other.ranges);
        return new PortSet(all);
    }

    public PortSet minus(PortSet other) {
        var left = ranges;
        for (var hole : other.ranges) {
            left = left.stream().flatMap(range -> cut(range, hole).stream()).toList();
        }
        return new PortSet(left);
    }

    private static List<PortRange> cut(PortRange range, PortRange hole) {
        if (hole.last() < range.first() || range.last() < hole.first()) {
            return List.of(range);
        }
        var parts = new ArrayList<PortRange>(2);
        if (range.first() < hole.first()) {
            parts.add(new PortRange(range.first(), hole.first() - 1));
        }
        if (hole.last() < range.last()) {
            parts.add(new PortRange(hole.last() + 1, range.last()));
        }
        return parts;
    }

    public PortSet within(PortSet other) {
        return minus(minus(other));
    }

    public int size() {
        return ranges.stream().mapToInt(PortRange::size).sum();
    }

    public List<String> items() {
        return ranges.stream().map(PortRange::listText).toList();
    }

    @Override
    public boolean covers(Value other) {
        return ((PortSet) other).minus(this).ranges.isEmpty();
    }

    @Override
    public PortSet join(Value other) {
        return plus((PortSet) other);
    }

    @Override
    public String text() {
        return items().stream().collect(joining(","));
    }
}
