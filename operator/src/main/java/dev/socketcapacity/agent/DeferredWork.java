package dev.socketcapacity.agent;

import dev.socketcapacity.agent.Writers.Writer;
import dev.socketcapacity.agent.probe.ProbeResult;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Work that is told from [#tellTo] on, what was done before it included. To make counters and a log takes longer than
/// to write the node's values, which must not wait for it.
final class DeferredWork implements Enactor.Writes {

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

    void probed(ProbeResult result) {
        tell(work -> work.probed(result));
    }

    private void tell(Consumer<ToldWork> done) {
        if (listener == null) {
            untold.add(done);
        } else {
            done.accept(listener);
        }
    }
}
