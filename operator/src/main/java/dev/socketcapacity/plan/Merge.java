package dev.socketcapacity.plan;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.toMap;

import dev.socketcapacity.api.Bounds;
import dev.socketcapacity.api.Ports;
import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.SocketCapacity;
import dev.socketcapacity.api.SocketCapacitySpec;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.api.Verification;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Stream;

/// The wishes on one node as one target. Free of order, and always a target: the larger number wins, lists are united.
///
/// @param included the wishes in the target, by UID
/// @param leftOut  the wishes that would have made more than 64 ranges of reserved ports
public record Merge(Target target, List<SocketCapacity> included, List<SocketCapacity> leftOut) {

    public static Merge of(Collection<SocketCapacity> wishes) {
        var included = new ArrayList<SocketCapacity>();
        var leftOut = new ArrayList<SocketCapacity>();
        var reserved = PortSet.EMPTY;
        for (var wish :
                wishes.stream().sorted(comparing(w -> w.getMetadata().getUid())).toList()) {
            var with = reserved.plus(reservedBy(wish.getSpec()));
            if (with.ranges().size() > Bounds.MAX_MERGED_RESERVED) {
                leftOut.add(wish);
            } else {
                reserved = with;
                included.add(wish);
            }
        }
        var specs = included.stream().map(SocketCapacity::getSpec).toList();
        var target = new Target(
                largest(specs, SocketCapacitySpec::inboundConnections),
                largest(specs, SocketCapacitySpec::outboundConnections),
                largest(specs, SocketCapacitySpec::threads),
                settings(specs),
                reserved.items(),
                verification(specs));
        return new Merge(target, List.copyOf(included), List.copyOf(leftOut));
    }

    private static PortSet reservedBy(SocketCapacitySpec spec) {
        var ports = spec.ports() == null ? new Ports(List.of()) : spec.ports();
        return PortSet.ofItems(ports.reserve());
    }

    private static <T> Long largest(List<T> items, Function<T, Long> number) {
        return numbers(items, number).max(Long::compare).orElse(null);
    }

    private static <T> Long smallest(List<T> items, Function<T, Long> number) {
        return numbers(items, number).min(Long::compare).orElse(null);
    }

    private static <T> Stream<Long> numbers(List<T> items, Function<T, Long> number) {
        return items.stream().map(number).filter(Objects::nonNull);
    }

    private static List<SettingRequirement> settings(List<SocketCapacitySpec> specs) {
        BinaryOperator<SettingRequirement> larger = (a, b) -> new SettingRequirement(
                a.name(),
                largest(List.of(a, b), SettingRequirement::value),
                Stream.of(a.range(), b.range())
                        .filter(Objects::nonNull)
                        .reduce((x, y) -> new SettingRequirement.Range(
                                Math.min(x.first(), y.first()), Math.max(x.last(), y.last())))
                        .orElse(null));
        var byName = specs.stream()
                .flatMap(spec -> spec.settings().stream())
                .collect(toMap(SettingRequirement::name, Function.identity(), larger, TreeMap::new));
        return List.copyOf(byName.values());
    }

    private static Verification verification(List<SocketCapacitySpec> specs) {
        var asked = specs.stream()
                .map(SocketCapacitySpec::verification)
                .filter(Objects::nonNull)
                .toList();
        var onlyComputes = asked.size() == specs.size()
                && asked.stream().allMatch(verification -> Verification.COMPUTE.equals(verification.method()));
        var merged = new Verification(
                onlyComputes ? Verification.COMPUTE : null,
                largest(asked, Verification::connections),
                largest(asked, Verification::holdSeconds),
                largest(asked, Verification::timeoutSeconds),
                smallest(asked, Verification::periodSeconds),
                smallest(asked, Verification::maxMemoryPercent));
        return merged.equals(Verification.UNSAID) ? null : merged;
    }
}
