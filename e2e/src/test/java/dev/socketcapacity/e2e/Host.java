package dev.socketcapacity.e2e;

import static java.util.stream.Collectors.toMap;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A node's machine, looked at from outside the product: by other programs, in the node's own namespaces.
record Host(String name) {

    /// Every setting that the product may write.
    static final List<String> SETTINGS = List.of(
            "fs.file-max",
            "fs.nr_open",
            "kernel.pid_max",
            "kernel.threads-max",
            "net.core.somaxconn",
            "net.ipv4.ip_local_port_range",
            "net.ipv4.ip_local_reserved_ports",
            "net.netfilter.nf_conntrack_buckets",
            "net.netfilter.nf_conntrack_max",
            "vm.max_map_count");

    String exec(String... command) {
        var all = new ArrayList<>(List.of("e2e/cluster", "node", "exec", name));
        all.addAll(List.of(command));
        return Command.output(all.toArray(String[]::new));
    }

    /// What the kernel says, with single blanks between numbers.
    Map<String, String> settings() {
        var command = new ArrayList<>(SETTINGS);
        command.addFirst("sysctl");
        var values = new TreeMap<String, String>();
        exec(command.toArray(String[]::new)).lines().forEach(line -> {
            var parts = line.split("=", 2);
            values.put(parts[0].strip(), parts[1].strip().replaceAll("\\s+", " "));
        });
        return values;
    }

    String setting(String key) {
        return settings().get(key);
    }

    long number(String key) {
        return Long.parseLong(setting(key));
    }

    String bootId() {
        return exec("cat", "/proc/sys/kernel/random/boot_id");
    }

    /// Established TCP connections of the node's own network namespace to ports on this address.
    long establishedTo(String address) {
        return exec("ss", "-Htn", "state", "established", "dst", address)
                .lines()
                .count();
    }

    /// TCP sockets over IPv4 of the node's own network namespace, as the kernel counts them.
    int sockets() {
        return tcp(exec("cat", "/proc/net/sockstat"), "inuse");
    }

    /// Those of the network namespace of a process of the node's.
    int socketsOf(String pid) {
        return tcp(exec("nsenter", "--target", pid, "--net", "cat", "/proc/net/sockstat"), "inuse");
    }

    /// Sockets of the node's own network namespace that wait in TIME_WAIT.
    int timeWaits() {
        return tcp(exec("cat", "/proc/net/sockstat"), "tw");
    }

    private static int tcp(String sockstat, String what) {
        var count = Pattern.compile("^TCP:.* " + what + " (\\d+)", Pattern.MULTILINE)
                .matcher(sockstat)
                .results()
                .findFirst();
        return Integer.parseInt(count.orElseThrow().group(1));
    }

    /// Writes as somebody else would.
    void set(String key, String value) {
        exec("sysctl", "-qw", key + "=" + value);
    }

    /// Kills, as a crash would, the node's processes that have this in their command line.
    ///
    /// @return how many there were
    int kill(String words) {
        var pids = pids(words);
        pids.forEach(pid -> exec("kill", "-KILL", pid));
        return pids.size();
    }

    /// The node's processes that have this in their command line. One that is about to run another program has its
    /// parent's until then: it is left out.
    List<String> pids(String words) {
        var parents = exec("ps", "-eo", "pid,ppid,args", "--no-headers")
                .lines()
                .filter(line -> line.contains(words))
                .map(line -> line.strip().split("\\s+"))
                .collect(toMap(fields -> fields[0], fields -> fields[1]));
        return parents.keySet().stream()
                .filter(pid -> !parents.containsKey(parents.get(pid)))
                .toList();
    }

    /// Cuts its power and starts it again: with a new boot ID, and every value as the machine boots with it.
    void reboot() {
        Command.output("e2e/cluster", "node", "stop", name);
        Command.output("e2e/cluster", "node", "start", name, "--boot-values");
    }
}
