package dev.socketcapacity.api;

/// Every reason that a condition or an event gives, on both kinds. Part of the API: a word is never given a new
/// meaning.
public enum Reason {
    /// The operator has not seen the object yet (the schema's default).
    Pending,

    // Accepted

    /// The wish can be planned.
    Valid,
    /// The reserved ports of all wishes on a node are more than 64 ranges: this wish is left out there.
    TooManyReservedPorts,
    /// The wish names a setting that this version's agent does not have.
    UnknownSetting,

    // Enacted

    /// The kernel holds every value that is needed.
    AllValuesHeld,
    /// As AllValuesHeld; but what the agent had kept of the node could not be read, was set aside, and is not put back:
    /// values that were raised before then count as found. So until the file that the message names is taken away.
    OriginalsLost,
    /// The node's agent has not reported on this generation yet.
    AwaitingAgent,
    /// The node is a container; the kernel's owner has not raised a shared value yet.
    WaitingForKernel,
    /// The kernel does not take a value that is needed.
    NotSettable,
    /// Somebody else keeps writing a value that is needed.
    Contested,
    /// The node's memory can't carry what is asked for.
    NotEnoughMemory,
    /// The agent can't read or write what it must on its node, and so changes nothing.
    AgentFailed,
    /// Nothing is written or probed on the node for now: values stay as they are.
    OnHold,
    /// The values are on their way back to what was found.
    Releasing,
    /// What was found is back, or no longer ours to put back.
    Released,

    // Verified

    /// The probe held its connections and the kernel's values cover the wish.
    ProbeHeld,
    /// The kernel's values cover the wish; no connection was opened.
    ComputedOnly,
    /// The probe is running, or about to.
    Probing,
    /// The probe ran and could not hold its connections.
    ProbeFailed,
    /// The probe's bounds forbid the number that was asked for.
    ProbeRefused,
    /// The probe could not run, or could not tell what stopped it, which says nothing about the node.
    ProbeInconclusive,
    /// It is proved; the last probe found no room beside what the node carries, or could not run, and the proof stands.
    ProbeSkipped,
    /// It was proved; for twice the period no probe has ended.
    ProbeOutdated,
    /// Every value is what it must be, and all the same they do not cover the wish: others take of them.
    NotCovered,
    /// Nothing is verified before the values are in place.
    NotEnacted,

    // Ready

    /// The node, or every counted node, holds the wish, with proof.
    Verified,
    /// The selector selects no node.
    NoNodesSelected,
    /// Nodes are selected, but none is reachable.
    NoNodeCounted,
    /// Some nodes do not hold the wish yet.
    RollingOut,

    // Reconciling and Stalled

    /// It does not hold.
    Settled
}
