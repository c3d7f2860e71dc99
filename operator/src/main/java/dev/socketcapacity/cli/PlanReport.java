package dev.socketcapacity.cli;

import dev.socketcapacity.agent.LocalNode.Preview;
import dev.socketcapacity.agent.SettingOutcome;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.plan.Headroom;
import dev.socketcapacity.plan.Move;
import dev.socketcapacity.plan.Requirement;
import dev.socketcapacity.plan.Value;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// What `sockcap explain`, `plan`, `apply` and `restore` say with `--output json`. Part of the interface: fields are
/// added, never renamed. Null where something is not known, or does not apply.
///
/// @param holds    whether the machine holds the wish: as it is, or after `apply`
/// @param stuck    whether the binding limit is hit now
/// @param binding  the limit that is hit first when the load grows in the wish's proportions
/// @param next     the one behind it
/// @param limits   all that bound the wish, the tightest first
/// @param values   what each setting must be at least
/// @param memory   what the wish costs
/// @param outbound how many addresses its outbound connections take; null where it has none
/// @param remarks  what holds and is worth knowing all the same: a sentence each
/// @param refusals why the wish can't be held whatever is written: a sentence each
/// @param settings what became of each setting; null where nothing was to be written
record PlanReport(
        Target wish,
        boolean holds,
        boolean stuck,
        Bound binding,
        Bound next,
        List<Factor> limits,
        List<Setting> values,
        Memory memory,
        Outbound outbound,
        List<String> remarks,
        List<Refusal> refusals,
        List<Outcome> settings) {

    record Bound(String limit, Long used, long max, long need) {

        private static Bound of(Headroom headroom) {
            return new Bound(headroom.limit().key(), headroom.used(), headroom.max(), headroom.need());
        }
    }

    /// @param need     what is in use of it once the wish is held
    /// @param headroom what is left of it now; null where nobody counts what is used
    /// @param holds    whether the wish fits, with the room that the limit's own rule asks for
    record Factor(String name, String unit, Long used, long limit, long need, Long headroom, boolean holds) {}

    /// @param change what would be written; null where nothing
    record Setting(String name, String actual, String required, String change, String why) {}

    /// @param needed    bytes
    /// @param available bytes that the wish may take
    record Memory(long needed, long available, String why) {}

    /// @param ports   local ports that can be used
    /// @param sources source addresses, or destinations, with which each connection has a port
    /// @param fast    the same, so that connect() also finds it at once
    record Outbound(long connections, long ports, Long sources, Long fast) {}

    record Refusal(String reason, String text) {}

    record Outcome(String name, String original, String required, String actual, String state, String problem) {}

    static PlanReport of(Preview preview) {
        return of(preview, preview.holds(), null);
    }

    static PlanReport of(Preview preview, boolean holds, List<SettingOutcome> outcomes) {
        var chain = preview.chain();
        return new PlanReport(
                preview.target(),
                holds,
                chain.stream().limit(1).anyMatch(Headroom::isHit),
                chain.stream().findFirst().map(Bound::of).orElse(null),
                chain.stream().skip(1).findFirst().map(Bound::of).orElse(null),
                chain.stream().map(PlanReport::factor).toList(),
                preview.derivation().requirements().values().stream()
                        .map(need -> setting(need, preview))
                        .toList(),
                memory(preview),
                preview.derivation().outbound().map(PlanReport::outbound).orElse(null),
                preview.derivation().remarks(),
                preview.derivation().refusals().stream()
                        .map(refusal -> new Refusal(refusal.reason().name(), refusal.sentence()))
                        .toList(),
                outcomes == null ? null : outcomes(outcomes));
    }

    /// Of a restore, which has no wish.
    static PlanReport of(List<SettingOutcome> outcomes, boolean holds) {
        return new PlanReport(
                null,
                holds,
                false,
                null,
                null,
                List.of(),
                List.of(),
                null,
                null,
                List.of(),
                List.of(),
                outcomes(outcomes));
    }

    private static Factor factor(Headroom row) {
        return new Factor(
                row.limit().key(), row.limit().unit(), row.used(), row.max(), row.need(), row.left(), row.holds());
    }

    private static Memory memory(Preview preview) {
        var price = preview.derivation().memory();
        return new Memory(price.bytes(), price.available(), price.why());
    }

    private static Outbound outbound(dev.socketcapacity.plan.Outbound wished) {
        return new Outbound(
                wished.connections(), wished.ports(), number(wished.sourcesNeeded()), number(wished.sourcesFast()));
    }

    private static Long number(OptionalLong number) {
        return number.isPresent() ? number.getAsLong() : null;
    }

    private static Setting setting(Requirement need, Preview preview) {
        var setting = need.setting();
        return new Setting(
                setting.key(),
                preview.node().effective(setting).map(Value::text).orElse(null),
                need.value().text(),
                change(preview, setting).map(Value::text).orElse(null),
                need.why());
    }

    static Optional<Value> change(Preview preview, dev.socketcapacity.plan.Setting setting) {
        return Optional.ofNullable(preview.moves().get(setting)).flatMap(move -> switch (move) {
            case Move.Keep _ -> Optional.empty();
            case Move.Raise(var to) -> Optional.of(to);
            case Move.Lower(var to) -> Optional.of(to);
        });
    }

    private static List<Outcome> outcomes(List<SettingOutcome> outcomes) {
        return outcomes.stream()
                .map(outcome -> new Outcome(
                        outcome.setting().key(),
                        outcome.original().map(Value::text).orElse(null),
                        outcome.required().map(Value::text).orElse(null),
                        outcome.actual().map(Value::text).orElse(null),
                        outcome.state().name(),
                        outcome.problem().orElse(null)))
                .toList();
    }
}
