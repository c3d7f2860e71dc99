package dev.socketcapacity.plan;

import static java.lang.Math.ceilDiv;

import dev.socketcapacity.api.Target;
import java.util.ArrayList;
import java.util.List;

/// What a target takes of one limit, and by that limit's own rule, what it must be.
///
/// @param need        what is in use of it once the target is held, with what was in use before
/// @param connections what of `need` is for the target's connections; 0 where the limit does not count them
/// @param least       what it must be at least: more than `need` where what else runs may grow, or as the kernel rounds
/// @param why         how `least` comes about, in words and numbers
public record Demand(Setting setting, long need, long connections, long least, String why) {

    /// Maps of a process besides its threads': program, heap, libraries.
    private static final long BASE_MAPS = 8_192;

    /// Descriptors of a server besides its connections: files, pipes, listeners.
    private static final long BASE_DESCRIPTORS = 1_024;

    /// The kernel makes room for descriptors in whole words.
    private static final long WORD = 64;

    /// All connections come back within so many seconds after an outage, and none is accepted for one second.
    private static final long RECONNECT_SECONDS = 16;

    private static final long DEFAULT_BACKLOG = 4_096;
    private static final long MAX_BACKLOG = 65_535;

    static List<Demand> of(Target target, Baseline baseline) {
        var demands = new ArrayList<Demand>();
        if (target.connections() > 0) {
            demands.add(files(target, baseline));
            demands.add(descriptors(target.connections()));
            demands.add(watches(target.connections()));
            demands.add(tracked(target, baseline));
        }
        if (target.inbound() > 0) {
            demands.add(acceptQueue(target.inbound()));
        }
        if (target.threadCount() > 0) {
            demands.add(maps(target.threadCount()));
            demands.add(tasks(Setting.PID_MAX, target.threadCount(), baseline));
            demands.add(tasks(Setting.THREADS_MAX, target.threadCount(), baseline));
        }
        return List.copyOf(demands);
    }

    private static Demand files(Target target, Baseline baseline) {
        var probed = 2 * ProbeTerms.of(target).ownConnections();
        return withMargin(
                Setting.FILE_MAX,
                target.connections(),
                baseline.files() + target.connections() + probed,
                "%d files open besides + %d connections, a file each%s"
                        .formatted(baseline.files(), target.connections(), ofProbe(probed)));
    }

    private static Demand tracked(Target target, Baseline baseline) {
        var probed = ProbeTerms.of(target).ownConnections();
        return withMargin(
                Setting.CONNTRACK_MAX,
                target.connections(),
                baseline.tracked() + target.connections() + probed,
                "%d connections tracked besides + %d connections, an entry each%s"
                        .formatted(baseline.tracked(), target.connections(), ofProbe(probed)));
    }

    private static String ofProbe(long number) {
        return number == 0 ? "" : " + %d of the probe".formatted(number);
    }

    private static Demand descriptors(long connections) {
        var descriptors = connections + BASE_DESCRIPTORS;
        return new Demand(
                Setting.NR_OPEN,
                descriptors,
                connections,
                ceilDiv(descriptors, WORD) * WORD,
                ("%d connections in one process + %d other files, in words of %d;"
                                + " the process' own limit, RLIMIT_NOFILE, can be raised up to this")
                        .formatted(connections, BASE_DESCRIPTORS, WORD));
    }

    private static Demand watches(long connections) {
        return withMargin(
                Setting.EPOLL_WATCHES,
                connections,
                connections,
                "%d connections of one user, a watch each".formatted(connections));
    }

    private static Demand acceptQueue(long inbound) {
        var burst = ceilDiv(inbound, RECONNECT_SECONDS);
        return new Demand(
                Setting.SOMAXCONN,
                burst,
                0,
                Math.clamp(burst, DEFAULT_BACKLOG, MAX_BACKLOG),
                ("%d connections coming back within %d s, %d of them while none is accepted for one second;"
                                + " from %d to %d, and listen() must ask for as many")
                        .formatted(inbound, RECONNECT_SECONDS, burst, DEFAULT_BACKLOG, MAX_BACKLOG));
    }

    private static Demand maps(long threads) {
        var maps = 2 * threads + BASE_MAPS;
        return new Demand(
                Setting.MAX_MAP_COUNT,
                maps,
                0,
                maps,
                ("2 maps for each of %d threads of one process, its stack and the guard below it,"
                                + " + %d for program, heap and libraries")
                        .formatted(threads, BASE_MAPS));
    }

    private static Demand tasks(Setting setting, long threads, Baseline baseline) {
        return withMargin(
                setting,
                0,
                baseline.tasks() + threads,
                "%d threads running besides + %d threads".formatted(baseline.tasks(), threads));
    }

    /// Room above what is needed: a quarter.
    private static Demand withMargin(Setting setting, long connections, long need, String sum) {
        return new Demand(setting, need, connections, ceilDiv(5 * need, 4L), "1.25 x (%s)".formatted(sum));
    }
}
