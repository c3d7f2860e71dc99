package dev.socketcapacity.agent;

import dev.socketcapacity.agent.Writers.Writer;
import dev.socketcapacity.api.Reason;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Work that is told from [#tellTo] on, what was done before it included. To make counters and a log takes longer than
/// to write the node's values, which must not wait for it.
final class DeferredWork implements Enactor.Writes, Prover.Runs {

    private final List<Consumer<ToldWork>> untold = new ArrayList<>();
    private ToldWork listener;

    void tellTo(ToldWork work) {
        listener = work;
        untold.forEach(done -> done.accept(work));
        untold.clear();
    }

    @Override
    public void wrote(Setting setting, Value value, Optional<String> refusal) {
        tell(work -> work.wrote(setting, value, refusal));
    }

    @Override
    public void corrected(Setting setting, Value found, Writer writer) {
        tell(work -> work.corrected(setting, found, writer));
    }

    @Override
    public void ended(Reason outcome, String message, int held, Duration took) {
        tell(work -> work.ended(outcome, message, held, took));
    }

    @Override
    public void forbidden(Reason outcome, String message) {
        tell(work -> work.forbidden(outcome, message));
    }

    private void tell(Consumer<ToldWork> done) {
        if (listener == null) {
            untold.add(done);
        } else {
            done.accept(listener);
        }
    }
}
