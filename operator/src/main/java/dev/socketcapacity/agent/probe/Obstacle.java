package dev.socketcapacity.agent.probe;

import dev.socketcapacity.plan.Limit;
import java.util.Optional;

/// What can be in the way of one more connection.
public enum Obstacle {
    DESCRIPTORS("descriptors", Limit.DESCRIPTORS),
    NR_OPEN("nr_open", Limit.NR_OPEN),
    FILE_MAX("file-max", Limit.FILE_MAX),
    PORTS("ports", Limit.PORT_RANGE),
    CONNTRACK("conntrack", Limit.CONNTRACK_MAX),
    ACCEPT_QUEUE("accept-queue", Limit.SOMAXCONN),
    SYN_QUEUE("syn-queue", Limit.SYN_BACKLOG),
    CGROUP_MEMORY("cgroup-memory", Limit.CGROUP_MEMORY),
    NEIGHBOURS("neighbours", Limit.NEIGHBOURS),
    NEIGHBOURS_IPV6("neighbours-ipv6", Limit.NEIGHBOURS_IPV6),
    /// Packets are dropped on their way out of this machine, and not by connection tracking.
    FIREWALL("firewall"),
    /// Somebody on the way answers that it lets nothing through.
    REJECTED("rejected"),
    NO_ROUTE("no-route"),
    /// Nobody on the link has the address.
    NO_NEIGHBOUR("no-neighbour"),
    NOBODY_LISTENS("nobody-listens"),
    /// The handshake was complete, and the accepting side, elsewhere, did not greet.
    NOT_ACCEPTED("not-accepted"),
    /// The accepting side, elsewhere, closes what comes.
    CLOSED("closed");

    private final String key;
    private final Optional<Limit> limit;

    Obstacle(String key) {
        this.key = key;
        this.limit = Optional.empty();
    }

    Obstacle(String key, Limit limit) {
        this.key = key;
        this.limit = Optional.of(limit);
    }

    /// As reports name it.
    public String key() {
        return key;
    }

    /// Its row in the table of limits; empty where it is none, but something on the way.
    public Optional<Limit> limit() {
        return limit;
    }
}
