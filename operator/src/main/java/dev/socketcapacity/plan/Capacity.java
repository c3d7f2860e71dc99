package dev.socketcapacity.plan;

import static java.util.Comparator.comparingLong;

import dev.socketcapacity.api.Target;
import java.util.Optional;

/// How many connections a node can hold in all, by computation: what every limit that counts them leaves to them,
/// beside what the node carried before and the probe's own. What is in use now does not matter: a wish is a total.
///
/// @param limit       the one that allows no more
/// @param connections of both kinds, in the target's proportions
public record Capacity(Limit limit, long connections) {

    /// Empty for a target without connections.
    public static Optional<Capacity> of(Target target, Derivation derivation, Observation node) {
        return Headroom.of(derivation, node).stream()
                .flatMap(headroom -> headroom.fits(target.connections()).stream()
                        .mapToObj(connections -> new Capacity(headroom.limit(), connections)))
                .min(comparingLong(Capacity::connections));
    }
}
