package dev.socketcapacity.agent;

import dev.socketcapacity.api.NodeSocketCapacityStatus.SettingReport;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import java.util.Optional;

/// One setting after a pass.
///
/// @param original what we found; the actual value where we never wrote it
/// @param required what the target needs; empty where it needs nothing any more
/// @param actual   what binds now; empty where the kernel has no such setting
/// @param problem  why it is not as it should be, as the end of a sentence
public record SettingOutcome(
        Setting setting,
        Optional<Value> original,
        Optional<Value> required,
        Optional<Value> actual,
        SettingState state,
        Optional<String> problem) {

    /// Lists of ports can be long: their count and their beginning will do.
    private static final int MAX_TEXT = 64;

    public boolean isShort() {
        return required.isPresent()
                && actual.filter(value -> value.covers(required.get())).isEmpty();
    }

    /// The same, where nothing was tried.
    SettingOutcome onHold() {
        return new SettingOutcome(
                setting,
                original,
                required,
                actual,
                SettingState.OnHold,
                Optional.of("nothing is written while the node is on hold"));
    }

    /// Why it is not at rest, as a sentence without its full stop.
    String contest() {
        return "%s must be %s: %s"
                .formatted(
                        setting.key(), required.map(SettingOutcome::text).orElse("left alone"), problem.orElseThrow());
    }

    /// What is missing, as a sentence without its full stop.
    public String shortage() {
        return "%s is %s and %s is needed%s"
                .formatted(
                        setting.key(),
                        actual.map(Value::text).orElse("absent"),
                        required.map(Value::text).orElse("nothing"),
                        problem.map(why -> ": " + why).orElse(""));
    }

    SettingReport report() {
        return new SettingReport(
                setting.key(),
                setting.scope().text(),
                original.map(SettingOutcome::text).orElse(null),
                required.map(SettingOutcome::text).orElse(null),
                actual.map(SettingOutcome::text).orElse(null),
                state.name());
    }

    private static String text(Value value) {
        var text = value.text();
        return value instanceof PortSet ports && text.length() > MAX_TEXT
                ? "%d ports: %s…".formatted(ports.size(), text.substring(0, MAX_TEXT))
                : text;
    }
}
