package dev.socketcapacity.api;

/// The value of the label [ApiGroup#STATE_LABEL] on a node object: its report in one word.
public enum NodeState {
    ready,
    progressing,
    stalled,
    /// On hold: nothing is done there.
    held
}
