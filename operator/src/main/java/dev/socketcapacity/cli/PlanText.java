package dev.socketcapacity.cli;

import dev.socketcapacity.agent.LocalNode.Applied;
import dev.socketcapacity.agent.LocalNode.Preview;
import dev.socketcapacity.agent.SettingOutcome;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.plan.Headroom;
import dev.socketcapacity.plan.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A wish and what it takes, for people.
final class PlanText {

    private final StringBuilder text = new StringBuilder();

    private PlanText() {}

    /// The chain of limits, and every value with its reason.
    static String explain(Preview preview, Optional<String> elsewhere) {
        var text = new PlanText();
        text.title(preview, elsewhere);
        text.chain(preview.chain());
        var values = new Table("SETTING", "NOW", "NEEDED", "WHY");
        preview.derivation()
                .requirements()
                .values()
                .forEach(need -> values.row(
                        need.setting().key(),
                        preview.node()
                                .effective(need.setting())
                                .map(PlanText::shortened)
                                .orElse(null),
                        shortened(need.value()),
                        need.why()));
        text.line(values.toString());
        var memory = preview.derivation().memory();
        text.line("Memory: %d MiB of the %d MiB that may be used: %s."
                .formatted(memory.bytes() >> 20, memory.available() >> 20, memory.why()));
        return text.toString();
    }

    /// What would be written, as a diff.
    static String diff(Preview preview, Optional<String> elsewhere) {
        var text = new PlanText();
        text.title(preview, elsewhere);
        for (var setting : dev.socketcapacity.plan.Setting.values()) {
            PlanReport.change(preview, setting).ifPresent(to -> {
                var need = preview.derivation().requirements().get(setting);
                text.line("@|red - %s = %s|@"
                        .formatted(
                                setting.key(),
                                preview.node().values().get(setting).text()));
                text.line("@|green + %s = %s|@".formatted(setting.key(), to.text()));
                text.line("    " + (need == null ? "nothing needs it any more" : need.why()));
            });
        }
        return text.toString();
    }

    static String applied(Applied applied) {
        var text = new PlanText();
        text.refusals(applied.before());
        text.settings(applied.settings());
        text.line(
                applied.holds()
                        ? "@|bold,green This machine holds %s.|@"
                                .formatted(wish(applied.before().target()))
                        : "@|bold,red This machine still falls short of %s.|@"
                                .formatted(wish(applied.before().target())));
        return text.toString();
    }

    static String restored(List<SettingOutcome> outcomes, boolean done) {
        var text = new PlanText();
        if (outcomes.isEmpty()) {
            return "Nothing was to be put back.\n";
        }
        text.settings(outcomes);
        text.line(
                done
                        ? "@|bold,green What was found is back.|@"
                        : "@|bold,red Some of it is still in use, or refused:|@ run 'sockcap restore' again later.");
        return text.toString();
    }

    private void title(Preview preview, Optional<String> elsewhere) {
        elsewhere.ifPresent(why -> line("@|yellow Looks at the network of this process only:|@ " + why + "\n"));
        line(
                preview.holds()
                        ? "@|bold,green This machine holds %s|@ as it is.".formatted(wish(preview.target()))
                        : "@|bold,red This machine falls short of %s|@ as it is.".formatted(wish(preview.target())));
        refusals(preview);
        line("");
    }

    private void refusals(Preview preview) {
        preview.derivation().remarks().forEach(remark -> line("  @|yellow Worth knowing|@: %s.".formatted(remark)));
        preview.derivation()
                .refusals()
                .forEach(refusal -> line("  @|red %s|@: %s.".formatted(refusal.reason(), refusal.sentence())));
    }

    private void chain(List<Headroom> chain) {
        var table = new Table("LIMIT", "USED", "MAX", "NEEDED", "");
        chain.forEach(row -> table.row(
                row.limit().key(),
                Amounts.text(row.limit(), row.used()),
                Amounts.text(row.limit(), row.max()),
                Amounts.text(row.limit(), row.need()),
                row.holds() ? "" : "short"));
        if (!table.isEmpty()) {
            line(table.toString());
        }
    }

    private void settings(List<SettingOutcome> outcomes) {
        var table = new Table("SETTING", "FOUND", "NEEDED", "NOW", "");
        outcomes.forEach(outcome -> table.row(
                outcome.setting().key(),
                outcome.original().map(PlanText::shortened).orElse(null),
                outcome.required().map(PlanText::shortened).orElse(null),
                outcome.actual().map(PlanText::shortened).orElse(null),
                outcome.problem()
                        .map(why -> outcome.state() + ": " + why)
                        .orElse(outcome.state().name())));
        if (!table.isEmpty()) {
            line(table.toString());
        }
    }

    private static String wish(Target target) {
        var parts = new ArrayList<String>();
        if (target.inbound() > 0) {
            parts.add("%d inbound connections".formatted(target.inbound()));
        }
        if (target.outbound() > 0) {
            parts.add("%d outbound connections to one destination".formatted(target.outbound()));
        }
        if (target.threadCount() > 0) {
            parts.add("%d threads".formatted(target.threadCount()));
        }
        if (!target.settings().isEmpty()) {
            parts.add(
                    target.settings().size() == 1
                            ? "the setting asked for"
                            : "the %d settings asked for"
                                    .formatted(target.settings().size()));
        }
        return String.join(", ", parts);
    }

    /// Lists of ports can be long.
    private static String shortened(Value value) {
        var text = value.text();
        return text.length() <= 24 ? text.isEmpty() ? "none" : text : text.substring(0, 23) + "…";
    }

    private void line(String line) {
        text.append(line).append('\n');
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
