package dev.socketcapacity.cli;

import dev.socketcapacity.agent.probe.Opening;
import dev.socketcapacity.agent.probe.ProbeRequest;
import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.Route;
import dev.socketcapacity.cli.Samples.Sample;
import dev.socketcapacity.plan.Advice;
import dev.socketcapacity.plan.Fix;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.Outbound;
import dev.socketcapacity.plan.ProbeRoom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What `sockcap probe --output json` says. Part of the interface: fields are added, never renamed. Null where
/// something is not known, or does not apply.
///
/// @param outcome            `Held` or `FellShort`
/// @param path               which way the connections went, such as `loopback`
/// @param held               connections at one moment
/// @param openingSeconds     from the first to the last
/// @param perSecond          how many were opened in each of them
/// @param holdSeconds        from the last that was opened until all were found alive
/// @param latency            how long a connection took
/// @param slowDown           from when on connections took longer
/// @param bytesPerConnection of kernel memory, all ends that are here together
/// @param tracked            whether the kernel tracked them
/// @param exercised          what the probe says something of
/// @param notExercised       what it says nothing of
/// @param cause              what was in the way
/// @param next               the limit behind it
/// @param computed           what comes first by the limits as they were before the probe
/// @param samples            how they grew
record ProbeReport(
        String outcome,
        String path,
        int wanted,
        int held,
        Double openingSeconds,
        Long perSecond,
        Double holdSeconds,
        Latency latency,
        SlowDown slowDown,
        Long bytesPerConnection,
        Boolean tracked,
        List<String> exercised,
        List<String> notExercised,
        Cause cause,
        Fix fix,
        Bound next,
        Bound computed,
        List<Sample> samples) {

    /// Microseconds: of connect(2), in which over loopback the whole handshake is done; to elsewhere until the
    /// greeting.
    record Latency(double median, double p90, double p99, double max) {

        private static Latency of(Opening opening) {
            return new Latency(
                    micros(opening.median()),
                    micros(opening.ninety()),
                    micros(opening.ninetyNine()),
                    micros(opening.longest()));
        }

        private static double micros(Duration duration) {
            return duration.toNanos() / 100 / 10.0;
        }
    }

    /// @param connections  to one destination, before
    /// @param times        how many times as long those after them took
    /// @param destinations over how many, or from how many addresses, all that were wanted stay fast
    record SlowDown(int connections, int times, String limit, String evidence, long destinations) {

        private static SlowDown of(dev.socketcapacity.agent.probe.SlowDown slowDown, int wanted) {
            return new SlowDown(
                    slowDown.connections(),
                    slowDown.times(),
                    Limit.PORT_RANGE.key(),
                    slowDown.text(),
                    new Outbound(wanted, slowDown.ports().count()).sourcesFast().orElseThrow());
        }
    }

    /// @param limit the row of limits.md
    record Cause(String name, String limit, String evidence) {}

    /// @param connections how many fit under the limit
    record Bound(String limit, String at, long connections) {

        private static Bound of(ProbeRoom.Bound bound) {
            return new Bound(bound.reading().limit().key(), bound.reading().at(), bound.connections());
        }
    }

    /// What was asked for, where.
    ///
    /// @param oneTable whether RLIMIT_NOFILE bounded them as it bounds one process
    /// @param room     what the limits left before the probe
    record Circumstances(Route route, ProbeRequest request, boolean oneTable, ProbeRoom room, Samples samples) {}

    static ProbeReport of(Held held, Circumstances circumstances) {
        return of(held.connections(), Optional.of(held.held()), Optional.of(held.opening()), null, circumstances);
    }

    static ProbeReport of(FellShort fell, Circumstances circumstances) {
        return of(fell.held(), Optional.empty(), fell.opening(), fell.cause(), circumstances);
    }

    private static ProbeReport of(
            int held,
            Optional<Duration> hold,
            Optional<Opening> opening,
            dev.socketcapacity.agent.probe.Cause cause,
            Circumstances circumstances) {
        var room = opening.filter(known -> !known.tracked())
                .map(_ -> circumstances.room.without(Limit.CONNTRACK_MAX))
                .orElse(circumstances.room);
        var limit = Optional.ofNullable(cause).flatMap(known -> known.obstacle().limit());
        return new ProbeReport(
                cause == null ? "Held" : "FellShort",
                path(circumstances.route),
                circumstances.request.connections(),
                held,
                opening.map(Opening::took).map(ProbeReport::seconds).orElse(null),
                opening.map(known -> perSecond(held, known.took())).orElse(null),
                hold.map(ProbeReport::seconds).orElse(null),
                opening.filter(_ -> held > 0).map(Latency::of).orElse(null),
                opening.flatMap(Opening::slowDown)
                        .map(slowDown -> SlowDown.of(slowDown, circumstances.request.connections()))
                        .orElse(null),
                opening.map(Opening::bytesPerConnection)
                        .filter(bytes -> bytes > 0)
                        .orElse(null),
                opening.map(Opening::tracked).orElse(null),
                exercised(circumstances, opening),
                notExercised(circumstances, opening),
                cause == null
                        ? null
                        : new Cause(
                                cause.obstacle().key(), limit.map(Limit::key).orElse(null), cause.evidence()),
                limit.flatMap(known -> Advice.whenHit(known, room.survey())).orElse(null),
                limit.flatMap(known -> room.without(known).tightest())
                        .map(Bound::of)
                        .orElse(null),
                room.tightest().map(Bound::of).orElse(null),
                circumstances.samples.list());
    }

    private static String path(Route route) {
        return switch (route) {
            case Route.HostToPod _ -> "host to pod";
            case Route.Loopback _ -> "loopback";
            case Route.ToServers _ -> "the network";
        };
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1_000.0;
    }

    private static long perSecond(int held, Duration took) {
        return Math.round(held / Math.max(1e-9, took.toNanos() / 1e9));
    }

    private static List<String> exercised(Circumstances circumstances, Optional<Opening> opening) {
        var list = new ArrayList<String>();
        list.add("accept queues");
        list.add("kernel memory of " + (circumstances.route.ends() == 1 ? "the connecting end" : "both ends"));
        list.add(ports(circumstances.request));
        if (circumstances.oneTable) {
            list.add("the descriptors of one process");
        }
        if (circumstances.route instanceof Route.ToServers) {
            list.add("the path between them");
        }
        if (opening.filter(Opening::tracked).isPresent()) {
            list.add("connection tracking");
        }
        return list;
    }

    private static String ports(ProbeRequest request) {
        return "local ports: %d towards each of %d destinations"
                .formatted(Math.ceilDiv(request.connections(), request.destinations()), request.destinations());
    }

    private static List<String> notExercised(Circumstances circumstances, Optional<Opening> opening) {
        var list = new ArrayList<String>();
        if (circumstances.route instanceof Route.Loopback) {
            list.add("any path between machines: interfaces, routes, neighbours, firewalls");
        }
        if (!circumstances.oneTable) {
            list.add("the descriptors of one process");
        }
        if (opening.filter(known -> !known.tracked()).isPresent()) {
            list.add("connection tracking: nothing tracks them here");
        }
        return list;
    }
}
