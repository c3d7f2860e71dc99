package dev.socketcapacity.plan;

/// What a setting must be at least, and why, in words and numbers.
public record Requirement(Setting setting, Value value, String why) {

    /// The one that covers both; the larger one's reason.
    Requirement join(Requirement other) {
        var joined = value.join(other.value);
        return new Requirement(setting, joined, joined.equals(value) ? why : other.why);
    }
}
