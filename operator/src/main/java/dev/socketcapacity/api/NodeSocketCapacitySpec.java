package dev.socketcapacity.api;

import static dev.socketcapacity.api.Bounds.MAX_LISTED;
import static dev.socketcapacity.api.Bounds.MAX_PROBE_REQUEST;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/// What one node must hold. Written by the operator only.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
        value = "self.action in ['Enact', 'Hold', 'Release']",
        message = "must be one of: Enact, Hold, Release",
        fieldPath = ".action")
public record NodeSocketCapacitySpec(
        @Required
        @Size(max = 64)
        @JsonPropertyDescription(
                "The UID of the node that is meant: a node deleted and made again under its name is another.")
        String nodeUID,

        @Required
        @Size(max = 16)
        @JsonPropertyDescription(
                "Enact: make the kernel hold the target. Hold: write and probe nothing, keep what is there."
                        + " Release: put back what was found, and say so.")
        String action,

        @JsonPropertyDescription(
                "The merged intent of all wishes that select the node. Intent, not values: the node's agent"
                        + " derives those.")
        Target target,

        @Size(max = 64) @JsonPropertyDescription("SHA-256 of the target, in hexadecimal digits.")
        String targetHash,

        @Size(max = MAX_LISTED) @JsonPropertyDescription("The wishes in the target, at most 16.")
        List<WishReference> wishes,

        @Min(0) @JsonPropertyDescription("How many wishes are in the target.")
        Integer wishCount,

        @Size(max = MAX_PROBE_REQUEST)
        @JsonPropertyDescription(
                "What the wishes say in their annotation socketcapacity.dev/probe: whenever it changes, the agent"
                        + " probes once more.")
        String probeRequest) {

    public static final String ENACT = "Enact";
    public static final String HOLD = "Hold";
    public static final String RELEASE = "Release";

    public NodeSocketCapacitySpec {
        wishes = wishes == null ? List.of() : List.copyOf(wishes);
    }

    /// One generation of one wish.
    public record WishReference(
            @Size(max = 63) @JsonPropertyDescription("Its name.")
            String name,

            @Size(max = 64) @JsonPropertyDescription("Its UID.")
            String uid,

            @Min(0) @JsonPropertyDescription("Its generation.")
            Long generation) {}
}
