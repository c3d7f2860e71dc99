package dev.socketcapacity.api;

import static dev.socketcapacity.api.Bounds.MAX_LISTED;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.ArrayList;
import java.util.List;

/// What one node holds. Written by the node's agent only.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NodeSocketCapacityStatus(
        @Min(0) @JsonPropertyDescription("The generation of the spec that this report speaks of.")
        Long observedGeneration,

        @Size(max = 64)
        @JsonPropertyDescription(
                "The boot id of the kernel that the agent speaks for: a report with another one is old.")
        String bootID,

        @Size(max = 16) @JsonPropertyDescription("What the agent may do: Privileged.")
        String profile,

        @JsonPropertyDescription(
                "Whether the node is itself a container, so that the kernel-wide values are not its own.")
        Boolean guest,

        @Size(max = 64) @JsonPropertyDescription("The hash of the target that the agent works on.")
        String target,

        @JsonPropertyDescription("The proof, where there is one.")
        Proof proved,

        @Size(max = MAX_LISTED) @JsonPropertyDescription("The settings that the target needs: at most 16.")
        List<SettingReport> settings,

        @Min(0) @JsonPropertyDescription("How many settings are not listed.")
        Integer settingsOmitted,

        @JsonPropertyDescription("The limit that is hit first, and the next one.")
        Bottleneck bottleneck,

        @Size(max = 8) @JsonPropertyDescription("Accepted, Enacted, Verified, Ready, Reconciling and Stalled.")
        List<Condition> conditions) {

    /// The only profile there is: every privilege, other namespaces included.
    public static final String PRIVILEGED = "Privileged";

    public NodeSocketCapacityStatus {
        settings = settings == null ? List.of() : List.copyOf(settings);
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }

    /// The same without the figures that change all the time, and are no news by themselves.
    public NodeSocketCapacityStatus withoutUsage() {
        var still = bottleneck == null
                ? null
                : new Bottleneck(bottleneck.limit(), null, bottleneck.max(), bottleneck.next());
        return new NodeSocketCapacityStatus(
                observedGeneration,
                bootID,
                profile,
                guest,
                target,
                proved,
                settings,
                settingsOmitted,
                still,
                conditions);
    }

    /// The same with one setting less in the list, and one more that is counted.
    public NodeSocketCapacityStatus withoutLastSetting() {
        return new NodeSocketCapacityStatus(
                observedGeneration,
                bootID,
                profile,
                guest,
                target,
                proved,
                settings.subList(0, settings.size() - 1),
                settingsOmitted == null ? 1 : settingsOmitted + 1,
                bottleneck,
                conditions);
    }

    /// A target that was proved, how and when. It holds for one boot, one start of the node and one target.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Proof(
            @Required @Size(max = 64) @JsonPropertyDescription("The hash of the target that was proved.")
            String target,

            @Required @Size(max = 32) @JsonPropertyDescription("When.")
            String time,

            @Required @Size(max = 16) @JsonPropertyDescription("Probe or Compute.")
            String method,

            @Size(max = 32) @JsonPropertyDescription("The path that the probe's connections took: HostToPod.")
            String path,

            @Min(0) @JsonPropertyDescription("Connections that were held at one moment.")
            Long held,

            @Min(0) @JsonPropertyDescription("Connections that the kernel's values cover, by computation.")
            Long computed,

            @Size(max = 8)
            @JsonPropertyDescription(
                    "What the probe's connections put to the test: of ports, backlog, memory and conntrack.")
            List<@Size(max = 32) String> exercised,

            @Size(max = 8)
            @JsonPropertyDescription(
                    "What they did not: descriptors of one process, the network between machines, and conntrack where "
                            + "nothing tracks them.")
            List<@Size(max = 32) String> notExercised) {

        private static final String CONNTRACK = "conntrack";

        /// By connections that were held.
        ///
        /// @param tracked whether they were in conntrack's table
        public static Proof probed(String target, String time, long held, Long computed, boolean tracked) {
            var exercised = new ArrayList<>(List.of("ports", "backlog", "memory"));
            var notExercised = new ArrayList<>(List.of("descriptors", "network"));
            (tracked ? exercised : notExercised).add(CONNTRACK);
            return new Proof(target, time, Verification.PROBE, "HostToPod", held, computed, exercised, notExercised);
        }

        /// Without any connection.
        ///
        /// @param computed null where no connections are wished for
        public static Proof computed(String target, String time, Long computed) {
            return new Proof(target, time, Verification.COMPUTE, null, null, computed, null, null);
        }

        /// Whether it is known that it says nothing of conntrack's table.
        public boolean leavesOutConntrack() {
            return notExercised != null && notExercised.contains(CONNTRACK);
        }
    }

    /// One setting: what it was, shall be and is.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record SettingReport(
            @Required @Size(max = 64) @JsonPropertyDescription("Its name.")
            String name,

            @Size(max = 32)
            @JsonPropertyDescription(
                    "Where the value holds: Kernel, NodeNetwork or NodeProcesses. It holds nowhere else.")
            String scope,

            @Size(max = 160) @JsonPropertyDescription("What was found.")
            String original,

            @Size(max = 160) @JsonPropertyDescription("What is needed.")
            String desired,

            @Size(max = 160) @JsonPropertyDescription("What the kernel says.")
            String actual,

            @Size(max = 32)
            @JsonPropertyDescription(
                    "Sufficient, Raised, Contested, SharedKernel, NotSettable, Absent, Clamped, OnHold, Restored,"
                            + " LeftInUse or LeftForeign.")
            String state) {}

    /// The limit with the least headroom.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Bottleneck(
            @Size(max = 64) @JsonPropertyDescription("The limit's name.")
            String limit,

            @Min(0) @JsonPropertyDescription("What is in use of it now.")
            Long used,

            @Min(0) @JsonPropertyDescription("What it allows.")
            Long max,

            @Size(max = 64) @JsonPropertyDescription("The limit behind it.")
            String next) {}
}
