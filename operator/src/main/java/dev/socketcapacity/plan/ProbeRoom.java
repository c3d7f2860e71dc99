package dev.socketcapacity.plan;

import static java.util.Comparator.comparingLong;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// What each limit leaves for the connections of a probe, by a survey of the process that starts it.
///
/// @param bounds the tightest first
public record ProbeRoom(Survey survey, List<Bound> bounds) {

    /// What a probe may use of what others need as well.
    private static final double SHARE = 0.9;

    public ProbeRoom {
        bounds = List.copyOf(bounds);
    }

    /// How a probe's connections are made.
    ///
    /// @param ends         of each that are on this machine: 1 or 2
    /// @param destinations that they are spread over, each with the whole port range; 0 for as many as they need
    /// @param tables       descriptor tables that hold them; 0 for as many as they need
    public record Shape(int ends, int destinations, int tables) {}

    /// @param connections that fit under the limit
    public record Bound(Reading reading, long connections) {

        private boolean isShared() {
            return switch (reading.limit()) {
                case FILE_MAX, CONNTRACK_MAX, MEMORY, CGROUP_MEMORY -> true;
                default -> false;
            };
        }

        /// How many a probe may make of them.
        public long allowed() {
            return isShared() ? (long) (SHARE * connections) : connections;
        }
    }

    public static ProbeRoom of(Survey survey, Shape shape) {
        return new ProbeRoom(
                survey,
                survey.readings().stream()
                        .filter(reading -> reading.headroom().isPresent())
                        .flatMap(reading -> bound(reading, shape).stream())
                        .sorted(comparingLong(Bound::connections))
                        .toList());
    }

    private static Optional<Bound> bound(Reading reading, Shape shape) {
        var connections = connections(reading, shape);
        return connections.isPresent() ? Optional.of(new Bound(reading, connections.getAsLong())) : Optional.empty();
    }

    /// Empty where it bounds no probe. Root is not bound by fs.file-max, but those are whom it would take files from;
    /// and that no ports are in use says nothing.
    private static OptionalLong connections(Reading reading, Shape shape) {
        long left = reading.headroom().getAsLong();
        var binds = reading.exempt().isEmpty();
        return switch (reading.limit()) {
            case FILE_MAX -> OptionalLong.of(left / shape.ends);
            case PORT_RANGE -> timesUnlessFree(left, shape.destinations);
            case MEMORY, CGROUP_MEMORY -> OptionalLong.of(left / (shape.ends * Baseline.BYTES_PER_SOCKET));
            case CONNTRACK_MAX -> binds ? OptionalLong.of(left) : OptionalLong.empty();
            case DESCRIPTORS, NR_OPEN ->
                binds ? timesUnlessFree(left / shape.ends, shape.tables) : OptionalLong.empty();
            default -> OptionalLong.empty();
        };
    }

    private static OptionalLong timesUnlessFree(long left, int times) {
        return times == 0 ? OptionalLong.empty() : OptionalLong.of(left * times);
    }

    /// What forbids to try so many, as it would take from others what they need; empty where nothing does. What only
    /// the probe itself lacks it may find out.
    public Optional<Bound> against(long wanted) {
        return bounds.stream()
                .filter(Bound::isShared)
                .filter(bound -> bound.allowed() < wanted)
                .findFirst();
    }

    /// The same for connections that one limit does not bound.
    public ProbeRoom without(Limit limit) {
        return new ProbeRoom(
                survey,
                bounds.stream().filter(bound -> bound.reading.limit() != limit).toList());
    }

    /// What comes first; empty where nothing could be read.
    public Optional<Bound> tightest() {
        return bounds.stream().findFirst();
    }
}
