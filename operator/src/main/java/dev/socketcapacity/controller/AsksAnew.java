package dev.socketcapacity.controller;

import dev.socketcapacity.api.SocketCapacity;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import java.util.Objects;

/// Whether a change of a wish asks for something: another spec, or another call for a probe, which changes no
/// generation. Its status does not, which is our own.
public final class AsksAnew implements OnUpdateFilter<SocketCapacity> {

    @Override
    public boolean accept(SocketCapacity now, SocketCapacity before) {
        return !Objects.equals(
                        now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
                || !Objects.equals(ProbeRequest.call(now), ProbeRequest.call(before));
    }
}
