package dev.socketcapacity.api;

/// The value of the label [ApiGroup#STATE_LABEL] on a node object: its report in one word.
public enum NodeState {
    ready,
    progressing,
    stalled,
    /// It was proved too long ago: nothing is known to be wrong, and nothing is going on.
    outdated,
    /// On hold: nothing is done there.
    held
}
