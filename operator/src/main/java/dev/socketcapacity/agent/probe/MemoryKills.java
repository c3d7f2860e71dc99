package dev.socketcapacity.agent.probe;

import static java.util.stream.Collectors.toMap;

import dev.socketcapacity.agent.kernel.Cgroups;
import dev.socketcapacity.agent.kernel.Cgroups.Limited;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tells whether the kernel has killed a process since, as a cgroup around this one had no memory left.
final class MemoryKills {

    private final Map<String, Long> before =
            limited().stream().collect(toMap(Limited::path, MemoryKills::count, (one, _) -> one));

    /// Why it did; empty where it did not.
    Optional<Cause> cause() {
        return limited().stream()
                .filter(cgroup -> count(cgroup) > before.getOrDefault(cgroup.path(), 0L))
                .findFirst()
                .map(cgroup -> new Cause(
                        Obstacle.CGROUP_MEMORY,
                        "the memory of cgroup %s is used up, of which it may have %d MiB"
                                .formatted(cgroup.path(), cgroup.max() >> 20)));
    }

    private static long count(Limited cgroup) {
        return cgroup.hits().orElse(0);
    }

    private static List<Limited> limited() {
        return Cgroups.aroundSelf(Cgroups.Controller.MEMORY);
    }
}
