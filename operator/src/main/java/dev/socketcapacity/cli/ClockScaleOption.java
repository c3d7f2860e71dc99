package dev.socketcapacity.cli;

import dev.socketcapacity.plan.ClockScale;
import picocli.CommandLine.Option;

/// The one scale of all durations.
final class ClockScaleOption {

    @Option(
            names = "--clock-scale",
            paramLabel = "<factor>",
            defaultValue = "1",
            description = "For tests only: every duration is multiplied by this. Above 0, at most 1. Default: 1.")
    private double clockScale;

    ClockScale scale() {
        return new ClockScale(clockScale);
    }
}
