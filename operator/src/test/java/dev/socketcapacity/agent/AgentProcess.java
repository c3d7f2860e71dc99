package dev.socketcapacity.agent;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Sysctls;
import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import dev.socketcapacity.plan.ClockScale;
import dev.socketcapacity.plan.PortSet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;

/// The agent's own parts on the running kernel, in a process that can be killed: wishes are lines of its standard
/// input, reports those of its output.
final class AgentProcess {

    private static final ObjectMapper JSON = new ObjectMapper();

    /// Said once it has the lock and waits for wishes.
    static final String STARTED = "started";

    /// Said before a step that it was told not to take; it does nothing more then.
    static final String STOPPED = "stopped before ";

    private AgentProcess() {}

    /// Arguments: the folder of the state; the clock's scale.
    ///
    /// Each line of its input is a wish, after its generation and the number of steps to take for it, -1 for all.
    /// A step is a write into the kernel, or a new state coming into its place.
    static void main(String[] arguments) throws Exception {
        var disk = new StoppingFiles();
        var scale = new ClockScale(Double.parseDouble(arguments[1]));
        var folder = Path.of(arguments[0]);
        var procfs = new Procfs(Path.of("/proc"));
        var alarm = new Alarm();
        try (var network = NetworkNamespace.own();
                var wishes = new Lines(disk, alarm);
                var journal =
                        new Journal(new StateFile(disk.path(folder)), () -> StateLock.await(folder, "AgentProcess"))) {
            var sysctls = new Sysctls(new Procfs(disk.path(Path.of("/proc"))), network);
            var kernel = new NodeKernel(new Host(procfs), sysctls, network);
            var clock = Clock.systemUTC();
            var enactor = new Enactor(
                    kernel,
                    journal,
                    OptionalLong.of(0),
                    scale.minutes(10),
                    Contest.Patience.of(5, scale),
                    new Writers(),
                    clock,
                    (_, _, _) -> {});
            var prover = new Prover(
                    (_, _) -> {
                        throw new IllegalStateException("no probe is asked for here");
                    },
                    journal,
                    clock,
                    scale,
                    new Rhythm(scale, () -> 0.5),
                    alarm::news,
                    new NoRuns());
            System.out.println(STARTED);
            new Agent(wishes, kernel, journal, enactor, prover, PortSet.EMPTY, clock, scale, alarm).run();
        }
    }

    /// Stands still, instead of taking a step too many, until it is killed.
    private static final class StoppingFiles extends CrashingFiles {

        private volatile int left = -1;

        /// The number of steps from now on, -1 for no end.
        void stopAfter(int steps) {
            left = steps;
        }

        @Override
        void step(String name) {
            var lasts = name.startsWith("move ") || name.startsWith("write ") && !name.endsWith(".next");
            if (lasts && left >= 0 && left-- == 0) {
                System.out.println(STOPPED + name);
                while (true) {
                    LockSupport.park();
                }
            }
        }
    }

    /// An API server at the other end of this process's standard streams.
    private static final class Lines implements Wishes {

        private final StoppingFiles disk;
        private volatile Wish wish = new Wish.Unknown();
        private volatile List<Condition> reported = List.of();

        Lines(StoppingFiles disk, Alarm alarm) {
            this.disk = disk;
            Thread.ofPlatform().daemon().start(() -> {
                var lines = new BufferedReader(new InputStreamReader(System.in));
                lines.lines().forEach(line -> {
                    wish = present(line);
                    alarm.news();
                });
                Runtime.getRuntime().halt(0); // whoever started it is gone
            });
        }

        private Wish present(String line) {
            var words = line.split(" ", 3);
            disk.stopAfter(Integer.parseInt(words[1]));
            try {
                return new Wish.Present(
                        Long.parseLong(words[0]), JSON.readValue(words[2], NodeSocketCapacitySpec.class), reported);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Wish current() {
            return wish instanceof Wish.Present(var generation, var spec, var _)
                    ? new Wish.Present(generation, spec, reported)
                    : wish;
        }

        @Override
        public boolean confirmsAbsence() {
            return false;
        }

        @Override
        public boolean report(NodeSocketCapacityStatus status) {
            try {
                System.out.println(JSON.writeValueAsString(status));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            reported = status.conditions();
            return true;
        }

        @Override
        public void close() {}
    }
}
