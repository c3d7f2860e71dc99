package dev.socketcapacity.api;

import static dev.socketcapacity.api.Bounds.MAX_SAMPLES;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/// What became of a wish.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SocketCapacityStatus(
        @Min(0) @JsonPropertyDescription("The generation of the spec that this status speaks of.")
        Long observedGeneration,

        @JsonPropertyDescription("How many nodes are where.")
        Nodes nodes,

        @JsonPropertyDescription("The values in use, also those that the spec leaves out.")
        Effective effective,

        @Size(max = MAX_SAMPLES) @JsonPropertyDescription("At most 10 nodes that do not hold the wish, and why.")
        List<NodeSample> samples,

        @Size(max = 8) @JsonPropertyDescription("Accepted, Enacted, Verified, Ready, Reconciling and Stalled.")
        List<Condition> conditions) {

    public SocketCapacityStatus {
        samples = samples == null ? List.of() : List.copyOf(samples);
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }

    /// Counts of nodes.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Nodes(
            @Size(max = 32) @JsonPropertyDescription("Ready and counted nodes, such as 3/3.")
            String summary,

            @Min(0) @JsonPropertyDescription("Nodes that the selector selects.")
            Integer selected,

            @Min(0) @JsonPropertyDescription("Selected nodes that are reachable and so count.")
            Integer counted,

            @Min(0) @JsonPropertyDescription("Counted nodes that hold the wish, with proof.")
            Integer ready,

            @Min(0) @JsonPropertyDescription("Counted nodes that can't hold it until something is changed.")
            Integer stalled,

            @Min(0)
            @JsonPropertyDescription("Selected nodes that are not Ready, or cordoned before they held it: not started.")
            Integer unreachable,

            @Min(0)
            @JsonPropertyDescription(
                    "Selected nodes that are labelled socketcapacity.dev/hands-off=true: left as they are.")
            Integer handsOff) {}

    /// The values in use.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Effective(
            @JsonPropertyDescription("How the nodes prove it.")
            Verification verification) {}

    /// A node that does not hold the wish.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record NodeSample(
            @Size(max = 253) @JsonPropertyDescription("The node's name.")
            String node,

            @Size(max = 64) @JsonPropertyDescription("Why, in one word.")
            String reason,

            @Size(max = Bounds.MAX_MESSAGE) @JsonPropertyDescription("Why, in one sentence.")
            String message) {}
}
