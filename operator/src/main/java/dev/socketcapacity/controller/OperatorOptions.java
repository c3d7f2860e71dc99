package dev.socketcapacity.controller;

import dev.socketcapacity.plan.ClockScale;
import java.nio.file.Path;

/// What the operator is started with.
///
/// @param namespace     its own: the agents', the lease's
/// @param podName       its identity in the leader election
/// @param deployment    its own Deployment, which owns the agents' DaemonSet
/// @param agentManifest the DaemonSet of the agents, as YAML
/// @param port          of health and metrics
public record OperatorOptions(
        String namespace, String podName, String deployment, Path agentManifest, int port, ClockScale scale) {}
