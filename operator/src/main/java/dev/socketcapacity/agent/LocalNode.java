package dev.socketcapacity.agent;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Sysctls;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.Derivation;
import dev.socketcapacity.plan.Headroom;
import dev.socketcapacity.plan.Move;
import dev.socketcapacity.plan.Observation;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// This machine without a cluster: what a wish needs here, written and put back by the same engine as the agent's, with
/// the same originals.
public final class LocalNode implements AutoCloseable {

    private final Path state;
    private final PortSet keepPorts;
    private final NetworkNamespace network;
    private final Optional<String> elsewhere;
    private final NodeKernel kernel;
    private final Journal journal;
    private final Baselines baselines;
    private final Enactor enactor;

    /// @param proc      where the machine's procfs is mounted
    /// @param state     the folder that keeps what was found
    /// @param keepPorts ports that never become ephemeral
    /// @throws IOException where the machine can't be looked at
    public LocalNode(Path proc, Path state, PortSet keepPorts) throws IOException {
        var procfs = new Procfs(proc);
        this.state = state;
        this.keepPorts = keepPorts;
        this.journal = new Journal(new StateFile(state), this::lock);
        // Who has fewer rights than the machine's first process can't enter its network, and need not where it is its
        // own.
        var denied = Optional.<String>empty();
        NetworkNamespace joined;
        try {
            joined = NetworkNamespace.enter(procfs.path("1/ns/net"));
        } catch (IOException refusal) {
            joined = NetworkNamespace.own();
            denied = Optional.of(refusal.getMessage());
        }
        this.network = joined;
        this.kernel = new NodeKernel(new Host(procfs), new Sysctls(procfs, network), network);
        this.elsewhere = kernel.isGuest() ? denied : Optional.empty();
        this.baselines = new Baselines(kernel, journal, keepPorts);
        // What is in use now is left, and stays ours to put back another time.
        this.enactor = new Enactor(
                kernel,
                journal,
                OptionalLong.empty(),
                Duration.ofDays(1),
                Contest.Patience.of(Integer.MAX_VALUE, new ClockScale(1)),
                new Writers(),
                Clock.systemUTC(),
                (_, _, _) -> {});
    }

    /// What a wish comes to here.
    ///
    /// @param node  as it is
    /// @param chain the limits that bound the wish, the tightest first
    /// @param moves what would be written, setting by setting
    public record Preview(
            Target target, Observation node, Derivation derivation, List<Headroom> chain, Map<Setting, Move> moves) {

        /// Whether the machine holds the wish as it is.
        public boolean holds() {
            return derivation.refusals().isEmpty()
                    && derivation.requirements().values().stream()
                            .allMatch(need -> node.effective(need.setting())
                                    .filter(actual -> actual.covers(need.value()))
                                    .isPresent());
        }
    }

    /// Why what is said of the network is that of this process and not of the machine's first; empty where it is that.
    public Optional<String> elsewhere() {
        return elsewhere;
    }

    /// Writes nothing.
    public Preview preview(Target target) throws IOException {
        journal.peek();
        var identity = kernel.identity();
        var node = kernel.observe();
        var baseline = baselines.peek(target, target.toString(), node, identity);
        return preview(target, node, Derivation.of(target, baseline, keepPorts));
    }

    private Preview preview(Target target, Observation node, Derivation derivation) throws IOException {
        return new Preview(
                target,
                node,
                derivation,
                Headroom.of(derivation, node),
                enactor.preview(derivation.requirements(), node));
    }

    /// What became of a wish.
    ///
    /// @param settings what became of each setting; empty where the wish is refused for want of memory
    public record Applied(Preview before, List<SettingOutcome> settings) {

        public boolean holds() {
            return before.derivation().refusals().isEmpty() && settings.stream().noneMatch(SettingOutcome::isShort);
        }
    }

    /// Writes what is missing.
    ///
    /// @throws IOException also where an agent is at work on this node, or was and will be again
    public Applied apply(Target target) throws IOException {
        try (var _ = journal.open()) {
            var wish = journal.state().wish();
            if (wish != null && !NodeSocketCapacitySpec.RELEASE.equals(wish.action())) {
                throw new IOException("an agent holds values on this node, and is not running now: nothing was written;"
                        + " 'sockcap restore' puts back what it found");
            }
            var identity = kernel.identity();
            var node = kernel.observe();
            var baseline = baselines.of(target, target.toString(), node, identity);
            var derivation = Derivation.of(target, baseline, keepPorts);
            var before = preview(target, node, derivation);
            if (derivation.isForbidden()) {
                return new Applied(before, List.of());
            }
            journal.update(known -> known.withApplied(target));
            return new Applied(before, enactor.enact(derivation.requirements(), node, identity));
        }
    }

    /// Puts back what was found, of whatever the command line or an agent has raised and is still ours, and forgets
    /// what was wished for.
    public List<SettingOutcome> restore() throws IOException {
        try (var _ = journal.open()) {
            var outcomes = enactor.release(kernel.observe(), kernel.identity());
            journal.update(known ->
                    known.withWish(null, 0).withApplied(null).withLoad(null).withProof(null));
            return outcomes;
        }
    }

    private StateLock lock() throws IOException {
        if (elsewhere.isPresent()) {
            throw new IOException(elsewhere.get() + ": nothing was written");
        }
        return StateLock.take(
                state, "sockcap (pid %d)".formatted(ProcessHandle.current().pid()));
    }

    @Override
    public void close() {
        network.close();
    }
}
