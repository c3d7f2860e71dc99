package dev.socketcapacity.agent;

import dev.socketcapacity.agent.NodeKernel.Identity;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.plan.Baseline;
import dev.socketcapacity.plan.Derivation;
import dev.socketcapacity.plan.Observation;
import dev.socketcapacity.plan.PortRange;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import java.io.IOException;
import java.util.Optional;

/// What the node carried before a target: read once for it and kept with it.
final class Baselines {

    private final NodeKernel kernel;
    private final Journal journal;
    private final PortSet keepPorts;

    Baselines(NodeKernel kernel, Journal journal, PortSet keepPorts) {
        this.kernel = kernel;
        this.journal = journal;
        this.keepPorts = keepPorts;
    }

    /// The one that is kept, or a new one, which is kept from now on.
    ///
    /// @param key of the target
    Baseline of(Target target, String key, Observation node, Identity identity) throws IOException {
        var baseline = peek(target, key, node, identity);
        journal.update(state -> state.withLoad(new State.Load(key, identity.bootId(), baseline)));
        return baseline;
    }

    /// The same, and nothing is kept. While a target is refused for want of memory, nothing is enacted yet, and so it
    /// is read anew.
    Baseline peek(Target target, String key, Observation node, Identity identity) throws IOException {
        var known = Optional.ofNullable(journal.state().load())
                .filter(load -> load.target().equals(key))
                .filter(load -> load.bootId().equals(identity.bootId()))
                .map(State.Load::baseline)
                .filter(baseline -> !Derivation.of(target, baseline, keepPorts).isForbidden());
        return known.isPresent()
                ? known.get()
                : Baseline.of(
                        target,
                        node.usage(),
                        kernel.listening(),
                        (PortRange) found(Setting.PORT_RANGE, node, identity),
                        (PortSet) found(Setting.RESERVED_PORTS, node, identity));
    }

    /// What a setting was before we ever wrote it.
    private Value found(Setting setting, Observation node, Identity identity) {
        return Optional.ofNullable(journal.state().found().get(setting.key()))
                .filter(found -> found.namespace().equals(identity.namespaceOf(setting.scope())))
                .map(found -> setting.shape().parse(found.original()))
                .or(() -> node.effective(setting))
                .orElseThrow(() -> new IllegalStateException("this kernel has no " + setting.key()));
    }
}
