package dev.socketcapacity.api;

import static dev.socketcapacity.api.Bounds.MAX_HOLD_SECONDS;
import static dev.socketcapacity.api.Bounds.MAX_MEMORY_PERCENT;
import static dev.socketcapacity.api.Bounds.MAX_PERIOD_SECONDS;
import static dev.socketcapacity.api.Bounds.MAX_PROBE_CONNECTIONS;
import static dev.socketcapacity.api.Bounds.MAX_TIMEOUT_SECONDS;
import static dev.socketcapacity.api.Bounds.MIN_PERIOD_SECONDS;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/// How a node proves that it holds what was asked for.
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!has(self.method) || self.method in ['Probe', 'Compute']",
        message = "must be one of: Probe, Compute",
        fieldPath = ".method")
@ValidationRule(
        value =
                "!has(self.timeoutSeconds) || self.timeoutSeconds >= 60 + (has(self.holdSeconds) ? self.holdSeconds : 5)"
                        + " + (has(self.connections) ? self.connections : 5000) / 1000",
        messageExpression = "'must be at least %d seconds: 60, the hold, and one for each 1000 connections'.format([60"
                + " + (has(self.holdSeconds) ? self.holdSeconds : 5)"
                + " + (has(self.connections) ? self.connections : 5000) / 1000])",
        fieldPath = ".timeoutSeconds")
@ValidationRule(
        value = "!has(self.periodSeconds) || self.periodSeconds >= 2 * (has(self.timeoutSeconds) ? self.timeoutSeconds"
                + " : 60 + (has(self.holdSeconds) ? self.holdSeconds : 5)"
                + " + (has(self.connections) ? self.connections : 5000) / 1000)",
        messageExpression = "'must be at least %d seconds: twice the timeout'.format(["
                + "2 * (has(self.timeoutSeconds) ? self.timeoutSeconds"
                + " : 60 + (has(self.holdSeconds) ? self.holdSeconds : 5)"
                + " + (has(self.connections) ? self.connections : 5000) / 1000)])",
        fieldPath = ".periodSeconds")
public record Verification(
        @Size(max = 16)
        @JsonPropertyDescription(
                "Probe opens connections from the node to the agent's pod and holds them all at one moment;"
                        + " Compute only compares the kernel's values with what is needed. Left out: Probe.")
        String method,

        @Min(1)
        @Max(MAX_PROBE_CONNECTIONS)
        @JsonPropertyDescription(
                "How many connections the probe holds. Connections; 1 to 1000000. This very number is held or"
                        + " the probe says why not. Left out: 5000, or fewer where fewer are asked for, or half of what is free.")
        Long connections,

        @Min(1)
        @Max(MAX_HOLD_SECONDS)
        @JsonPropertyDescription("How long the probe holds all connections. Seconds; 1 to 3600. Left out: 5.")
        Long holdSeconds,

        @Min(1)
        @Max(MAX_TIMEOUT_SECONDS)
        @JsonPropertyDescription(
                "How long the probe may take in all. Seconds; at least 60, the hold, and one for each 1000"
                        + " connections, at most 7200. Left out: that least value.")
        Long timeoutSeconds,

        @Min(MIN_PERIOD_SECONDS)
        @Max(MAX_PERIOD_SECONDS)
        @JsonPropertyDescription(
                "How long a proof stands before the node proves it again, more or less a fifth, at random. After twice"
                        + " as long without it, it is outdated. Seconds; at least 120 and twice the timeout, at most 604800."
                        + " Left out: 3600, or twice the timeout where that is more.")
        Long periodSeconds,

        @Min(1)
        @Max(MAX_MEMORY_PERCENT)
        @JsonPropertyDescription(
                "How much of the node's memory the probe's own sockets may take at most. Percent; 1 to 90. Left out: 10.")
        Long maxMemoryPercent) {

    /// Where nothing is said.
    public static final Verification UNSAID = new Verification(null, null, null, null, null, null);

    public static final String PROBE = "Probe";
    public static final String COMPUTE = "Compute";
}
