package dev.socketcapacity.agent;

/// What became of one setting. The words are part of the API.
public enum SettingState {
    /// It was enough as it was found.
    Sufficient,
    /// We raised it.
    Raised,
    /// It belongs to a kernel that this node shares: only read here.
    SharedKernel,
    /// The kernel did not take it.
    NotSettable,
    /// This kernel has no such setting.
    Absent,
    /// The kernel took less than was written.
    Clamped,
    /// Somebody else keeps writing it.
    Contested,
    /// It is not enough, and nothing is written for now.
    OnHold,
    /// What was found is back.
    Restored,
    /// It would go back, but more than the original is in use.
    LeftInUse,
    /// Somebody else has written it since, and it is theirs.
    LeftForeign
}
