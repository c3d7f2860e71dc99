package dev.socketcapacity.plan;

import java.util.Map;
import java.util.Optional;

/// One reading of a node: what the kernel says of every setting, and what is in use.
///
/// @param values    what each setting is; one that this kernel lacks is absent
/// @param usage     what is in use
/// @param guest     whether the node is itself a container: kernel-wide settings are not its own to write
/// @param taskLimit the ancestors' limit of the node's pid namespace, where it has any: its own pid_max counts up to
///                  that
public record Observation(Map<Setting, Value> values, Usage usage, boolean guest, Optional<Long> taskLimit) {

    public Observation {
        values = Map.copyOf(values);
    }

    /// The value that binds, which may be less than what the file says.
    public Optional<Value> effective(Setting setting) {
        var value = Optional.ofNullable(values.get(setting));
        return setting == Setting.PID_MAX && taskLimit.isPresent()
                ? value.map(own -> new Amount(Math.min(((Amount) own).number(), taskLimit.get())))
                : value;
    }

    /// Whether the node may write the setting at all.
    public boolean owns(Setting setting) {
        return !guest || setting.scope() != Setting.Scope.KERNEL;
    }
}
