package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.probe.ProbeEvent.Decided;
import dev.socketcapacity.agent.probe.ProbeEvent.Over;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.io.IOException;
import java.time.Duration;
import java.util.function.IntConsumer;

/// Opens, holds and closes connections in this process: for one that does nothing else, as it offers itself to the
/// kernel where memory runs out. Takes neither the time nor the memory of another Java.
public final class InProcessProbe implements Probe {

    /// More than a lane takes for what it is at.
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Route route;
    private final int connectionsPerSecond;
    private final int tables;

    /// @param connectionsPerSecond how fast to open, and to close; or [Probe#UNPACED]
    /// @param tables               see [Probe#ENOUGH_TABLES]
    public InProcessProbe(Route route, int connectionsPerSecond, int tables) {
        this.route = route;
        this.connectionsPerSecond = connectionsPerSecond;
        this.tables = tables;
    }

    @Override
    public ProbeResult run(ProbeRequest request, IntConsumer progress) throws InterruptedException {
        openClassPath();
        var events = new ProbeEvents();
        var engine = new ProbeEngine(ProbeJob.of(request, connectionsPerSecond, tables, route), events::add);
        var thread = Thread.ofPlatform().daemon().name("probe").start(() -> run(engine, events));
        try {
            return events.await(request, progress);
        } finally {
            thread.interrupt();
            thread.join(GRACE);
        }
    }

    /// Java opens the jars of its class path one after the other, as it looks for what it has not found yet, and keeps
    /// them. Where a lane's thread did, they would be open in its descriptor table, and for no other thread.
    private static void openClassPath() {
        ClassLoader.getSystemResource("to be found nowhere");
    }

    private static void run(ProbeEngine engine, ProbeEvents events) {
        try {
            engine.run();
        } catch (InterruptedException _) {
            // nobody waits for it any more
        } catch (IOException | RuntimeException | Error e) {
            events.add(new Decided(new Inconclusive("the probe failed: " + e)));
            events.add(new Over());
        }
    }
}
