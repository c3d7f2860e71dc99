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
import dev.socketcapacity.agent.kernel.Sysctls;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

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
        settle();
        held = required;
        var steps = new ArrayList<Step>();
        var ways = new ArrayList<WayBack>();
        for (var setting : List.of(Setting.values()).reversed()) {
            if (!required.containsKey(setting) && memory(setting).isPresent()) {
                ways.add(wayBack(setting));
                ways.getLast().step().ifPresent(steps::add);
            } else if (required.containsKey(setting) && node.owns(setting)) {
                lower(setting, required.get(setting).value()).ifPresent(steps::add);
            }
        }
        var refusals = new EnumMap<Setting, String>(Setting.class);
        for (var requirement : required.values()) {
            raise(requirement, node, identity)
                    .ifPresent(step -> hostsRefusal(step, node)
                            .ifPresentOrElse(why -> refusals.put(step.setting(), why), () -> steps.add(step)));
        }
        refusals.putAll(write(steps));
        var outcomes = new EnumMap<Setting, SettingOutcome>(Setting.class);
        for (var way : ways) {
            outcomes.put(way.setting(), putBack(way, refusals.containsKey(way.setting())));
        }
        for (var requirement : required.values()) {
            var refusal = Optional.ofNullable(refusals.get(requirement.setting()));
            outcomes.put(requirement.setting(), outcome(requirement, node, refusal));
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
        write(List.of(correction(setting, required, actual, memory.get())));
        return true;
    }

    /// Whether somebody has taken away from what we wrote. Who adds to it takes nothing.
    private static boolean isTaken(Move.Memory memory, Value actual) {
        return memory.written().stream().noneMatch(actual::covers);
    }

    private Step correction(Setting setting, Value required, Value actual, Move.Memory memory) {
        var to = actual.join(required).join(memory.original());
        return new Step(setting, to, actual, found(setting), memory, true);
    }

    /// What the disk knows of it; null where that is nothing.
    private Found found(Setting setting) {
        return journal.state().found().get(setting.key());
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
        var gone = new HashSet<String>();
        for (var setting : Setting.values()) {
            var found = found(setting);
            if (found != null && !found.namespace().equals(identity.namespaceOf(setting.scope()))) {
                gone.add(setting.key());
            }
        }
        journal.update(state -> state.withoutFound(gone));
    }

    /// Of writes that were cut short, with the agent, the disk has both the old value and the new one: one of them it
    /// is.
    private void settle() throws IOException {
        var settled = new TreeMap<String, Found>();
        for (var setting : Setting.values()) {
            var memory = memory(setting).filter(known -> known.written().size() > 1);
            var actual = memory.isPresent() ? kernel.read(setting) : Optional.<Value>empty();
            if (actual.filter(value -> memory.get().wrote(value)).isPresent()) {
                settled.put(
                        setting.key(),
                        found(setting).having(List.of(actual.get().text())));
            }
        }
        journal.update(state -> state.withFound(settled));
    }

    /// A write that is decided on.
    ///
    /// @param actual   what is there
    /// @param found    what was there before we first wrote it, as the disk has it
    /// @param memory   the same in values
    /// @param corrects whether somebody has taken away from what we wrote
    private record Step(Setting setting, Value to, Value actual, Found found, Move.Memory memory, boolean corrects) {

        Value holds(Sysctls.Written written) {
            return written.holds().map(setting.shape()::parse).orElse(actual);
        }

        Found having(List<Value> written) {
            return found.having(written.stream().map(this::ours).toList());
        }

        /// Whether that is all that the kernel may hold, and it is what was there before us.
        boolean isBack(List<Value> written) {
            return written.equals(List.of(memory.original()));
        }

        /// `value` as we remember it. Ports that others have added meanwhile, which are there and we never wrote, stay
        /// theirs.
        private String ours(Value value) {
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
    }

    /// How a setting goes back that nobody needs any more.
    ///
    /// @param step  empty where nothing is to be written
    /// @param state what it comes to, unless the step is refused
    private record WayBack(Setting setting, Move.Memory memory, Optional<Step> step, SettingState state) {}

    private WayBack wayBack(Setting setting) throws IOException {
        var memory = memory(setting).orElseThrow();
        var actual = kernel.read(setting);
        var move = actual.<Move>map(value -> Move.back(value, memory)).orElseGet(Move.Keep::new);
        return switch (move) {
            case Move.Lower(var to)
            when isInUse(setting, to) -> new WayBack(setting, memory, Optional.empty(), LeftInUse);
            case Move.Lower(var to) -> {
                var step = new Step(setting, to, actual.orElseThrow(), found(setting), memory, false);
                yield new WayBack(setting, memory, Optional.of(step), Restored);
            }
            case Move.Keep _ -> {
                var state = actual.filter(memory.floor()::covers).isPresent() ? Restored : LeftForeign;
                yield new WayBack(setting, memory, Optional.empty(), state);
            }
            case Move.Raise _ -> throw new IllegalStateException("nothing is raised on the way back");
        };
    }

    /// Forgets what has gone back, or is somebody else's; and what can't go back, when it was waited for long enough.
    private SettingOutcome putBack(WayBack way, boolean refused) throws IOException {
        var setting = way.setting();
        var state = refused ? NotSettable : way.state();
        var waits = state == LeftInUse || state == NotSettable;
        if (!waits || !clock.instant().isBefore(waitingSince(setting).plus(patience))) {
            forget(setting);
        }
        return new SettingOutcome(
                setting,
                Optional.of(way.memory().original()),
                Optional.empty(),
                kernel.read(setting),
                state,
                Optional.empty());
    }

    private Optional<Step> lower(Setting setting, Value required) throws IOException {
        var actual = kernel.read(setting);
        var memory = memory(setting);
        return actual.isPresent()
                        && Move.towards(required, actual.get(), memory) instanceof Move.Lower(var to)
                        && !to.equals(lastTaken.get(setting)) // else the kernel has rounded it up, and would again
                        && !isInUse(setting, to)
                ? Optional.of(new Step(setting, to, actual.get(), found(setting), memory.orElseThrow(), false))
                : Optional.empty();
    }

    private Optional<Step> raise(Requirement requirement, Observation node, Identity identity) throws IOException {
        var setting = requirement.setting();
        var actual = kernel.read(setting);
        var memory = memory(setting);
        if (!node.owns(setting)
                || actual.isEmpty()
                || !(Move.towards(requirement.value(), actual.get(), memory) instanceof Move.Raise(var to))) {
            return Optional.empty();
        }
        if (memory.isPresent() && isTaken(memory.get(), actual.get())) {
            return contest(setting).mayCorrect(clock.instant())
                    ? Optional.of(correction(setting, requirement.value(), actual.get(), memory.get()))
                    : Optional.empty();
        }
        var text = actual.get().text();
        var found = memory.isPresent()
                ? found(setting)
                : new Found(identity.namespaceOf(setting.scope()), text, List.of(text));
        return Optional.of(new Step(setting, to, actual.get(), found, memory(setting, found), false));
    }

    /// A kernel takes any number for a container's tasks, and holds to its host's.
    private static Optional<String> hostsRefusal(Step step, Observation node) {
        return node.taskLimit()
                .filter(limit -> step.setting() == Setting.PID_MAX && limit < ((Amount) step.to()).number())
                .map(limit -> "this node is a container, and its host's own limit is " + limit);
    }

    /// Writes one after the other, and says which were refused, and why. The disk knows of the old values and the new
    /// ones before the first write, and of what holds after the last: it is flushed twice, however many there are.
    private Map<Setting, String> write(List<Step> steps) throws IOException {
        var unknown = steps.stream()
                .filter(step -> !step.memory().wrote(step.to())) // else the disk knows already that it may be ours
                .toList();
        remember(unknown, step -> List.of(step.actual(), step.to()));
        var refusals = new EnumMap<Setting, String>(Setting.class);
        var holds = new EnumMap<Setting, Value>(Setting.class);
        for (var step : steps) {
            var written = write(step);
            written.refusal().map(Refusal::sentence).ifPresent(why -> refusals.put(step.setting(), why));
            holds.put(step.setting(), step.holds(written));
        }
        remember(steps, step -> List.of(holds.get(step.setting())));
        return refusals;
    }

    private Sysctls.Written write(Step step) throws IOException {
        var setting = step.setting();
        var writer = step.corrects() ? writers.takeLast(setting) : Writer.UNKNOWN;
        if (step.corrects()) {
            culprits.put(setting, writer);
            contest(setting).corrected(clock.instant());
        }
        var written = kernel.write(setting, step.to());
        if (written.refusal().isEmpty()) {
            lastTaken.put(setting, step.to());
        }
        var holds = step.holds(written);
        if (!holds.equals(step.to()) && !holds.equals(step.actual())) { // whose it is could not be told later
            remember(List.of(step), _ -> List.of(holds));
        }
        writes.wrote(setting, step.to(), written.refusal().map(Refusal::sentence));
        if (step.corrects()) {
            writes.corrected(setting, step.actual(), writer);
        }
        return written;
    }

    /// Of each, what the kernel may hold by our hand; where that is the original again, nothing is to be remembered.
    private void remember(List<Step> steps, Function<Step, List<Value>> written) throws IOException {
        var ours = new TreeMap<String, Found>();
        var back = new HashSet<String>();
        for (var step : steps) {
            var values = written.apply(step);
            if (step.isBack(values)) {
                back.add(step.setting().key());
                forgetHistory(step.setting());
            } else {
                ours.put(step.setting().key(), step.having(values));
            }
        }
        journal.update(state -> state.withFound(ours).withoutFound(back));
    }

    private void forget(Setting setting) throws IOException {
        forgetHistory(setting);
        journal.update(state -> state.withoutFound(Set.of(setting.key())));
    }

    private void forgetHistory(Setting setting) {
        waitingSince.remove(setting);
        lastTaken.remove(setting);
        contests.remove(setting);
        culprits.remove(setting);
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
        var found = found(setting);
        return found == null ? Optional.empty() : Optional.of(memory(setting, found));
    }

    private Move.Memory memory(Setting setting, Found found) throws IOException {
        var shape = setting.shape();
        var original = shape.parse(found.original());
        return new Move.Memory(
                original,
                floor(setting).map(original::join).orElse(original),
                found.written().stream().map(shape::parse).toList());
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
