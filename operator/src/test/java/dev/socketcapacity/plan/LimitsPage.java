package dev.socketcapacity.plan;

import static dev.socketcapacity.plan.Limit.CGROUP_TASKS;
import static dev.socketcapacity.plan.Limit.CONNTRACK_CLOSE_WAIT;
import static dev.socketcapacity.plan.Limit.CONNTRACK_MAX;
import static dev.socketcapacity.plan.Limit.DESCRIPTORS;
import static dev.socketcapacity.plan.Limit.EPOLL_WATCHES;
import static dev.socketcapacity.plan.Limit.FIN_TIMEOUT;
import static dev.socketcapacity.plan.Limit.KEEPALIVE_TIME;
import static dev.socketcapacity.plan.Limit.MAX_MAP_COUNT;
import static dev.socketcapacity.plan.Limit.MEMORY;
import static dev.socketcapacity.plan.Limit.NETDEV_BACKLOG;
import static dev.socketcapacity.plan.Limit.PORT_RANGE;
import static dev.socketcapacity.plan.Limit.SOMAXCONN;
import static dev.socketcapacity.plan.Limit.TASKS_OF_USER;
import static dev.socketcapacity.plan.Limit.UNIX_QUEUE;
import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The table of limits as a page to read: an overview, then a section for each.
final class LimitsPage {

    /// What belongs together, in the order in which the table has it.
    record Group(String title, Set<Limit> limits) {

        private static Group of(String title, Limit first, Limit last) {
            return new Group(title, EnumSet.range(first, last));
        }
    }

    static final List<Group> GROUPS = List.of(
            Group.of("Descriptors and files", DESCRIPTORS, EPOLL_WATCHES),
            Group.of("Ports", PORT_RANGE, FIN_TIMEOUT),
            Group.of("Connection tracking", CONNTRACK_MAX, CONNTRACK_CLOSE_WAIT),
            Group.of("Connecting and accepting", SOMAXCONN, KEEPALIVE_TIME),
            Group.of("Memory and queues of the network", NETDEV_BACKLOG, UNIX_QUEUE),
            Group.of("Threads", MAX_MAP_COUNT, TASKS_OF_USER),
            Group.of("Containers and the machine", CGROUP_TASKS, MEMORY));

    private static final String INTRODUCTION = """
            <!-- Generated from plan/Limit.java: ./mvnw test -pl operator -Dtest=LimitsPageTest -Dlimits.update=true -->

            # Limits of sockets and threads

            Everything that limits how many sockets or threads a process, a user, a cgroup, a namespace or a machine can
            have: %d limits. A wish may name %d of them under `settings`; the numbers there are the least that it may ask
            for. Two more are written along: reserved ports for `ports.reserve`, and the hash that goes with a table of
            tracked connections. All the others are only looked at.

            `sockcap doctor` says how much of each is in use, and which one binds first.

            ## Overview

            """;

    private LimitsPage() {}

    static String generate() {
        return INTRODUCTION.formatted(
                        Limit.values().length,
                        Arrays.stream(Setting.values())
                                .filter(Setting::isRequestable)
                                .count())
                + GROUPS.stream().map(LimitsPage::overview).collect(joining("\n"))
                + GROUPS.stream().map(LimitsPage::sections).collect(joining());
    }

    private static String overview(Group group) {
        return """
                **%s**

                | limit | scope | unit | in a wish | hit, it shows as |
                |---|---|---|---|---|
                """.formatted(group.title())
                + group.limits().stream().map(LimitsPage::line).collect(joining());
    }

    private static String line(Limit limit) {
        return "| [%s](#%s) | %s | %s | %s | %s |\n"
                .formatted(
                        limit.key(),
                        anchor(limit.key()),
                        limit.scope().text(),
                        limit.unit(),
                        setting(limit).map(LimitsPage::inAWish).orElse("–"),
                        limit.symptom());
    }

    private static String sections(Group group) {
        return "\n## %s\n".formatted(group.title())
                + group.limits().stream().map(LimitsPage::section).collect(joining());
    }

    private static String section(Limit limit) {
        return "\n### %s\n\n".formatted(limit.key())
                + Stream.of(
                                item("Unit", limit.unit()),
                                item("Scope", limit.scope().text()),
                                item("Hit, it shows as", limit.symptom()),
                                item("Proved by", limit.proof()),
                                item("By default", limit.byDefault()),
                                item("The kernel takes", taken(limit)),
                                item(
                                        "In a wish",
                                        setting(limit).map(LimitsPage::inAWish).orElse("no")),
                                item("Elsewhere", limit.inNewNamespaces().text()),
                                item("Going down", limit.lowering()),
                                limit.caveat()
                                        .map(caveat -> item("Mind", caveat))
                                        .orElse(""),
                                item("Since Linux", limit.since()),
                                item("Source", source(limit)))
                        .collect(joining());
    }

    private static String item(String name, String text) {
        return "* **%s:** %s\n".formatted(name, text);
    }

    private static String taken(Limit limit) {
        return switch (limit.beyond()) {
            case FIXED -> "nothing: it " + limit.beyond().text();
            case REFUSED, HALF_APPLIED, FORBIDDEN, NO_MEMORY, CLAMPED, UNBOUNDED ->
                "%d to %d; what is outside: %s"
                        .formatted(limit.min(), limit.max(), limit.beyond().text());
        };
    }

    private static String inAWish(Setting setting) {
        return switch (setting) {
            case RESERVED_PORTS -> "with `ports.reserve`";
            case CONNTRACK_BUCKETS -> "goes with nf_conntrack_max";
            case PORT_RANGE -> "a range from %d to %d".formatted(setting.min(), setting.max());
            case FILE_MAX,
                    NR_OPEN,
                    EPOLL_WATCHES,
                    CONNTRACK_MAX,
                    SOMAXCONN,
                    SYN_BACKLOG,
                    MAX_MAP_COUNT,
                    PID_MAX,
                    THREADS_MAX,
                    NEIGHBOURS,
                    NEIGHBOURS_IPV6 -> "%d or more".formatted(setting.min());
        };
    }

    private static String source(Limit limit) {
        return Arrays.stream(limit.source().split("; ")).map("`%s`"::formatted).collect(joining(", "));
    }

    private static Optional<Setting> setting(Limit limit) {
        return Arrays.stream(Setting.values())
                .filter(setting -> setting.limit() == limit)
                .findFirst();
    }

    /// As GitHub makes it from a heading.
    private static String anchor(String heading) {
        return heading.toLowerCase().replace(' ', '-').replaceAll("[^a-z0-9_-]", "");
    }
}
