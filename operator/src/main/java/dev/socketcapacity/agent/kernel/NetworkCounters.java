package dev.socketcapacity.agent.kernel;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;

/// What the kernel counts in one network namespace. Takes no right.
///
/// @param folder in procfs, such as `812/net`
public record NetworkCounters(Procfs procfs, String folder) {

    /// Those of the namespace that a process is in.
    public NetworkCounters(ProcessEntry process) {
        this(process.procfs(), process.pid() + "/net");
    }

    /// Those of the namespace that the reading thread is in.
    public static NetworkCounters ofThread(Procfs procfs) {
        return new NetworkCounters(procfs, "thread-self/net");
    }

    /// Of the TCP line of `sockstat`: `tw`, `orphan`, `alloc` and `mem`, of which the last three are the whole
    /// kernel's.
    public long tcp(String name) throws IOException {
        var fields = lines("sockstat").stream()
                .filter(line -> line.startsWith("TCP:"))
                .map(line -> List.of(line.split(" ")))
                .findFirst()
                .orElseThrow(() -> new IOException("sockstat has no line of TCP"));
        return Long.parseLong(fields.get(fields.indexOf(name) + 1));
    }

    /// Of TcpExt in `netstat`, such as `ListenOverflows`, since the namespace was made; empty where this kernel does
    /// not count that.
    public OptionalLong event(String name) throws IOException {
        return count("netstat", "TcpExt:", name);
    }

    /// Of a protocol in `snmp`, such as `InDestUnreachs` of `Icmp`, since the namespace was made.
    public OptionalLong event(String protocol, String name) throws IOException {
        return count("snmp", protocol + ":", name);
    }

    /// Answers that a destination can't be reached, since the namespace was made: `InDestUnreachs` of IPv6.
    public long unreachableOverIpv6() throws IOException {
        return lines("snmp6").stream()
                .filter(line -> line.startsWith("Icmp6InDestUnreachs"))
                .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]))
                .findFirst()
                .orElse(0);
    }

    private OptionalLong count(String file, String group, String name) throws IOException {
        var lines = lines(file).stream()
                .filter(line -> line.startsWith(group))
                .map(line -> List.of(line.split(" ")))
                .toList();
        int column = lines.getFirst().indexOf(name);
        return column < 0
                ? OptionalLong.empty()
                : OptionalLong.of(Long.parseLong(lines.getLast().get(column)));
    }

    /// Entries of a table: `nf_conntrack`, `arp_cache` or `ndisc_cache`. All processors say the same.
    public long entries(String table) throws IOException {
        return column(table, "entries").findFirst().orElse(0L);
    }

    /// A counter of a table, such as `drop` or `table_fulls`, of all processors together.
    public long total(String table, String counter) throws IOException {
        return column(table, counter).mapToLong(Long::longValue).sum();
    }

    /// A line for each processor, hexadecimal, under a line of names.
    private Stream<Long> column(String table, String name) throws IOException {
        Function<String, List<String>> fields =
                line -> Arrays.asList(line.strip().split("\\s+"));
        var lines = lines("stat/" + table);
        int column = fields.apply(lines.getFirst()).indexOf(name);
        return lines.stream()
                .skip(1)
                .map(line -> Long.parseLong(fields.apply(line).get(column), 16));
    }

    private List<String> lines(String file) throws IOException {
        return procfs.lines(folder + "/" + file);
    }
}
