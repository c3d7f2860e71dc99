package dev.socketcapacity.controller;

import static java.util.stream.Collectors.joining;

import dev.socketcapacity.api.ApiGroup;
import dev.socketcapacity.api.Bounds;
import dev.socketcapacity.api.SocketCapacity;
import java.util.List;
import java.util.Objects;

/// The calls for a probe of all wishes on a node as one, free of order: as they are, so that people find theirs, or
/// their hash where they are long.
final class ProbeRequest {

    private ProbeRequest() {}

    /// @return null where nobody calls
    static String of(List<SocketCapacity> wishes) {
        var calls = wishes.stream()
                .map(ProbeRequest::call)
                .filter(Objects::nonNull)
                .distinct()
                .sorted()
                .collect(joining(","));
        if (calls.isEmpty()) {
            return null;
        }
        return calls.length() <= Bounds.MAX_PROBE_REQUEST ? calls : TargetHash.sha256(calls);
    }

    static String call(SocketCapacity wish) {
        var annotations = wish.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(ApiGroup.PROBE_ANNOTATION);
    }
}
