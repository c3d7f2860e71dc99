package dev.socketcapacity.agent.probe;

import java.util.function.IntConsumer;

/// Proves how many connections a node holds, by holding them.
public interface Probe {

    /// Runs to the end, after which none of the connections is left. Interrupting the thread ends the probe at once.
    ///
    /// @param progress is told now and then, on the calling thread, how many connections both sides have by now,
    ///                 and always when that is all of them
    ProbeResult run(ProbeRequest request, IntConsumer progress) throws InterruptedException;

    default ProbeResult run(ProbeRequest request) throws InterruptedException {
        return run(request, _ -> {});
    }
}
