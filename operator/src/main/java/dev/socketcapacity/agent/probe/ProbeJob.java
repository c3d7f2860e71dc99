package dev.socketcapacity.agent.probe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a probe is to do, and as the command line of its process carries it.
///
/// @param tables descriptor tables to spread the sockets over; 0 for as many as they need
record ProbeJob(
        int connections,
        int destinations,
        Duration hold,
        Duration timeout,
        int connectionsPerSecond,
        int tables,
        Route route) {

    static ProbeJob of(ProbeRequest request, int connectionsPerSecond, int tables, Route route) {
        return new ProbeJob(
                request.connections(),
                request.destinations(),
                request.hold(),
                request.timeout(),
                connectionsPerSecond,
                tables,
                route);
    }

    List<String> toArguments() {
        var arguments = new ArrayList<>(List.of(
                Integer.toString(connections),
                Integer.toString(destinations),
                hold.toString(),
                timeout.toString(),
                Integer.toString(connectionsPerSecond),
                Integer.toString(tables)));
        arguments.addAll(route.toArguments());
        return arguments;
    }

    static ProbeJob ofArguments(String... arguments) {
        return new ProbeJob(
                Integer.parseInt(arguments[0]),
                Integer.parseInt(arguments[1]),
                Duration.parse(arguments[2]),
                Duration.parse(arguments[3]),
                Integer.parseInt(arguments[4]),
                Integer.parseInt(arguments[5]),
                Route.ofArguments(List.of(arguments).subList(6, arguments.length)));
    }
}
