package dev.socketcapacity.plan;

import java.util.List;
import java.util.Optional;

/// What to do with one setting now. Only what we wrote ourselves is ever lowered, and never below what we found.
public sealed interface Move {

    /// Leave it.
    record Keep() implements Move {}

    /// Write more.
    record Raise(Value to) implements Move {}

    /// Write less: what we raised follows the wish.
    record Lower(Value to) implements Move {}

    /// What we know of a setting that we have written.
    ///
    /// @param original what we found before we first wrote it
    /// @param floor    what it is never lowered below: the original, or more
    /// @param written  what the kernel may hold by our hand: one value, or two where a write was cut short
    record Memory(Value original, Value floor, List<Value> written) {

        /// Whether what is there now is ours.
        public boolean wrote(Value actual) {
            return written.contains(actual);
        }
    }

    /// While the setting is wished for.
    static Move towards(Value required, Value actual, Optional<Memory> memory) {
        var desired = memory.map(Memory::original).map(required::join).orElse(required);
        // Reserved ports only grow: a connection may still be using what would be handed out.
        var ours = memory.filter(known -> known.wrote(actual) && !(actual instanceof PortSet));
        if (!actual.covers(desired)) {
            // A range of ours may grow at one end and shrink at the other: in one step.
            return new Raise(ours.isPresent() ? desired : actual.join(desired));
        }
        return ours.map(known -> desired.join(known.floor()))
                .<Move>map(least -> least.covers(actual) ? new Keep() : new Lower(least))
                .orElseGet(Keep::new);
    }

    /// When nobody wishes for it any more.
    static Move back(Value actual, Memory memory) {
        return switch (actual) {
            case PortSet reserved -> {
                var added = memory.written().stream()
                        .map(PortSet.class::cast)
                        .reduce(PortSet.EMPTY, PortSet::plus)
                        .minus((PortSet) memory.original());
                var left = reserved.minus(added);
                yield left.equals(reserved) ? new Keep() : new Lower(left);
            }
            case Amount _, PortRange _ ->
                memory.wrote(actual) && !memory.floor().covers(actual) ? new Lower(memory.floor()) : new Keep();
        };
    }
}
