package dev.socketcapacity.api;

import static dev.socketcapacity.api.Bounds.MAX_CONNECTIONS;
import static dev.socketcapacity.api.Bounds.MAX_OUTBOUND;
import static dev.socketcapacity.api.Bounds.MAX_SETTINGS;
import static dev.socketcapacity.api.Bounds.MAX_THREADS;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/// What the selected nodes must hold. There are no defaults in the schema: GitOps tools would see them as drift. What
/// applies where a field is left out is said in its description and shown in `status.effective`.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
        value = "has(self.nodeSelector)",
        message = "must be set; write {} to select every node",
        reason = "FieldValueRequired",
        fieldPath = ".nodeSelector")
@ValidationRule(
        value = "has(self.inboundConnections) || has(self.outboundConnections) || has(self.threads)"
                + " || (has(self.settings) && size(self.settings) > 0)",
        message =
                "must ask for something: set at least one of inboundConnections, outboundConnections, threads, settings",
        reason = "FieldValueRequired")
public record SocketCapacitySpec(
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @JsonPropertyDescription(
                "Which nodes: a label selector. {} selects every node. Only Linux nodes are ever selected."
                        + " Required.")
        NodeSelector nodeSelector,

        @Min(1)
        @Max(MAX_CONNECTIONS)
        @JsonPropertyDescription(
                "Established TCP connections that the processes of a node, together, must be able to hold"
                        + " as the accepting side: a total, what runs already counts towards it. Connections; 1 to 16777216."
                        + " Left out: nothing is asked for.")
        Long inboundConnections,

        @Min(1)
        @Max(MAX_OUTBOUND)
        @JsonPropertyDescription(
                "Established TCP connections that a node must be able to hold as the connecting side, to one"
                        + " destination (address and port) from one source address. Connections; 1 to 64512, the widest port range"
                        + " there is. Left out: nothing is asked for.")
        Long outboundConnections,

        @Min(1)
        @Max(MAX_THREADS)
        @JsonPropertyDescription(
                "Threads that thread-per-connection servers on a node need, together: a total. Threads; 1 to"
                        + " 4194304. Left out: nothing is asked for.")
        Long threads,

        @Size(max = MAX_SETTINGS)
        @JsonPropertyDescription(
                "Kernel settings that must be at least this large, added to what is derived from the numbers"
                        + " above. Never lowers anything. At most 64. Left out: only what is derived.")
        List<SettingRequirement> settings,

        @JsonPropertyDescription(
                "What local ports are kept for. Left out: only what the installation protects, and the ports"
                        + " that are listened on.")
        Ports ports,

        @JsonPropertyDescription(
                "How a node proves that it holds what was asked for. Left out: a probe of 5000 connections,"
                        + " or of all of them where fewer are asked for.")
        Verification verification) {

    public SocketCapacitySpec {
        settings = settings == null ? List.of() : List.copyOf(settings);
    }
}
