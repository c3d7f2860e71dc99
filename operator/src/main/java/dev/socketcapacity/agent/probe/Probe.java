package dev.socketcapacity.agent.probe;

import java.util.function.IntConsumer;

/// Proves how many connections a node holds, by holding them.
public interface Probe {

    /// Slow enough, with the processor time that nobody else wants, that the 99th percentile of another server's
    /// latency stays within a quarter of what it was (`bench/neighbour`).
    int DEFAULT_CONNECTIONS_PER_SECOND = 2_000;

    /// As fast as the node can, at normal priority: for a node that carries no load.
    int UNPACED = Pace.UNLIMITED;

    /// As many descriptor tables as the sockets need.
    int ENOUGH_TABLES = 0;

    /// Runs to the end, after which none of the connections is left. Interrupting the thread ends the probe at once.
    ///
    /// @param progress is told now and then, on the calling thread, how many connections both sides have by now,
    ///                 and always when that is all of them
    ProbeResult run(ProbeRequest request, IntConsumer progress) throws InterruptedException;

    default ProbeResult run(ProbeRequest request) throws InterruptedException {
        return run(request, _ -> {});
    }
}
