import dev.socketcapacity.agent.probe.ChildProbe;
import dev.socketcapacity.agent.probe.ProbeRequest;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.Route.HostToPod;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;

/// Probes from a node's network namespace to an address of this one, as the agent does by default, and leaves it alone
/// for as long, in turn: NAMESPACE ADDRESS CONNECTIONS ROUNDS.
///
/// Prints what it did, and the nanoseconds of the monotonic clock from which and to which: `off`, `starting` until the
/// first connections are open, `on` until all are closed.
void main(String[] arguments) throws Exception {
    var probe = new ChildProbe(new HostToPod(Path.of(arguments[0]), InetAddress.ofLiteral(arguments[1])));
    var request = new ProbeRequest(Integer.parseInt(arguments[2]), 1, Duration.ZERO, Duration.ofMinutes(1));
    long pause = Duration.ofSeconds(5).toNanos();
    for (int round = Integer.parseInt(arguments[3]); round > 0; round--) {
        long start = System.nanoTime();
        Thread.sleep(Duration.ofNanos(pause));
        phase("off", start, System.nanoTime());
        pause = probe(probe, request);
    }
}

/// Returns how long it took.
long probe(ChildProbe probe, ProbeRequest request) throws InterruptedException {
    var opened = new long[1];
    long start = System.nanoTime();
    var result = probe.run(request, _ -> opened[0] = opened[0] == 0 ? System.nanoTime() : opened[0]);
    long end = System.nanoTime();
    if (!(result instanceof Held)) {
        throw new IllegalStateException(result.toString());
    }
    phase("starting", start, opened[0]);
    phase("on", opened[0], end);
    return end - start;
}

void phase(String what, long start, long end) {
    IO.println("%s %d %d".formatted(what, start, end));
}
