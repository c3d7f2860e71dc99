package dev.socketcapacity.agent;

import dev.socketcapacity.api.Reason;
import java.time.Duration;

/// Nobody hears of probes.
final class NoRuns implements Prover.Runs {
    @Override
    public void ended(Reason outcome, String message, int held, Duration took) {}

    @Override
    public void forbidden(Reason outcome, String message) {}
}
