package dev.socketcapacity.plan;

import static dev.socketcapacity.plan.Setting.Scope.KERNEL;
import static dev.socketcapacity.plan.Setting.Scope.NODE_NETWORK;
import static dev.socketcapacity.plan.Setting.Scope.NODE_PROCESSES;
import static dev.socketcapacity.plan.Value.Shape.AMOUNT;
import static dev.socketcapacity.plan.Value.Shape.PORTS;
import static dev.socketcapacity.plan.Value.Shape.RANGE;

import java.util.Arrays;
import java.util.Optional;

/// The kernel's settings that we may write: a closed part of the [Limit]s, values where larger holds more. Nothing
/// outside it can be named in a wish, and no path is ever made from a user's word.
///
/// Declared in the order in which they are raised; on the way back the order is the reverse. Ports are reserved
/// before the range is widened over them, and the hash of conntrack grows before its table.
public enum Setting {
    FILE_MAX(Limit.FILE_MAX, AMOUNT, KERNEL, 8_192, true),
    NR_OPEN(Limit.NR_OPEN, AMOUNT, KERNEL, 1_024, true),
    EPOLL_WATCHES(Limit.EPOLL_WATCHES, AMOUNT, KERNEL, 1_024, true),
    /// Asked for by `spec.ports.reserve`, not by name.
    RESERVED_PORTS(Limit.RESERVED_PORTS, PORTS, NODE_NETWORK, 0, false),
    PORT_RANGE(Limit.PORT_RANGE, RANGE, NODE_NETWORK, 1_024, true),
    /// Goes with the table's maximum, at a quarter of it.
    CONNTRACK_BUCKETS(Limit.CONNTRACK_BUCKETS, AMOUNT, KERNEL, 1, false),
    CONNTRACK_MAX(Limit.CONNTRACK_MAX, AMOUNT, KERNEL, 1, true),
    SOMAXCONN(Limit.SOMAXCONN, AMOUNT, NODE_NETWORK, 128, true),
    SYN_BACKLOG(Limit.SYN_BACKLOG, AMOUNT, NODE_NETWORK, 128, true),
    MAX_MAP_COUNT(Limit.MAX_MAP_COUNT, AMOUNT, KERNEL, 65_530, true),
    PID_MAX(Limit.PID_MAX, AMOUNT, NODE_PROCESSES, 301, true),
    THREADS_MAX(Limit.THREADS_MAX, AMOUNT, KERNEL, 1, true),
    NEIGHBOURS(Limit.NEIGHBOURS, AMOUNT, KERNEL, 128, true),
    NEIGHBOURS_IPV6(Limit.NEIGHBOURS_IPV6, AMOUNT, KERNEL, 128, true);

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

    private final Limit limit;
    private final Value.Shape shape;
    private final Scope scope;
    private final long min;
    private final boolean requestable;

    Setting(Limit limit, Value.Shape shape, Scope scope, long min, boolean requestable) {
        this.limit = limit;
        this.shape = shape;
        this.scope = scope;
        this.min = min;
        this.requestable = requestable;
    }

    /// The setting of that name.
    public static Optional<Setting> of(String key) {
        return Arrays.stream(values())
                .filter(setting -> setting.key().equals(key))
                .findFirst();
    }

    /// The setting of that name that a wish may name.
    public static Optional<Setting> requestable(String key) {
        return of(key).filter(Setting::isRequestable);
    }

    /// Its row in the table of limits.
    public Limit limit() {
        return limit;
    }

    /// As sysctl(8) names it.
    public String key() {
        return limit.key();
    }

    public Value.Shape shape() {
        return shape;
    }

    /// What is counted.
    public String unit() {
        return limit.unit();
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
        return limit.max();
    }

    public boolean isRequestable() {
        return requestable;
    }
}
