package dev.socketcapacity.plan;

/// Something that is no limit, and will hurt all the same.
///
/// @param kind  in one word, for programs
/// @param what  one sentence
/// @param fix   what to do about it: one sentence
public record Trap(Kind kind, String what, String fix) {

    public enum Kind {
        /// A file that is applied at boot sets less than there is now.
        ConfigurationOverrules,
        /// tuned is at work, and writes settings of its own.
        TunedOverrules,
        /// Reserved ports take much of the ephemeral range.
        ReservedPortsHide,
        /// Somebody listens on a port that may be handed out.
        ListenerInRange,
        /// The table of tracked connections is full, or nearly.
        ConntrackFull,
        /// A limit that was hit before, as a counter of the kernel says.
        WasHit
    }
}
