package dev.socketcapacity.agent;

import dev.socketcapacity.agent.probe.Probe;
import dev.socketcapacity.agent.probe.ProbeRequest;
import dev.socketcapacity.agent.probe.ProbeResult;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.FutureTask;

/// One run of the probe, beside the agent's loop. How far it has come is told now and then, and not at each step.
final class ProbeRun {

    private final String answers;
    private final int connections;
    private final Duration linger;
    private final Clock clock;
    private final Duration tellEvery;
    private final Runnable wake;
    private final Instant started;
    private final FutureTask<ProbeResult> task;

    private int open;
    private int told;
    private Instant toldAt;

    /// @param claim     what it is to prove, and the call for a probe that it answers
    /// @param tellEvery how often there is news while it runs
    /// @param wake      called when there is news, and when it has ended
    ProbeRun(Probe probe, ProbeRequest request, Claim claim, Clock clock, Duration tellEvery, Runnable wake) {
        this.answers = claim.request();
        this.linger = claim.linger();
        this.connections = request.connections();
        this.clock = clock;
        this.tellEvery = tellEvery;
        this.wake = wake;
        this.started = clock.instant();
        this.toldAt = started;
        this.task = new FutureTask<>(() -> probe.run(request, this::progress)) {
            @Override
            protected void done() {
                wake.run(); // and not before: who is woken shall find the result
            }
        };
    }

    FutureTask<ProbeResult> task() {
        return task;
    }

    /// The call for a probe that it answers; null where there was none.
    String answers() {
        return answers;
    }

    int connections() {
        return connections;
    }

    /// How long its connections are tracked after its end.
    Duration linger() {
        return linger;
    }

    boolean isDone() {
        return task.isDone();
    }

    void cancel() {
        task.cancel(true);
    }

    /// From its start until now.
    Duration took() {
        return Duration.between(started, clock.instant());
    }

    /// What it has come to, once it is done.
    ProbeResult result() {
        try {
            return task.resultNow();
        } catch (IllegalStateException _) {
            return new ProbeResult.Inconclusive(
                    String.valueOf(task.exceptionNow().getMessage()));
        }
    }

    /// How many connections it has opened, as far as that is told; 0 at first.
    synchronized int opened() {
        if (hasNews()) {
            told = open;
            toldAt = clock.instant();
        }
        return told;
    }

    private synchronized void progress(int now) {
        open = now;
        if (hasNews()) {
            wake.run();
        }
    }

    /// Of a long run, now and then; and that all are open, whenever that is.
    private boolean hasNews() {
        var since = open == connections ? started : toldAt;
        return open != told && !clock.instant().isBefore(since.plus(tellEvery));
    }
}
