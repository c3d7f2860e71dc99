package dev.socketcapacity.plan;

/// The ports from `first` to `last`, both included.
public record PortRange(int first, int last) implements Value, Comparable<PortRange> {

    public static final int MAX_PORT = 65_535;

    public PortRange {
        if (first < 0 || last > MAX_PORT || first > last) {
            throw new IllegalArgumentException("not a range of ports: " + first + " to " + last);
        }
    }

    /// Two numbers, as `net.ipv4.ip_local_port_range` has them.
    public static PortRange parse(String text) {
        var ends = text.strip().split("\\s+");
        if (ends.length != 2) {
            throw new IllegalArgumentException("not a range of ports: '" + text.strip() + "'");
        }
        return new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
    }

    public int size() {
        return last - first + 1;
    }

    @Override
    public boolean covers(Value other) {
        var range = (PortRange) other;
        return first <= range.first && range.last <= last;
    }

    @Override
    public PortRange join(Value other) {
        var range = (PortRange) other;
        return new PortRange(Math.min(first, range.first), Math.max(last, range.last));
    }

    @Override
    public String text() {
        return first + " " + last;
    }

    /// As a list of ports has it: `8080` or `30000-32767`.
    String listText() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }

    @Override
    public int compareTo(PortRange other) {
        return first != other.first ? Integer.compare(first, other.first) : Integer.compare(last, other.last);
    }
}
