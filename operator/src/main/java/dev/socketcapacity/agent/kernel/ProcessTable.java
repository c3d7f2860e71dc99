package dev.socketcapacity.agent.kernel;

import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.summingLong;
import static java.util.stream.Collectors.toList;

import dev.socketcapacity.agent.kernel.Libc.Resource;
import dev.socketcapacity.agent.kernel.Libc.ResourceLimit;
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
    public record Row(ProcessEntry process, long uid, long threads, long descriptors, ResourceLimit descriptorLimit) {}

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
        var tasks = Libc.status(process.name("task"));
        return new Row(
                process, tasks.owner(), tasks.links() - 2, process.descriptors(), process.limit(Resource.NOFILE));
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
    /// those whose address space has not as many pages are not asked: every map has at least one.
    public Optional<Most> mostMaps(long atLeast) {
        var bySize = answers(processes(), ProcessTable::size)
                .filter(size -> size.count > atLeast)
                .sorted(comparingLong(Most::count).reversed())
                .toList();
        var most = Optional.<Most>empty();
        for (var size : bySize) {
            if (most.isPresent() && size.count <= most.get().count) {
                break;
            }
            try {
                long maps = size.process.maps();
                if (most.isEmpty() || maps > most.get().count) {
                    most = Optional.of(new Most(size.process, maps));
                }
            } catch (IOException _) {
                // it has ended, or is not ours to see
            }
        }
        return most;
    }

    /// Pages of the address space: the first number of proc_pid_statm(5).
    private static Most size(ProcessEntry process) throws IOException {
        var statm = Libc.readShort(process.name("statm"));
        return new Most(process, Long.parseLong(statm, 0, statm.indexOf(' '), 10));
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

    private Stream<ProcessEntry> processes() {
        return rows.stream().map(Row::process);
    }
}
