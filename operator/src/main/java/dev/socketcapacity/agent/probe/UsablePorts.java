package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.PortRange;
import dev.socketcapacity.plan.PortSet;
import java.io.IOException;

/// The local ports that the kernel gives to connections of a network namespace.
///
/// @param reserved how many of the range it gives to none
public record UsablePorts(PortRange range, int reserved) {

    /// Those of the calling thread's network namespace.
    static UsablePorts ofThread(Procfs proc) throws IOException {
        var range = PortRange.parse(proc.read(Procfs.setting(Limit.PORT_RANGE.key())));
        var reserved = PortSet.parse(
                proc.read(Procfs.setting(Limit.RESERVED_PORTS.key())).strip());
        return new UsablePorts(range, PortSet.of(range).within(reserved).size());
    }

    /// How many connections to one destination have one.
    public int count() {
        return range.size() - reserved;
    }

    /// Such as `net.ipv4.ip_local_port_range is 32768 60999`.
    String text() {
        return "%s is %s%s"
                .formatted(
                        Limit.PORT_RANGE.key(),
                        range.text(),
                        reserved == 0
                                ? ""
                                : ", of which %s takes away %d".formatted(Limit.RESERVED_PORTS.key(), reserved));
    }
}
