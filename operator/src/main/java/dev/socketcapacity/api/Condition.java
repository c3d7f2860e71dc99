package dev.socketcapacity.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// One condition, as Kubernetes has it. The fields are strings, so that a newer version's words can still be read.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Condition(
        @Required
        @Size(max = 64)
        @JsonPropertyDescription("Accepted, Enacted, Verified, Ready, Reconciling or Stalled.")
        String type,

        @Required @Size(max = 8) @JsonPropertyDescription("True, False or Unknown.")
        String status,

        @Required @Size(max = 64) @JsonPropertyDescription("Why, in one word of a documented list.")
        String reason,

        @Required @Size(max = Bounds.MAX_MESSAGE) @JsonPropertyDescription("Why, in one sentence with the numbers.")
        String message,

        @Required @Size(max = 32) @JsonPropertyDescription("When the status last changed.")
        String lastTransitionTime,

        @Min(0) @JsonPropertyDescription("The generation of the spec that this condition speaks of.")
        Long observedGeneration) {

    public enum Status {
        True,
        False,
        Unknown;

        public static Status of(boolean value) {
            return value ? True : False;
        }
    }

    /// The condition types, in the order in which they are written.
    public enum Type {
        /// The wish can be planned.
        Accepted,
        /// The kernel holds every value that the wish needs, whoever set it.
        Enacted,
        /// The probe held its connections, and the kernel's values cover the wish.
        Verified,
        /// All of the above, for this generation. Derived, never set by itself.
        Ready,
        /// Work is going on: kstatus' InProgress.
        Reconciling,
        /// Somebody has to change something: kstatus' Failed.
        Stalled
    }

    /// A new condition. Where `before` has one of its type and status, its transition time is kept.
    public static Condition of(
            Type type,
            Status status,
            Reason reason,
            String message,
            long generation,
            Instant now,
            List<Condition> before) {
        var since = find(before, type)
                .filter(old -> old.status().equals(status.name()))
                .map(Condition::lastTransitionTime)
                .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
        return new Condition(type.name(), status.name(), reason.name(), shortened(message), since, generation);
    }

    public static java.util.Optional<Condition> find(List<Condition> conditions, Type type) {
        return conditions.stream().filter(c -> type.name().equals(c.type())).findFirst();
    }

    public boolean is(Status expected) {
        return expected.name().equals(status);
    }

    private static String shortened(String message) {
        return message.length() <= Bounds.MAX_MESSAGE ? message : message.substring(0, Bounds.MAX_MESSAGE - 1) + "…";
    }
}
