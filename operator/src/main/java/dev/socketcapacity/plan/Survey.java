package dev.socketcapacity.plan;

import java.util.List;

/// What was read of a machine, or of one process on it, in one pass.
///
/// @param unseen what could not be looked at, and why: a sentence each
public record Survey(Subject subject, List<Reading> readings, List<Trap> traps, List<String> unseen) {

    public Survey {
        readings = List.copyOf(readings);
        traps = List.copyOf(traps);
        unseen = List.copyOf(unseen);
    }

    /// What was looked at.
    public sealed interface Subject {

        /// The kernel's release, such as `6.12.43`.
        String kernel();

        /// The whole of it.
        record Machine(String kernel) implements Subject {}

        /// @param command its name, as the kernel has it: at most 15 characters
        /// @param sockets its descriptors that are sockets of any kind, or 0 where they could not be read
        /// @param threads its threads
        record Process(String kernel, int pid, String command, long uid, long sockets, long threads)
                implements Subject {}
    }
}
