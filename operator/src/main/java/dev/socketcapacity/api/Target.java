package dev.socketcapacity.api;

import static dev.socketcapacity.api.Bounds.MAX_CONNECTIONS;
import static dev.socketcapacity.api.Bounds.MAX_MERGED_RESERVED;
import static dev.socketcapacity.api.Bounds.MAX_OUTBOUND;
import static dev.socketcapacity.api.Bounds.MAX_SETTINGS;
import static dev.socketcapacity.api.Bounds.MAX_THREADS;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/// The merged intent of all wishes that select a node.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Target(
        @Min(1) @Max(MAX_CONNECTIONS) @JsonPropertyDescription("Connections to hold as the accepting side.")
        Long inboundConnections,

        @Min(1)
        @Max(MAX_OUTBOUND)
        @JsonPropertyDescription("Connections to hold as the connecting side, to one destination.")
        Long outboundConnections,

        @Min(1) @Max(MAX_THREADS) @JsonPropertyDescription("Threads.")
        Long threads,

        @Size(max = MAX_SETTINGS) @JsonPropertyDescription("Settings and what they must be at least.")
        List<SettingRequirement> settings,

        @Size(max = MAX_MERGED_RESERVED) @JsonPropertyDescription("Ports that must never become ephemeral.")
        List<@Size(max = 11) String> reservedPorts,

        @JsonPropertyDescription("How to prove it.") Verification verification) {

    public Target {
        settings = settings == null ? List.of() : List.copyOf(settings);
        reservedPorts = reservedPorts == null ? List.of() : List.copyOf(reservedPorts);
    }

    public long inbound() {
        return inboundConnections == null ? 0 : inboundConnections;
    }

    public long outbound() {
        return outboundConnections == null ? 0 : outboundConnections;
    }

    /// Connections of both kinds.
    public long connections() {
        return inbound() + outbound();
    }

    public long threadCount() {
        return threads == null ? 0 : threads;
    }
}
