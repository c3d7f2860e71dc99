package dev.socketcapacity.api;

import static dev.socketcapacity.api.Bounds.MAX_RESERVED;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/// What local ports are kept for.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Ports(
        @Size(max = MAX_RESERVED)
        @JsonPropertyDescription(
                "Ports and ranges that must never become ephemeral ports, such as 8080 or 30000-32767. They"
                        + " are added to net.ipv4.ip_local_reserved_ports. At most 32. Left out: none of your own.")
        List<@Size(max = 11) String> reserve) {

    public Ports {
        reserve = reserve == null ? List.of() : List.copyOf(reserve);
    }
}
