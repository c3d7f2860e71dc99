package dev.socketcapacity.agent.survey;

import static dev.socketcapacity.plan.Limit.DESCRIPTORS;
import static dev.socketcapacity.plan.Limit.MAX_MAP_COUNT;
import static dev.socketcapacity.plan.Limit.NR_OPEN;
import static dev.socketcapacity.plan.Limit.TASKS_OF_USER;

import dev.socketcapacity.agent.kernel.Cgroups;
import dev.socketcapacity.agent.kernel.Cgroups.Controller;
import dev.socketcapacity.agent.kernel.Libc.ResourceLimit;
import dev.socketcapacity.plan.Limit;
import dev.socketcapacity.plan.Reading;
import java.util.OptionalLong;

/// How the limits of a process, of its user and of its cgroups read, whichever process it is.
final class ProcessReadings {

    private ProcessReadings() {}

    static String at(int pid, String command) {
        return "pid %d (%s)".formatted(pid, command);
    }

    static Reading descriptors(String at, long open, ResourceLimit limit) {
        return Reading.of(DESCRIPTORS, at, open, limit.soft()).upTo(limit.hard());
    }

    /// A table never grows beyond the value; one that was larger before stays so.
    static Reading nrOpen(String at, long open, ResourceLimit limit, long value, long tableSize) {
        var reading = Reading.of(NR_OPEN, at, open, Math.max(value, tableSize));
        return limit.soft() <= value ? reading.exempt("its own limit is lower") : reading;
    }

    static Reading maps(String at, long maps, long value) {
        return Reading.of(MAX_MAP_COUNT, at, maps, value);
    }

    static Reading tasks(long uid, long threads, ResourceLimit limit) {
        var max = limit.soft() == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(limit.soft());
        return Reading.of(TASKS_OF_USER, "uid " + uid, OptionalLong.of(threads), max)
                .upTo(limit.hard());
    }

    static Reading cgroup(Controller controller, Cgroups.Limited cgroup) {
        var limit = switch (controller) {
            case PIDS -> Limit.CGROUP_TASKS;
            case MEMORY -> Limit.CGROUP_MEMORY;
        };
        return Reading.of(limit, "cgroup " + cgroup.path(), cgroup.used(), cgroup.max())
                .hit(cgroup.hits());
    }
}
