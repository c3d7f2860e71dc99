package dev.socketcapacity.agent.survey;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/// A procfs in a folder with one process in it, in whose namespaces we are: `pid 812 (nginx)`.
final class FakeProc {

    static final int PID = 812;

    private final Path root;

    FakeProc(Path folder) throws IOException {
        this.root = Files.createDirectories(folder.resolve("proc"));
        kernel();
        network();
        process();
    }

    private void kernel() {
        file("sys/kernel/osrelease", "6.12.43");
        file("sys/kernel/pid_max", "32768");
        file("sys/kernel/threads-max", "190000");
        file("sys/fs/file-max", "9223372036854775807");
        file("sys/fs/file-nr", "1500\t0\t9223372036854775807");
        file("sys/fs/nr_open", "1048576");
        file("sys/fs/epoll/max_user_watches", "5000");
        file("sys/vm/max_map_count", "65530");
        file("loadavg", "0.10 0.10 0.10 1/300 4711");
        file("meminfo", "MemTotal: 1000 kB\nMemFree: 300 kB\nActive(file): 100 kB\nInactive(file): 100 kB");
    }

    private void network() {
        file("sys/net/ipv4/ip_local_port_range", "32768\t60999");
        file("sys/net/ipv4/ip_local_reserved_ports", "40000-49999");
        file("sys/net/ipv4/ip_unprivileged_port_start", "1024");
        file("sys/net/ipv4/tcp_tw_reuse", "2");
        file("sys/net/ipv4/tcp_max_tw_buckets", "131072");
        file("sys/net/ipv4/tcp_fin_timeout", "60");
        file("sys/net/ipv4/tcp_max_syn_backlog", "2048");
        file("sys/net/ipv4/tcp_mem", "287901\t383868\t575802");
        file("sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456");
        file("sys/net/ipv4/tcp_wmem", "4096\t16384\t4194304");
        file("sys/net/ipv4/tcp_max_orphans", "131072");
        file("sys/net/ipv4/tcp_ehash_entries", "-262144");
        file("sys/net/ipv4/neigh/default/gc_thresh3", "1024");
        file("sys/net/core/somaxconn", "4096");
        file("sys/net/core/netdev_max_backlog", "1000");
        file("sys/net/unix/max_dgram_qlen", "10");
        file("sys/net/netfilter/nf_conntrack_max", "1000");
        file("sys/net/netfilter/nf_conntrack_buckets", "256");
        file("sys/net/netfilter/nf_conntrack_tcp_timeout_established", "432000");
        file("sys/net/netfilter/nf_conntrack_tcp_timeout_time_wait", "120");
        file("net/sockstat", "sockets: used 30\nTCP: inuse 20 orphan 3 tw 7 alloc 40 mem 5");
        file(
                "net/netstat",
                "TcpExt: SyncookiesSent ListenOverflows TCPTimeWaitOverflow\nTcpExt: 1 19 0\n"
                        + "IpExt: InNoRoutes\nIpExt: 0");
        file("net/stat/nf_conntrack", "entries  found drop\n000003a2  0000 00000002\n000003a2  0000 00000001");
        file("net/stat/arp_cache", "entries  allocs table_fulls\n00000010  0 0\n00000010  0 0");
    }

    private void process() throws IOException {
        stat(PID, 'S', 0);
        status(PID, PID, "nginx", 33);
        limits("1024", "4096");
        file(
                "812/maps",
                "00400000-00401000 r-xp 0 00:00 0\n".repeat(3)
                        + "ffffffffff600000-ffffffffff601000 --xp 0 00:00 0 [vsyscall]");
        file("812/comm", "nginx");
        file("812/cgroup", "8:pids:/a/b\n4:memory:/a\n0::/");
        Files.createDirectories(root.resolve("812/task/812"));
        link("812/net", "../net");
        link("1/net", "../net");
        link("812/ns/net", "net:[4026531833]");
        link("812/ns/pid", "pid:[4026531836]");
        link("812/fd/0", "pipe:[9000]");
        link("812/fd/1", "socket:[9001]");
        link("812/fd/2", "anon_inode:[eventpoll]");
        file("812/fdinfo/2", "pos:\t0\nflags:\t02\ntfd:        1 events: 1\ntfd:        0 events: 1");
        file("812/mountinfo", """
                30 23 0:28 / %1$s/cg/pids rw - cgroup cgroup rw,pids
                31 23 0:29 / %1$s/cg/memory rw - cgroup cgroup rw,memory
                """.formatted(root));
        file("cg/pids/a/pids.max", "max");
        file("cg/pids/a/b/pids.max", "100");
        file("cg/pids/a/b/pids.current", "40");
        file("cg/pids/a/b/pids.events", "max 5");
        file("cg/memory/memory.limit_in_bytes", "9223372036854771712");
        file("cg/memory/a/memory.limit_in_bytes", "4096000");
        file("cg/memory/a/memory.usage_in_bytes", "1024000");
        file("cg/memory/a/memory.stat", "cache 9\ntotal_inactive_file 20000\ntotal_active_file 4000");
        file("cg/memory/a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0");
        link("self", "812");
    }

    Path root() {
        return root;
    }

    /// A process's state and flags, with one thread and an address space of 9000 pages.
    void stat(int pid, char state, long flags) {
        stat(pid, "a (strange) name", state, flags, 9_000);
    }

    void stat(int pid, String command, char state, long flags, long pages) {
        file(
                pid + "/stat",
                "%d (%s) %c 1 1 1 0 -1 %d%s 1 0 4242 %d 0 0"
                        .formatted(pid, command, state, flags, " 0".repeat(10), 4_096 * pages));
    }

    void status(int pid, int process, String name, long uid) {
        file(pid + "/status", """
                Name:\t%s
                Tgid:\t%d
                Uid:\t%3$d\t%3$d\t%3$d\t%3$d
                FDSize:\t64
                NSpid:\t%4$d
                Threads:\t1
                CapEff:\t0000000000000000
                """.formatted(name, process, uid, pid));
    }

    void limits(String soft, String hard) {
        file("812/limits", """
                Limit                     Soft Limit           Hard Limit           Units
                Max processes             500                  unlimited            processes
                Max open files            %-20s %-20s files
                """.formatted(soft, hard));
    }

    /// The file, whole.
    void file(String name, String text) {
        try {
            var file = root.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void link(String name, String target) throws IOException {
        var link = root.resolve(name);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, Path.of(target));
    }

    /// A file that is not there, or a folder with all in it.
    void remove(String name) throws IOException {
        try (var files = Files.walk(root.resolve(name))) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
