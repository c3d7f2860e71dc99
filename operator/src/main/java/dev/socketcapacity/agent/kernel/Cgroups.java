package dev.socketcapacity.agent.kernel;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Limits of cgroups, of both versions, where this process sees them mounted.
public final class Cgroups {

    /// What version 1 calls no limit is the largest number of whole pages. No machine has half as much.
    private static final long NO_LIMIT = 1L << 62;

    private static final int LINKS_OF_A_LEAF = 2;

    private final Procfs procfs;
    private final List<Mount> mounts;

    /// @param procfs of which `self` tells what is mounted, and where
    public Cgroups(Procfs procfs) throws IOException {
        this.procfs = procfs;
        this.mounts = procfs.lines("self/mountinfo").stream()
                .flatMap(line -> Mount.parse(line).stream())
                .toList();
    }

    private static final Set<String> FILE_PAGES = Set.of("active_file", "inactive_file");
    private static final Set<String> LEGACY_FILE_PAGES = Set.of("total_active_file", "total_inactive_file");

    /// What is limited, and the files that say it: in version 2 (`Documentation/admin-guide/cgroup-v2.rst`), and in
    /// version 1.
    public enum Controller {
        PIDS(
                new Names("pids.current", "pids.max", "pids.events", "max"),
                new Names("pids.current", "pids.max", "pids.events", "max")),
        MEMORY(
                new Names("memory.current", "memory.max", "memory.events", "oom_kill"),
                new Names("memory.usage_in_bytes", "memory.limit_in_bytes", "memory.oom_control", "oom_kill"));

        private final Names unified;
        private final Names legacy;

        Controller(Names unified, Names legacy) {
            this.unified = unified;
            this.legacy = legacy;
        }

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param event the word before the counter of hits, in the file of events
    private record Names(String current, String max, String events, String event) {}

    /// A cgroup that has a limit.
    ///
    /// @param path below the hierarchy's root, such as `/system.slice`
    /// @param used threads, or bytes beside what only caches files
    /// @param hits how often it was hit, as the kernel counts; empty where it does not
    public record Limited(String path, long used, long max, OptionalLong hits) {}

    /// The limits over a process: of its own cgroup, of the one around that, and so on.
    public List<Limited> around(int pid, Controller controller) throws IOException {
        var lines = procfs.lines(pid + "/cgroup");
        var limits = new LinkedHashSet<Limited>();
        for (var mount : mounts) {
            var line = lines.stream().filter(mount.isFor(controller)).findFirst();
            if (line.isPresent()) {
                limits.addAll(mount.around(line.get().split(":", 3)[2], controller));
            }
        }
        return List.copyOf(limits);
    }

    /// The limits over this process; none where it may not see them.
    public static List<Limited> aroundSelf(Controller controller) {
        try {
            return new Cgroups(new Procfs(Path.of("/proc")))
                    .around((int) ProcessHandle.current().pid(), controller);
        } catch (IOException _) {
            return List.of();
        }
    }

    /// All limits there are.
    public List<Limited> all(Controller controller) throws IOException {
        var all = new LinkedHashSet<Limited>();
        for (var mount : mounts) {
            if (mount.has(controller)) {
                mount.collect(mount.point, controller, all);
            }
        }
        return List.copyOf(all);
    }

    /// Where a hierarchy is mounted.
    ///
    /// @param root       which cgroup of it is at `point`
    /// @param unified    whether it is of version 2
    /// @param options    in version 1 also the controllers
    private record Mount(String root, Path point, boolean unified, List<String> options) {

        /// A line of proc_pid_mountinfo(5).
        private static Optional<Mount> parse(String line) {
            var fields = line.split(" ");
            var type = List.of(fields).subList(List.of(fields).indexOf("-") + 1, fields.length);
            var unified = type.getFirst().equals("cgroup2");
            return unified || type.getFirst().equals("cgroup")
                    ? Optional.of(new Mount(
                            fields[3],
                            Path.of(fields[4]),
                            unified,
                            List.of(type.getLast().split(","))))
                    : Optional.empty();
        }

        private boolean has(Controller controller) {
            return unified || options.contains(controller.word());
        }

        /// Which line of a process's `cgroup` file is about this hierarchy, if that has the controller.
        private Predicate<String> isFor(Controller controller) {
            return line -> unified
                    ? line.startsWith("0::")
                    : options.contains(controller.word())
                            && List.of(line.split(":", 3)[1].split(",")).contains(controller.word());
        }

        private List<Limited> around(String path, Controller controller) throws IOException {
            if (path.contains("/..") || !Path.of(path).startsWith(root)) {
                throw new IOException("cgroup %s is outside of what is mounted at %s".formatted(path, point));
            }
            var limits = new ArrayList<Limited>();
            var inner = point.resolve(Path.of(root).relativize(Path.of(path)));
            for (var folder = inner; folder.startsWith(point); folder = folder.getParent()) {
                read(folder, controller).ifPresent(limits::add);
            }
            return limits;
        }

        private void collect(Path folder, Controller controller, Set<Limited> into) throws IOException {
            read(folder, controller).ifPresent(into::add);
            if (Libc.status(folder.toString()).links() == LINKS_OF_A_LEAF) {
                return;
            }
            try (var children = Files.newDirectoryStream(folder, Files::isDirectory)) {
                for (var child : children) {
                    collect(child, controller, into);
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
        }

        /// Empty where there is no limit: the root has none, nor has a cgroup of version 2 without the controller.
        private Optional<Limited> read(Path folder, Controller controller) throws IOException {
            var names = unified ? controller.unified : controller.legacy;
            try {
                var max = line(folder, names.max);
                if (max.equals("max") || Long.parseLong(max) >= NO_LIMIT) {
                    return Optional.empty();
                }
                var path = "/" + Path.of(root.substring(1)).resolve(point.relativize(folder));
                var used = Long.parseLong(line(folder, names.current)) - cached(folder, controller);
                return Optional.of(new Limited(path, Math.max(0, used), Long.parseLong(max), hits(folder, names)));
            } catch (NoSuchFileException _) {
                return Optional.empty();
            }
        }

        /// Bytes that hold nothing but file contents: given back when somebody needs them. Of this cgroup and those in
        /// it.
        private long cached(Path folder, Controller controller) throws IOException {
            return switch (controller) {
                case PIDS -> 0;
                case MEMORY ->
                    numbers(folder.resolve("memory.stat"))
                            .filter(line -> (unified ? FILE_PAGES : LEGACY_FILE_PAGES).contains(line.name))
                            .mapToLong(Line::number)
                            .sum();
            };
        }

        private static OptionalLong hits(Path folder, Names names) throws IOException {
            return numbers(folder.resolve(names.events))
                    .filter(line -> line.name.equals(names.event))
                    .mapToLong(Line::number)
                    .findFirst();
        }

        private record Line(String name, long number) {}

        /// A file of lines that are a name and a number each.
        private static Stream<Line> numbers(Path file) throws IOException {
            return Files.readAllLines(file).stream()
                    .map(line -> line.split(" "))
                    .map(words -> new Line(words[0], Long.parseLong(words[1])));
        }

        private static String line(Path folder, String name) throws IOException {
            return Files.readAllLines(folder.resolve(name)).getFirst();
        }
    }
}
