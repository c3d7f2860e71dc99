package dev.socketcapacity.agent.kernel;

import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.summingLong;
import static java.util.stream.Collectors.toList;

import dev.socketcapacity.agent.kernel.Libc.Resource;
import dev.socketcapacity.agent.kernel.Libc.ResourceLimit;
import dev.socketcapacity.agent.kernel.ProcessEntry.Stat;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// All processes of a procfs mount, in one pass: few system calls a process, none of which has the kernel write much
/// text, and all processors at work. A process that ends meanwhile is left out.
public final class ProcessTable {

    private final List<Row> rows;

    private ProcessTable(List<Row> rows) {
        this.rows = rows;
    }

    /// One process, as far as everybody may see it.
    ///
    /// @param uid             effective
    /// @param descriptors     open ones
    /// @param descriptorLimit how many there may be
    public record Row(ProcessEntry process, Stat stat, long uid, long descriptors, ResourceLimit descriptorLimit) {

        private static final long SMALLEST_PAGE = 4_096;

        public long threads() {
            return stat.threads();
        }

        /// More maps it can't have: each has a page at least.
        private long mapsAtMost() {
            return stat.addressSpace() / SMALLEST_PAGE;
        }
    }

    /// The process that has the most of something.
    public record Most(ProcessEntry process, long count) {}

    /// A question to one process, which may be gone.
    @FunctionalInterface
    private interface Question<P, A> {
        A ask(P process) throws IOException;
    }

    public static ProcessTable read(Procfs procfs) throws IOException {
        var processes = procfs.names().stream()
                .filter(name -> Character.isDigit(name.charAt(0)))
                .map(name -> new ProcessEntry(procfs, Integer.parseInt(name)));
        return new ProcessTable(answers(processes, ProcessTable::row).toList());
    }

    private static Row row(ProcessEntry process) throws IOException {
        return new Row(process, process.stat(), process.owner(), process.descriptors(), process.limit(Resource.NOFILE));
    }

    private static <P, A> Stream<A> answers(Stream<P> processes, Question<P, A> question) {
        return processes.parallel().flatMap(process -> {
            try {
                return Stream.of(question.ask(process));
            } catch (IOException _) {
                return Stream.empty(); // it has ended, or is not ours to see
            }
        });
    }

    public List<Row> rows() {
        return rows;
    }

    public long threads() {
        return rows.stream().mapToLong(Row::threads).sum();
    }

    /// Threads of each user.
    public Map<Long, Long> threadsOfUsers() {
        return rows.stream().collect(groupingBy(Row::uid, summingLong(Row::threads)));
    }

    /// Threads in each pid namespace, by its inode: those in namespaces inside it count too. Takes the right to trace
    /// the processes, and leaves out those that it may not.
    public Map<Long, Long> threadsOfPidNamespaces() throws IOException {
        var threads = new HashMap<Long, Long>();
        var byNamespace = answers(rows.stream(), row -> Map.entry(row.process.namespace("pid"), row))
                .collect(groupingBy(Map.Entry::getKey, mapping(Map.Entry::getValue, toList())));
        for (var same : byNamespace.values()) {
            long count = same.stream().mapToLong(Row::threads).sum();
            for (var namespace : PidNamespace.around(same.getFirst().process)) {
                try (namespace) {
                    threads.merge(namespace.id(), count, Long::sum);
                }
            }
        }
        return threads;
    }

    /// The process with the most maps, among those that may have more than `atLeast`. To read maps is much work, so
    /// those whose address space has not as many pages are not asked.
    public Optional<Most> mostMaps(long atLeast) {
        var bySize = rows.stream()
                .filter(row -> row.mapsAtMost() > atLeast)
                .sorted(comparingLong(Row::mapsAtMost).reversed())
                .toList();
        var most = Optional.<Most>empty();
        for (var row : bySize) {
            if (most.isPresent() && row.mapsAtMost() <= most.get().count) {
                break;
            }
            try {
                long maps = row.process.maps();
                if (most.isEmpty() || maps > most.get().count) {
                    most = Optional.of(new Most(row.process, maps));
                }
            } catch (IOException _) {
                // it has ended, or is not ours to see
            }
        }
        return most;
    }

    /// What the processes of a user watch by epoll, of those that are ours to see.
    public long watchesOf(long uid) {
        return answers(rows.stream().filter(row -> row.uid == uid).map(Row::process), ProcessEntry::watches)
                .mapToLong(Long::longValue)
                .sum();
    }

    /// The same for each user.
    public Map<Long, Long> watchesOfUsers() {
        return answers(rows.stream(), row -> Map.entry(row.uid, row.process.watches()))
                .collect(groupingBy(Map.Entry::getKey, summingLong(Map.Entry::getValue)));
    }
}
