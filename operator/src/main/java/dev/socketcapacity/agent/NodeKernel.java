package dev.socketcapacity.agent;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Sysctls;
import dev.socketcapacity.plan.Amount;
import dev.socketcapacity.plan.Observation;
import dev.socketcapacity.plan.PortRange;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Usage;
import dev.socketcapacity.plan.Value;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Optional;
import java.util.OptionalLong;

/// The node's kernel in the planner's words.
final class NodeKernel {

    /// Lives in the machine's first network namespace only: where it is missing, the node is a container.
    private static final String FIRST_NETWORK_ONLY = "net.core.netdev_max_backlog";

    private static final String TRACKED = "net.netfilter.nf_conntrack_count";
    private static final String CLOSE_TIMEOUT = "net.netfilter.nf_conntrack_tcp_timeout_close";
    private static final long DEFAULT_PID_MAX = 32_768;
    private static final long PIDS_PER_CPU = 1_024;

    private final Host host;
    private final Sysctls sysctls;
    private final NetworkNamespace network;

    NodeKernel(Host host, Sysctls sysctls, NetworkNamespace network) {
        this.host = host;
        this.sysctls = sysctls;
        this.network = network;
    }

    /// What makes this node, this start of it, and this boot the very ones they are.
    record Identity(String bootId, long startTime, long networkCookie) {

        /// Where a setting of that scope lives, and for how long.
        String namespaceOf(Setting.Scope scope) {
            return switch (scope) {
                case KERNEL -> bootId;
                case NODE_NETWORK -> bootId + "/net:" + networkCookie;
                case NODE_PROCESSES -> bootId + "/pid:" + startTime;
            };
        }
    }

    Identity identity() throws IOException {
        return new Identity(host.bootId(), host.startTime(), network.cookie());
    }

    Observation observe() throws IOException {
        var values = new EnumMap<Setting, Value>(Setting.class);
        for (var setting : Setting.values()) {
            read(setting).ifPresent(value -> values.put(setting, value));
        }
        return new Observation(values, usage(), isGuest(), ancestorsTaskLimit());
    }

    Optional<Value> read(Setting setting) throws IOException {
        return sysctls.read(setting.key())
                .map(setting.shape()::parse)
                .map(value -> isUnlimited(setting, value) ? new Amount(Long.MAX_VALUE) : value);
    }

    /// A table of tracked connections has no end where its maximum is 0 (`__nf_conntrack_alloc`): to write any number
    /// there would take away from it.
    private static boolean isUnlimited(Setting setting, Value value) {
        return setting == Setting.CONNTRACK_MAX && value.equals(new Amount(0));
    }

    Sysctls.Written write(Setting setting, Value value) throws IOException {
        return sysctls.write(setting.key(), value.text());
    }

    /// How much of a setting is in use: it must not go below that. Empty where nothing is counted and going down hurts
    /// nobody.
    OptionalLong inUse(Setting setting) throws IOException {
        return switch (setting) {
            case FILE_MAX -> OptionalLong.of(host.openFiles());
            case NR_OPEN -> host.highestDescriptorLimit();
            case CONNTRACK_MAX ->
                OptionalLong.of(Math.max(tracked(), host.mostTracked().orElse(0)));
            case MAX_MAP_COUNT -> host.mostMaps();
            case PID_MAX, THREADS_MAX -> OptionalLong.of(host.tasks());
            case NEIGHBOURS -> host.neighbours("arp_cache");
            case NEIGHBOURS_IPV6 -> host.neighbours("ndisc_cache");
            case EPOLL_WATCHES -> host.mostWatches();
            case RESERVED_PORTS, PORT_RANGE, CONNTRACK_BUCKETS, SOMAXCONN, SYN_BACKLOG -> OptionalLong.empty();
        };
    }

    /// Whether the setting is this node's own to write.
    boolean owns(Setting setting) throws IOException {
        return setting.scope() != Setting.Scope.KERNEL || !isGuest();
    }

    int possibleCpus() throws IOException {
        return host.possibleCpus();
    }

    private Usage usage() throws IOException {
        var memory = host.memory();
        return new Usage(host.openFiles(), tracked(), host.tasks(), host.tcpSockets(), memory.total(), memory.free());
    }

    /// The ports that are listened on. No part of what is observed all the time: the kernel looks through the whole
    /// table of connections for them.
    PortSet listening() throws IOException {
        return new PortSet(host.listeningPorts().stream()
                .map(port -> new PortRange(port, port))
                .toList());
    }

    /// How long a connection that was reset stays in the table of tracked ones.
    Duration closeTimeout() throws IOException {
        return sysctls.read(CLOSE_TIMEOUT)
                .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)))
                .orElse(Duration.ZERO);
    }

    private long tracked() throws IOException {
        return sysctls.read(TRACKED).map(Long::parseLong).orElse(0L);
    }

    /// Whether this is not the machine's first network namespace.
    boolean isGuest() throws IOException {
        return sysctls.read(FIRST_NETWORK_ONLY).isEmpty();
    }

    /// A pid namespace below the machine's own starts with a large pid_max, but its ancestors' still binds.
    private Optional<Long> ancestorsTaskLimit() throws IOException {
        return host.ownsMachineProcesses()
                ? Optional.empty()
                : Optional.of(Math.max(DEFAULT_PID_MAX, PIDS_PER_CPU * host.possibleCpus()));
    }
}
