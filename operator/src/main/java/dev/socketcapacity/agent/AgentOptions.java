package dev.socketcapacity.agent;

import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.PortSet;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.OptionalLong;

/// What an agent is started with.
///
/// @param node           its node's name, which is its object's name
/// @param podIp          its pod's address: the accepting side of the probe
/// @param proc           where the host's procfs is mounted
/// @param state          the folder on the host that keeps what was found
/// @param keepPorts      ports that never become ephemeral: NodePorts, kubelet, control plane
/// @param conntrackFloor what conntrack's table is never lowered below; empty for what kube-proxy would have set
/// @param corrections    how often within 10 minutes one setting is corrected at once, before the next ones wait
/// @param port           of health and metrics, on the pod's address
public record AgentOptions(
        String node,
        InetAddress podIp,
        Path proc,
        Path state,
        PortSet keepPorts,
        OptionalLong conntrackFloor,
        int corrections,
        int port,
        ClockScale scale) {}
