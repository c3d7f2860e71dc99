package dev.socketcapacity.plan;

import static dev.socketcapacity.plan.Setting.Scope.KERNEL;
import static dev.socketcapacity.plan.Setting.Scope.NODE_NETWORK;
import static dev.socketcapacity.plan.Setting.Scope.NODE_PROCESSES;
import static dev.socketcapacity.plan.Value.Shape.AMOUNT;
import static dev.socketcapacity.plan.Value.Shape.PORTS;
import static dev.socketcapacity.plan.Value.Shape.RANGE;

import java.util.Arrays;
import java.util.Optional;

/// The kernel's settings that we may write: a closed table of values where larger holds more. Nothing outside it can
/// be named in a wish, and no path is ever made from a user's word.
///
/// Declared in the order in which they are raised; on the way back the order is the reverse. Ports are reserved
/// before the range is widened over them, and the hash of conntrack grows before its table.
public enum Setting {
    /// Open files of all processes. Hit by processes without CAP_SYS_ADMIN, as ENFILE. Source:
    /// Documentation/admin-guide/sysctl/fs.rst.
    FILE_MAX("fs.file-max", AMOUNT, "open files", KERNEL, 8_192, Long.MAX_VALUE, true),

    /// The most that RLIMIT_NOFILE of any process can be. Hit as EMFILE, and by setrlimit as EPERM. Source: fs/file.c.
    NR_OPEN("fs.nr_open", AMOUNT, "descriptors of one process", KERNEL, 1_024, 2_147_483_584L, true),

    /// Ports that are never handed out as ephemeral ports. Asked for by `spec.ports.reserve`, not by name.
    RESERVED_PORTS("net.ipv4.ip_local_reserved_ports", PORTS, "ports", NODE_NETWORK, 0, PortRange.MAX_PORT, false),

    /// The ports that connect() picks from, of IPv4 and IPv6. Hit as EADDRNOTAVAIL. Source:
    /// Documentation/networking/ip-sysctl.rst.
    PORT_RANGE("net.ipv4.ip_local_port_range", RANGE, "ports", NODE_NETWORK, 1_024, PortRange.MAX_PORT, true),

    /// Buckets of the connection tracking hash. Goes with the table's maximum, at a quarter of it.
    CONNTRACK_BUCKETS("net.netfilter.nf_conntrack_buckets", AMOUNT, "buckets", KERNEL, 1, 268_435_455, false),

    /// Tracked connections of each network namespace. Hit as a SYN that is dropped, so that connect() hangs.
    /// Source: Documentation/networking/nf_conntrack-sysctl.rst.
    CONNTRACK_MAX("net.netfilter.nf_conntrack_max", AMOUNT, "tracked connections", KERNEL, 1, Integer.MAX_VALUE, true),

    /// Upper bound of a listen() backlog. Hit as a SYN that is dropped. Source:
    /// Documentation/admin-guide/sysctl/net.rst.
    SOMAXCONN("net.core.somaxconn", AMOUNT, "waiting connections", NODE_NETWORK, 128, Integer.MAX_VALUE, true),

    /// Memory maps of one process: two for each thread. Hit as ENOMEM by mmap(), as EAGAIN by pthread_create().
    /// Source: Documentation/admin-guide/sysctl/vm.rst.
    MAX_MAP_COUNT("vm.max_map_count", AMOUNT, "maps of one process", KERNEL, 65_530, Integer.MAX_VALUE, true),

    /// Processes and threads of the node's pid namespace. Hit as EAGAIN by everybody in it. Source: kernel/pid.c.
    PID_MAX("kernel.pid_max", AMOUNT, "threads", NODE_PROCESSES, 301, 4_194_304, true),

    /// Threads of the kernel. Hit as EAGAIN. Source: kernel/fork.c.
    THREADS_MAX("kernel.threads-max", AMOUNT, "threads", KERNEL, 1, 1_073_741_823, true);

    /// Where a value holds. It holds nowhere else: a pod has a network namespace of its own.
    public enum Scope {
        /// The whole kernel, also where it is shared by several nodes.
        KERNEL("Kernel"),
        /// The node's own network namespace.
        NODE_NETWORK("NodeNetwork"),
        /// The node's own pid namespace.
        NODE_PROCESSES("NodeProcesses");

        private final String text;

        Scope(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    private final String key;
    private final Value.Shape shape;
    private final String unit;
    private final Scope scope;
    private final long min;
    private final long max;
    private final boolean requestable;

    Setting(String key, Value.Shape shape, String unit, Scope scope, long min, long max, boolean requestable) {
        this.key = key;
        this.shape = shape;
        this.unit = unit;
        this.scope = scope;
        this.min = min;
        this.max = max;
        this.requestable = requestable;
    }

    /// The setting of that name that a wish may name.
    public static Optional<Setting> requestable(String key) {
        return Arrays.stream(values())
                .filter(setting -> setting.requestable && setting.key.equals(key))
                .findFirst();
    }

    /// As sysctl(8) names it.
    public String key() {
        return key;
    }

    public Value.Shape shape() {
        return shape;
    }

    /// What is counted.
    public String unit() {
        return unit;
    }

    public Scope scope() {
        return scope;
    }

    /// The least that a wish may ask for.
    public long min() {
        return min;
    }

    /// The most that the kernel takes.
    public long max() {
        return max;
    }

    public boolean isRequestable() {
        return requestable;
    }
}
