package dev.socketcapacity.agent;

import static dev.socketcapacity.agent.SettingState.Absent;
import static dev.socketcapacity.agent.SettingState.Clamped;
import static dev.socketcapacity.agent.SettingState.Contested;
import static dev.socketcapacity.agent.SettingState.LeftForeign;
import static dev.socketcapacity.agent.SettingState.LeftInUse;
import static dev.socketcapacity.agent.SettingState.NotSettable;
import static dev.socketcapacity.agent.SettingState.Raised;
import static dev.socketcapacity.agent.SettingState.Restored;
import static dev.socketcapacity.agent.SettingState.SharedKernel;
import static dev.socketcapacity.agent.SettingState.Sufficient;

import dev.socketcapacity.agent.NodeKernel.Identity;
import dev.socketcapacity.agent.Writers.Writer;
import dev.socketcapacity.agent.kernel.Refusal;
import dev.socketcapacity.plan.Amount;
import dev.socketcapacity.plan.Derivation;
import dev.socketcapacity.plan.Move;
import dev.socketcapacity.plan.Observation;
import dev.socketcapacity.plan.PortRange;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Requirement;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Makes the kernel agree. Whatever is to be written is on disk, with what was there before, before it is written.
final class Enactor {

    private final NodeKernel kernel;
    private final Journal journal;
    private final OptionalLong conntrackFloor;
    private final Duration patience;
    private final Clock clock;
    private final Writes writes;
    private final Contest.Patience pace;
    private final Writers writers;
    private final Map<Setting, Contest> contests = new EnumMap<>(Setting.class);
    private final Map<Setting, Writer> culprits = new EnumMap<>(Setting.class);
    private Map<Setting, Requirement> held = Map.of();
    private final Map<Setting, Instant> waitingSince = new EnumMap<>(Setting.class);
    private final Map<Setting, Value> lastTaken = new EnumMap<>(Setting.class);

    /// Hears of every write of ours.
    interface Writes {
        void wrote(Setting setting, Value value, Optional<String> refusal);

        /// Of a setting that somebody has changed since we wrote it.
        ///
        /// @param found what was there instead
        default void corrected(Setting setting, Value found, Writer writer) {}
    }

    /// @param conntrackFloor what conntrack's table is never lowered below; empty for what kube-proxy would have set
    /// @param patience       how long a value that is still in use, or refused, is waited for before it is left
    /// @param pace           how often a setting that somebody else keeps writing is corrected
    /// @param writers        who they are
    Enactor(
            NodeKernel kernel,
            Journal journal,
            OptionalLong conntrackFloor,
            Duration patience,
            Contest.Patience pace,
            Writers writers,
            Clock clock,
            Writes writes) {
        this.kernel = kernel;
        this.journal = journal;
        this.conntrackFloor = conntrackFloor;
        this.patience = patience;
        this.pace = pace;
        this.writers = writers;
        this.clock = clock;
        this.writes = writes;
    }

    /// Lowers what may go down, raises what must go up, and says what became of every setting that is needed or was
    /// ours. Going down takes the reverse order of going up.
    List<SettingOutcome> enact(Map<Setting, Requirement> required, Observation node, Identity identity)
            throws IOException {
        forgetOtherNamespaces(identity);
        held = required;
        var outcomes = new EnumMap<Setting, SettingOutcome>(Setting.class);
        for (var setting : List.of(Setting.values()).reversed()) {
            if (!required.containsKey(setting) && memory(setting).isPresent()) {
                outcomes.put(setting, putBack(setting));
            } else if (required.containsKey(setting) && node.owns(setting)) {
                lower(setting, required.get(setting).value());
            }
        }
        for (var requirement : required.values()) {
            var setting = requirement.setting();
            var refusal =
                    node.owns(setting) ? raise(setting, requirement.value(), node, identity) : Optional.<String>empty();
            outcomes.put(setting, outcome(requirement, node, refusal));
        }
        return List.copyOf(outcomes.values());
    }

    /// Looks at what is held, and raises again what somebody has lowered since we raised it: at once, unless they keep
    /// coming back. Takes a read of each setting, and no more where nothing has happened.
    ///
    /// @return whether anything is not as it was left, and a whole pass is due
    boolean keep() throws IOException {
        var changed = false;
        for (var requirement : held.values()) {
            var setting = requirement.setting();
            var actual = kernel.read(setting);
            if (actual.isPresent() && !actual.get().covers(requirement.value())) {
                changed |= keep(setting, requirement.value(), actual.get());
            } else {
                writers.takeLast(setting); // whoever it was did no harm
            }
        }
        return changed;
    }

    private boolean keep(Setting setting, Value required, Value actual) throws IOException {
        var memory = memory(setting);
        if (memory.isEmpty()) {
            return kernel.owns(setting); // what is there must be on disk before it is written for the first time
        }
        if (!isTaken(memory.get(), actual) || !contest(setting).mayCorrect(clock.instant())) {
            return false;
        }
        correct(setting, required, actual, memory.get());
        return true;
    }

    /// Whether somebody has taken away from what we wrote. Who adds to it takes nothing.
    private static boolean isTaken(Move.Memory memory, Value actual) {
        return memory.written().stream().noneMatch(actual::covers);
    }

    private Optional<String> correct(Setting setting, Value required, Value actual, Move.Memory memory)
            throws IOException {
        var writer = writers.takeLast(setting);
        culprits.put(setting, writer);
        contest(setting).corrected(clock.instant());
        var refusal = write(setting, actual.join(required).join(memory.original()), actual);
        writes.corrected(setting, actual, writer);
        return refusal;
    }

    private Contest contest(Setting setting) {
        return contests.computeIfAbsent(setting, _ -> new Contest(pace));
    }

    /// What [#enact] would do first, and nothing is written.
    Map<Setting, Move> preview(Map<Setting, Requirement> required, Observation node) throws IOException {
        var moves = new EnumMap<Setting, Move>(Setting.class);
        for (var setting : Setting.values()) {
            var actual = Optional.ofNullable(node.values().get(setting));
            var memory = memory(setting);
            if (actual.isPresent() && required.containsKey(setting)) {
                moves.put(setting, Move.towards(required.get(setting).value(), actual.get(), memory));
            } else if (actual.isPresent() && memory.isPresent()) {
                moves.put(setting, Move.back(actual.get(), memory.get()));
            }
        }
        return moves;
    }

    /// How the settings are that are needed or are still ours. Nothing is written, nor kept from now on.
    List<SettingOutcome> look(Map<Setting, Requirement> required, Observation node, Identity identity)
            throws IOException {
        forgetOtherNamespaces(identity);
        held = Map.of();
        var outcomes = new ArrayList<SettingOutcome>();
        for (var setting : Setting.values()) {
            if (required.containsKey(setting)) {
                var outcome = outcome(required.get(setting), node, Optional.empty());
                outcomes.add(outcome.state() == Clamped ? outcome.onHold() : outcome);
            } else if (memory(setting).isPresent()) {
                outcomes.add(new SettingOutcome(
                        setting,
                        memory(setting).map(Move.Memory::original),
                        Optional.empty(),
                        kernel.read(setting),
                        Raised,
                        Optional.empty()));
            }
        }
        return List.copyOf(outcomes);
    }

    /// Puts everything back that is still ours. Empty of [SettingState#LeftInUse] or not, it is done when nothing is
    /// ours.
    List<SettingOutcome> release(Observation node, Identity identity) throws IOException {
        return enact(Map.of(), node, identity);
    }

    /// Whether anything that we wrote is still to be put back.
    boolean holdsAnything() {
        return !journal.state().found().isEmpty();
    }

    /// What was found in another boot, or in a namespace that is gone, is nobody's original any more.
    private void forgetOtherNamespaces(Identity identity) throws IOException {
        for (var setting : Setting.values()) {
            var found = journal.state().found().get(setting.key());
            if (found != null && !found.namespace().equals(identity.namespaceOf(setting.scope()))) {
                journal.update(state -> state.withoutFound(setting.key()));
            }
        }
    }

    private SettingOutcome putBack(Setting setting) throws IOException {
        var memory = memory(setting).orElseThrow();
        var actual = kernel.read(setting);
        var move = actual.<Move>map(value -> Move.back(value, memory)).orElseGet(Move.Keep::new);
        var state = switch (move) {
            case Move.Lower(var to) -> {
                var outcome = isInUse(setting, to)
                        ? LeftInUse
                        : write(setting, to, actual.orElseThrow()).isPresent() ? NotSettable : Restored;
                if (outcome == Restored
                        || !clock.instant().isBefore(waitingSince(setting).plus(patience))) {
                    forget(setting);
                }
                yield outcome;
            }
            case Move.Keep _ -> {
                forget(setting);
                yield actual.filter(memory.floor()::covers).isPresent() ? Restored : LeftForeign;
            }
            case Move.Raise _ -> throw new IllegalStateException("nothing is raised on the way back");
        };
        return new SettingOutcome(
                setting,
                Optional.of(memory.original()),
                Optional.empty(),
                kernel.read(setting),
                state,
                Optional.empty());
    }

    private void lower(Setting setting, Value required) throws IOException {
        var actual = kernel.read(setting);
        if (actual.isPresent()
                && Move.towards(required, actual.get(), memory(setting)) instanceof Move.Lower(var to)
                && !to.equals(lastTaken.get(setting)) // else the kernel has rounded it up, and would again
                && !isInUse(setting, to)) {
            write(setting, to, actual.get());
        }
    }

    private Optional<String> raise(Setting setting, Value required, Observation node, Identity identity)
            throws IOException {
        var actual = kernel.read(setting);
        if (actual.isEmpty()
                || !(Move.towards(required, actual.get(), memory(setting)) instanceof Move.Raise(var to))) {
            return Optional.empty();
        }
        if (setting == Setting.PID_MAX
                && node.taskLimit()
                        .filter(limit -> limit < ((Amount) to).number())
                        .isPresent()) {
            return Optional.of("this node is a container, and its host's own limit is "
                    + node.taskLimit().get());
        }
        var memory = memory(setting);
        if (memory.isPresent() && isTaken(memory.get(), actual.get())) {
            return contest(setting).mayCorrect(clock.instant())
                    ? correct(setting, required, actual.get(), memory.get())
                    : Optional.empty();
        }
        if (memory.isEmpty()) {
            var found = new Found(
                    identity.namespaceOf(setting.scope()),
                    actual.get().text(),
                    List.of(actual.get().text()));
            journal.update(state -> state.withFound(setting.key(), found));
        }
        return write(setting, to, actual.get());
    }

    /// Writes one value. The journal knows both the old and the new one until the kernel has answered.
    private Optional<String> write(Setting setting, Value to, Value actual) throws IOException {
        var memory = memory(setting).orElseThrow();
        if (!memory.wrote(to)) { // else the disk knows already that it may be ours
            remember(setting, List.of(ours(actual, actual, memory), ours(to, actual, memory)));
        }
        var written = kernel.write(setting, to);
        var refusal = written.refusal().map(Refusal::sentence);
        var holds = written.holds().map(setting.shape()::parse).orElse(actual);
        remember(setting, List.of(ours(holds, actual, memory)));
        if (refusal.isEmpty()) {
            lastTaken.put(setting, to);
        }
        writes.wrote(setting, to, refusal);
        if (holds.equals(memory.original())) {
            forget(setting);
        }
        return refusal;
    }

    /// `value` as we remember it. Ports that others have added meanwhile, which `actual` has and we never wrote, stay
    /// theirs.
    private static String ours(Value value, Value actual, Move.Memory memory) {
        return switch (value) {
            case PortSet ports -> {
                var known = memory.written().stream()
                        .map(PortSet.class::cast)
                        .reduce((PortSet) memory.original(), PortSet::plus);
                yield ports.minus(((PortSet) actual).minus(known)).text();
            }
            case Amount _, PortRange _ -> value.text();
        };
    }

    private void remember(Setting setting, List<String> written) throws IOException {
        journal.update(state -> {
            var found = state.found().get(setting.key());
            return state.withFound(setting.key(), new Found(found.namespace(), found.original(), written));
        });
    }

    private void forget(Setting setting) throws IOException {
        waitingSince.remove(setting);
        lastTaken.remove(setting);
        contests.remove(setting);
        culprits.remove(setting);
        journal.update(state -> state.withoutFound(setting.key()));
    }

    private SettingOutcome outcome(Requirement requirement, Observation node, Optional<String> refusal)
            throws IOException {
        var setting = requirement.setting();
        var memory = memory(setting);
        var actual = kernel.read(setting);
        var effective = new Observation(
                        actual.map(value -> Map.of(setting, value)).orElse(Map.of()),
                        node.usage(),
                        node.guest(),
                        node.taskLimit())
                .effective(setting);
        var holds = effective.filter(value -> value.covers(requirement.value())).isPresent();
        var state = contest(setting).isContested(clock.instant())
                ? Contested
                : state(holds, actual.isPresent(), node.owns(setting), memory.isPresent(), refusal.isPresent());
        return new SettingOutcome(
                setting,
                memory.map(Move.Memory::original).or(() -> actual),
                Optional.of(requirement.value()),
                effective,
                state,
                state == Contested ? Optional.of(contested(setting)) : problem(state, refusal));
    }

    /// As the end of a sentence that changes only when the writer does.
    private String contested(Setting setting) {
        var writer = culprits.getOrDefault(setting, Writer.UNKNOWN);
        var rhythm = writers.rhythm(setting).orElseGet(contest(setting)::rhythm);
        var often = rhythm.toSeconds() < 2 ? "again and again" : "about every %d s".formatted(rounded(rhythm));
        return "%s writes it %s%s"
                .formatted(writer.name(), often, writer.fix().map("; "::concat).orElse(""));
    }

    private static long rounded(Duration duration) {
        return duration.toSeconds() < 20 ? duration.toSeconds() : (duration.toSeconds() + 5) / 10 * 10;
    }

    private static SettingState state(boolean holds, boolean exists, boolean own, boolean written, boolean refused) {
        if (!exists) {
            return Absent;
        }
        if (!own) {
            return SharedKernel;
        }
        if (!holds) {
            return refused ? NotSettable : Clamped;
        }
        return written ? Raised : Sufficient;
    }

    private static Optional<String> problem(SettingState state, Optional<String> refusal) {
        return switch (state) {
            case SharedKernel -> Optional.of("the kernel is not this node's own, the value is set outside of it");
            case Absent -> Optional.of("this kernel has no such setting");
            case Clamped -> Optional.of("the kernel took no more");
            case NotSettable -> refusal;
            case Sufficient, Raised, OnHold, Restored, LeftInUse, LeftForeign, Contested -> Optional.empty();
        };
    }

    private Optional<Move.Memory> memory(Setting setting) throws IOException {
        var found = journal.state().found().get(setting.key());
        if (found == null) {
            return Optional.empty();
        }
        var shape = setting.shape();
        var original = shape.parse(found.original());
        return Optional.of(new Move.Memory(
                original,
                floor(setting).map(original::join).orElse(original),
                found.written().stream().map(shape::parse).toList()));
    }

    /// kube-proxy may have started after us, seen enough and written nothing: what it would have set stays.
    private Optional<Value> floor(Setting setting) throws IOException {
        return switch (setting) {
            case CONNTRACK_MAX -> Optional.of(new Amount(tableFloor()));
            case CONNTRACK_BUCKETS -> Optional.of(new Amount(tableFloor() / Derivation.TRACKED_PER_BUCKET));
            case FILE_MAX,
                    NR_OPEN,
                    EPOLL_WATCHES,
                    RESERVED_PORTS,
                    PORT_RANGE,
                    SOMAXCONN,
                    SYN_BACKLOG,
                    MAX_MAP_COUNT,
                    PID_MAX,
                    THREADS_MAX,
                    NEIGHBOURS,
                    NEIGHBOURS_IPV6 -> Optional.empty();
        };
    }

    private long tableFloor() throws IOException {
        return conntrackFloor.isPresent()
                ? conntrackFloor.getAsLong()
                : Math.max(131_072, Math.min(32_768L * kernel.possibleCpus(), 1_048_576));
    }

    private boolean isInUse(Setting setting, Value lower) throws IOException {
        return lower instanceof Amount(var number) && kernel.inUse(setting).orElse(-1) > number;
    }

    private Instant waitingSince(Setting setting) {
        return waitingSince.computeIfAbsent(setting, _ -> clock.instant());
    }
}
