package dev.socketcapacity.plan;

import java.util.Optional;

/// Everything that limits how many sockets or threads a process, a user, a cgroup, a namespace or a machine can have.
/// What may be written is a closed part of it, [Setting].
public enum Limit {
    DESCRIPTORS(row("RLIMIT_NOFILE", "descriptors of one process", Scope.PROCESS, Counts.SOCKETS)
            .takes(0, 2_147_483_584L, Beyond.FORBIDDEN)
            .byDefault("1024 soft and 4096 hard from the kernel; systemd: 1024 and 524288; containerd before "
                    + "2.0: as much as fs.nr_open")
            .inNewNamespaces(Inheritance.FORK)
            .since(Row.BEFORE_GIT)
            .symptom("EMFILE (Too many open files) from socket(2), accept(2) and open(2); a server wakes "
                    + "up again and again for a connection that it cannot accept")
            .proof("the entries of /proc/PID/fd against 'Max open files' in /proc/PID/limits")
            .lowering("harmless to what is open; only new descriptors are refused")
            .source("fs/file.c alloc_fd; kernel/sys.c do_prlimit")
            .caveat("The hard limit must not exceed fs.nr_open, for root too.")),

    NR_OPEN(row("fs.nr_open", "descriptors of one process", Scope.PROCESS, Counts.SOCKETS)
            .takes(64, 2_147_483_584L, Beyond.REFUSED)
            .byDefault("1048576; systemd raises it to 1073741816 on some distributions")
            .inNewNamespaces(Inheritance.SHARED)
            .since("2.6.25")
            .symptom("EMFILE (Too many open files) below RLIMIT_NOFILE; EPERM from setrlimit(2) for more, "
                    + "so that logins and services fail")
            .proof("FDSize in /proc/PID/status: the table of descriptors doubles, and cannot grow past it")
            .lowering("not below the highest hard RLIMIT_NOFILE of any process (/proc/PID/limits): its next "
                    + "setrlimit(2) fails")
            .source("fs/file.c expand_files; kernel/sys.c do_prlimit; Documentation/admin-guide/sysctl/fs.rst")),

    FILE_MAX(row("fs.file-max", "open files", Scope.KERNEL, Counts.SOCKETS)
            .takes(0, Long.MAX_VALUE, Beyond.REFUSED)
            .byDefault("one for each 10 KiB of memory; systemd: 9223372036854775807")
            .inNewNamespaces(Inheritance.SHARED)
            .since(Row.BEFORE_GIT)
            .symptom("ENFILE (Too many open files in system) for everybody without CAP_SYS_ADMIN; root goes on")
            .proof("the first number in /proc/sys/fs/file-nr; kernel log 'VFS: file-max limit N reached'")
            .lowering("not below the open files (the first number in /proc/sys/fs/file-nr): only root could "
                    + "open one")
            .source("fs/file_table.c alloc_empty_file, files_maxfiles_init; Documentation/admin-guide/sysctl/fs.rst")
            .caveat("0 is taken: then only root can open a file.")),

    EPOLL_WATCHES(row("fs.epoll.max_user_watches", "watches of one user", Scope.USER, Counts.SOCKETS)
            .takes(0, Long.MAX_VALUE, Beyond.REFUSED)
            .byDefault("one for each 4600 bytes of memory")
            .inNewNamespaces(Inheritance.SHARED)
            .since("2.6.28")
            .symptom("ENOSPC (No space left on device) from epoll_ctl(2)")
            .proof("no counter: the 'tfd:' lines in /proc/PID/fdinfo of all processes of the user")
            .lowering("harmless to watches that exist; only new ones are refused")
            .source("fs/eventpoll.c ep_insert; Documentation/admin-guide/sysctl/fs.rst")),

    PORT_RANGE(row("net.ipv4.ip_local_port_range", "ports", Scope.NETWORK_NAMESPACE, Counts.SOCKETS)
            .takes(1, 65_535, Beyond.REFUSED)
            .byDefault("32768 to 60999: 28232 ports")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.2")
            .symptom("EADDRNOTAVAIL (Cannot assign requested address) from connect(2), EADDRINUSE (Address "
                    + "already in use) from bind(2) to port 0")
            .proof("no counter: the connections to one destination from ports of the range (ss -tan); "
                    + "past half of the range a connect(2) takes 36 to 190 times as long: sockcap probe measures it")
            .lowering("harmless to connections that exist")
            .source("net/ipv4/inet_hashtables.c __inet_hash_connect; Documentation/networking/ip-sysctl.rst")
            .caveat("IPv6 obeys it too. The low end must not be below "
                    + "net.ipv4.ip_unprivileged_port_start. One number alone changes the low end only.")),

    RESERVED_PORTS(row("net.ipv4.ip_local_reserved_ports", "ports", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(0, 65_535, Beyond.REFUSED)
            .byDefault("none")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.6.35")
            .symptom("fewer ports than net.ipv4.ip_local_port_range says, and its symptom; connect(2) "
                    + "takes longer past a large block")
            .proof("the list itself, against the range")
            .lowering("harmless; the ports may be handed out again")
            .source("kernel/sysctl.c proc_do_large_bitmap; net/ipv4/inet_hashtables.c "
                    + "__inet_hash_connect; Documentation/networking/ip-sysctl.rst")
            .caveat("Each write replaces the whole list, and takes 4095 characters at most.")),

    UNPRIVILEGED_PORT_START(row("net.ipv4.ip_unprivileged_port_start", "port", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(0, 65_535, Beyond.REFUSED)
            .byDefault("1024")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("4.11")
            .symptom("EACCES (Permission denied) from bind(2) to a lower port without "
                    + "CAP_NET_BIND_SERVICE; EINVAL for a port range that starts below it")
            .proof("the number itself, against the low end of net.ipv4.ip_local_port_range")
            .lowering("harmless; everybody may listen on the ports that are freed")
            .source("net/ipv4/sysctl_net_ipv4.c ipv4_privileged_ports; Documentation/networking/ip-sysctl.rst")
            .caveat("It must not exceed the low end of net.ipv4.ip_local_port_range.")),

    TW_REUSE(row("net.ipv4.tcp_tw_reuse", "mode", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(0, 2, Beyond.REFUSED)
            .byDefault("2: on loopback only; 0, never, before 4.19")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.4.19")
            .symptom("EADDRNOTAVAIL from connect(2) while ports are in TIME_WAIT towards the destination; "
                    + "with 1 they are used again after one second")
            .proof("tw in /proc/net/sockstat; TWRecycled in /proc/net/netstat counts what was used again")
            .lowering("harmless")
            .source("net/ipv4/tcp_ipv4.c tcp_twsk_unique; Documentation/networking/ip-sysctl.rst")),

    TW_BUCKETS(row("net.ipv4.tcp_max_tw_buckets", "sockets in TIME_WAIT", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(Integer.MIN_VALUE, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("half of net.ipv4.tcp_ehash_entries")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.4")
            .symptom("nothing fails: a socket beyond it skips TIME_WAIT")
            .proof("TCPTimeWaitOverflow in /proc/net/netstat; tw in /proc/net/sockstat")
            .lowering("harmless; the next socket beyond it skips TIME_WAIT")
            .source("net/ipv4/inet_timewait_sock.c inet_twsk_alloc; Documentation/networking/ip-sysctl.rst")
            .caveat("How long TIME_WAIT takes, 60 seconds, is a constant.")),

    FIN_TIMEOUT(row("net.ipv4.tcp_fin_timeout", "seconds", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(-Row.MOST_SECONDS, Row.MOST_SECONDS, Beyond.REFUSED)
            .byDefault("60")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.2")
            .symptom("nothing fails: a closed socket whose peer never closes stays in FIN_WAIT2 that long")
            .proof("ss -tan state fin-wait-2")
            .lowering("harmless; holds for sockets that are closed later")
            .source("net/ipv4/tcp.c __tcp_close; Documentation/networking/ip-sysctl.rst")
            .caveat(Row.TICKS)),

    CONNTRACK_MAX(row("net.netfilter.nf_conntrack_max", "tracked connections", Scope.NETWORK_NAMESPACE, Counts.SOCKETS)
            .takes(0, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("as many as buckets: 262144 above 4 GiB of memory; kube-proxy raises it to "
                    + "max(131072, 32768 x processors)")
            .inNewNamespaces(Inheritance.READ_ONLY)
            .since("2.6.15")
            .symptom("dropped packets: connect(2) hangs for up to 131 s and ends in ETIMEDOUT; sendto(2) "
                    + "of UDP fails with EPERM")
            .proof("net.netfilter.nf_conntrack_count; drop in /proc/net/stat/nf_conntrack; kernel log "
                    + "'nf_conntrack: table full, dropping packet'")
            .lowering("not below net.netfilter.nf_conntrack_count: new connections are dropped until fewer are left")
            .source("net/netfilter/nf_conntrack_core.c __nf_conntrack_alloc; "
                    + "Documentation/networking/nf_conntrack-sysctl.rst")
            .caveat("0 means no limit. Nothing is tracked, and nothing counts, where no rule asks for it.")),

    CONNTRACK_BUCKETS(row("net.netfilter.nf_conntrack_buckets", "buckets", Scope.KERNEL, Counts.NOTHING)
            .takes(1, 268_434_944, Beyond.NO_MEMORY)
            .byDefault("262144 above 4 GiB of memory, 65536 above 1 GiB; kube-proxy: a quarter of "
                    + "net.netfilter.nf_conntrack_max")
            .inNewNamespaces(Inheritance.READ_ONLY)
            .since("2.6.15")
            .symptom("nothing fails: long chains cost processor time with every packet")
            .proof("net.netfilter.nf_conntrack_count against it: entries in a chain, on average")
            .lowering("harmless; a resize takes 100 to 200 ms")
            .source("net/netfilter/nf_conntrack_core.c nf_conntrack_hash_resize; "
                    + "Documentation/networking/nf_conntrack-sysctl.rst")
            .caveat("Rounded up to whole pages of memory, 512 buckets where a page is 4 KiB. The most take 2 GiB.")),

    CONNTRACK_ESTABLISHED(row(
                    "net.netfilter.nf_conntrack_tcp_timeout_established",
                    "seconds",
                    Scope.NETWORK_NAMESPACE,
                    Counts.NOTHING)
            .takes(-Row.MOST_SECONDS, Row.MOST_SECONDS, Beyond.REFUSED)
            .byDefault("432000, which is five days; kube-proxy: 86400")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.6.15")
            .symptom("nothing fails: connections that ended unseen fill the table for that long")
            .proof("conntrack -L: the seconds that each entry has left")
            .lowering("harmless; holds for entries that are refreshed later")
            .source("net/netfilter/nf_conntrack_proto_tcp.c nf_conntrack_tcp_packet; "
                    + "Documentation/networking/nf_conntrack-sysctl.rst")
            .caveat(Row.TICKS + " 0 forgets connections at once.")),

    CONNTRACK_TIME_WAIT(
            row("net.netfilter.nf_conntrack_tcp_timeout_time_wait", "seconds", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
                    .takes(-Row.MOST_SECONDS, Row.MOST_SECONDS, Beyond.REFUSED)
                    .byDefault("120")
                    .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
                    .since("2.6.15")
                    .symptom("nothing fails: closed connections fill the table for that long")
                    .proof("conntrack -L: the seconds that each entry has left")
                    .lowering("harmless; holds for entries that are refreshed later")
                    .source("net/netfilter/nf_conntrack_proto_tcp.c nf_conntrack_tcp_packet; "
                            + "Documentation/networking/nf_conntrack-sysctl.rst")
                    .caveat(Row.TICKS + " 0 forgets connections at once.")),

    CONNTRACK_CLOSE(
            row("net.netfilter.nf_conntrack_tcp_timeout_close", "seconds", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
                    .takes(-Row.MOST_SECONDS, Row.MOST_SECONDS, Beyond.REFUSED)
                    .byDefault("10")
                    .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
                    .since("2.6.15")
                    .symptom("nothing fails: connections that ended with RST fill the table for that long")
                    .proof("conntrack -L: the seconds that each entry has left")
                    .lowering("harmless; holds for entries that are refreshed later")
                    .source("net/netfilter/nf_conntrack_proto_tcp.c nf_conntrack_tcp_packet; "
                            + "Documentation/networking/nf_conntrack-sysctl.rst")
                    .caveat(Row.TICKS + " 0 forgets connections at once.")),

    CONNTRACK_CLOSE_WAIT(
            row("net.netfilter.nf_conntrack_tcp_timeout_close_wait", "seconds", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
                    .takes(-Row.MOST_SECONDS, Row.MOST_SECONDS, Beyond.REFUSED)
                    .byDefault("60; kube-proxy: 3600")
                    .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
                    .since("2.6.15")
                    .symptom("nothing fails: half-closed connections fill the table for that long, and are "
                            + "forgotten after it")
                    .proof("conntrack -L: the seconds that each entry has left")
                    .lowering("harmless; holds for entries that are refreshed later")
                    .source("net/netfilter/nf_conntrack_proto_tcp.c nf_conntrack_tcp_packet; "
                            + "Documentation/networking/nf_conntrack-sysctl.rst")
                    .caveat(Row.TICKS + " 0 forgets connections at once.")),

    SOMAXCONN(row("net.core.somaxconn", "waiting connections", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(0, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("4096; 128 before 5.4")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.4.25")
            .symptom("nothing by itself: it cuts the backlog that a program asks for")
            .proof("Send-Q in ss -ltn: the backlog in force")
            .lowering("harmless to listeners, which keep their backlog until they call listen(2) again")
            .source("net/socket.c __sys_listen_socket; Documentation/networking/ip-sysctl.rst")
            .caveat("A listener that is there gets a longer queue only when it calls listen(2) again.")),

    BACKLOG(row("listen backlog", "waiting connections", Scope.SOCKET, Counts.BURST)
            .takes(0, Integer.MAX_VALUE, Beyond.CLAMPED)
            .byDefault("what the program gives to listen(2), and net.core.somaxconn at most")
            .inNewNamespaces(Inheritance.PROGRAM)
            .since("2.2")
            .symptom("dropped SYNs: clients hang, and try again after 1, 3 and 7 s")
            .proof("Recv-Q above Send-Q in ss -ltn; ListenOverflows and ListenDrops in /proc/net/netstat")
            .lowering("by listen(2); harmless to connections that wait already")
            .source("net/ipv4/tcp_ipv4.c tcp_v4_syn_recv_sock; include/net/sock.h sk_acceptq_is_full")
            .caveat("One connection more than the backlog is accepted. What exceeds net.core.somaxconn "
                    + "counts as that.")),

    SYN_BACKLOG(row("net.ipv4.tcp_max_syn_backlog", "half-open connections", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(Integer.MIN_VALUE, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("one for each 128 slots of net.ipv4.tcp_ehash_entries, and 128 at least")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.2")
            .symptom("dropped SYNs: clients hang, and try again")
            .proof("TCPReqQFullDrop in /proc/net/netstat; TCPReqQFullDoCookies where cookies are sent instead")
            .lowering("harmless")
            .source("net/ipv4/tcp_input.c tcp_conn_request; Documentation/networking/ip-sysctl.rst")
            .caveat("Read with net.ipv4.tcp_syncookies at 0 only; else the listen backlog limits "
                    + "half-open connections too.")),

    SYNCOOKIES(row("net.ipv4.tcp_syncookies", "mode", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(0, 255, Beyond.REFUSED)
            .byDefault("1: once the queue of half-open connections is full")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.2")
            .symptom("with 0, SYNs are dropped once the queue of half-open connections is full")
            .proof("SyncookiesSent and TCPReqQFullDrop in /proc/net/netstat")
            .lowering("harmless")
            .source("net/ipv4/tcp_input.c tcp_conn_request; Documentation/networking/ip-sysctl.rst")),

    SYN_RETRIES(row("net.ipv4.tcp_syn_retries", "retries", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(1, 127, Beyond.REFUSED)
            .byDefault("6: connect(2) gives up after 131 s")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.2")
            .symptom("ETIMEDOUT (Connection timed out) from connect(2), later the more there are")
            .proof("TCPSynRetrans in /proc/net/netstat")
            .lowering("harmless")
            .source("net/ipv4/tcp_timer.c tcp_write_timeout; Documentation/networking/ip-sysctl.rst")),

    KEEPALIVE_TIME(row("net.ipv4.tcp_keepalive_time", "seconds", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(-Row.MOST_SECONDS, Row.MOST_SECONDS, Beyond.REFUSED)
            .byDefault("7200")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.2")
            .symptom("nothing fails: a socket with SO_KEEPALIVE whose peer vanished is held that long, and "
                    + "one without it for ever")
            .proof("ss -tno: the time that each keepalive timer has left")
            .lowering("harmless; holds for timers that are set later")
            .source("net/ipv4/tcp_timer.c tcp_keepalive_timer; Documentation/networking/ip-sysctl.rst")
            .caveat(Row.TICKS)),

    NETDEV_BACKLOG(row("net.core.netdev_max_backlog", "packets of one processor", Scope.PROCESSOR, Counts.NOTHING)
            .takes(Integer.MIN_VALUE, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("1000")
            .inNewNamespaces(Inheritance.HIDDEN)
            .since("2.2")
            .symptom("dropped packets in bursts, on loopback and between pods")
            .proof("the second column of /proc/net/softnet_stat")
            .lowering("harmless to packets that wait already")
            .source("net/core/dev.c enqueue_to_backlog; Documentation/admin-guide/sysctl/net.rst")),

    TCP_MEM(row("net.ipv4.tcp_mem", "pages", Scope.KERNEL, Counts.NOTHING)
            .takes(0, Long.MAX_VALUE, Beyond.HALF_APPLIED)
            .byDefault("4.7, 6.2 and 9.4 % of memory")
            .inNewNamespaces(Inheritance.HIDDEN)
            .since("2.4")
            .symptom("slow senders, and RST of sockets that nobody owns; idle connections need none of it")
            .proof("mem of TCP in /proc/net/sockstat; TCPMemoryPressures in /proc/net/netstat; kernel "
                    + "log 'TCP: out of memory'")
            .lowering("not below mem of TCP in /proc/net/sockstat: running traffic is throttled")
            .source("net/core/sock.c __sk_mem_raise_allocated; Documentation/networking/ip-sysctl.rst")),

    UDP_MEM(row("net.ipv4.udp_mem", "pages", Scope.KERNEL, Counts.NOTHING)
            .takes(0, Long.MAX_VALUE, Beyond.HALF_APPLIED)
            .byDefault("9.4, 12.5 and 18.7 % of memory")
            .inNewNamespaces(Inheritance.HIDDEN)
            .since("2.6.25")
            .symptom("dropped datagrams")
            .proof("mem of UDP in /proc/net/sockstat; MemErrors of Udp in /proc/net/snmp")
            .lowering("not below mem of UDP in /proc/net/sockstat: datagrams are dropped")
            .source("net/ipv4/udp.c __udp_enqueue_schedule_skb; Documentation/networking/ip-sysctl.rst")),

    TCP_RMEM(row("net.ipv4.tcp_rmem", "bytes of one socket", Scope.SOCKET, Counts.NOTHING)
            .takes(1, Integer.MAX_VALUE, Beyond.HALF_APPLIED)
            .byDefault("4096, 131072 and 33554432; before 6.16 the last is 6291456")
            .inNewNamespaces(Inheritance.FIRST_NAMESPACE)
            .since("2.4")
            .symptom("slow transfers over long distances; no connection is refused")
            .proof("ss -tm: rb, the size of the buffer")
            .lowering("harmless to sockets that exist")
            .source("net/ipv4/tcp_input.c tcp_rcv_space_adjust; Documentation/networking/ip-sysctl.rst")),

    TCP_WMEM(row("net.ipv4.tcp_wmem", "bytes of one socket", Scope.SOCKET, Counts.NOTHING)
            .takes(1, Integer.MAX_VALUE, Beyond.HALF_APPLIED)
            .byDefault("4096, 16384 and 4194304")
            .inNewNamespaces(Inheritance.FIRST_NAMESPACE)
            .since("2.4")
            .symptom("slow transfers over long distances; no connection is refused")
            .proof("ss -tm: tb, the size of the buffer")
            .lowering("harmless to sockets that exist")
            .source("net/ipv4/tcp_input.c tcp_sndbuf_expand; Documentation/networking/ip-sysctl.rst")),

    RMEM_MAX(row("net.core.rmem_max", "bytes of one socket", Scope.SOCKET, Counts.NOTHING)
            .takes(2_304, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("4194304; 212992 on older kernels")
            .inNewNamespaces(Inheritance.READ_ONLY)
            .since("2.2")
            .symptom("a smaller buffer than setsockopt(2) with SO_RCVBUF asked for; no connection is refused")
            .proof("ss -tm: rb, the size of the buffer")
            .lowering("harmless to sockets that exist")
            .source("net/core/sock.c __sock_set_rcvbuf; Documentation/admin-guide/sysctl/net.rst")),

    WMEM_MAX(row("net.core.wmem_max", "bytes of one socket", Scope.SOCKET, Counts.NOTHING)
            .takes(4_608, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("4194304; 212992 on older kernels")
            .inNewNamespaces(Inheritance.READ_ONLY)
            .since("2.2")
            .symptom("a smaller buffer than setsockopt(2) with SO_SNDBUF asked for; no connection is refused")
            .proof("ss -tm: tb, the size of the buffer")
            .lowering("harmless to sockets that exist")
            .source("net/core/sock.c sk_setsockopt; Documentation/admin-guide/sysctl/net.rst")),

    OPTMEM_MAX(row("net.core.optmem_max", "bytes of one socket", Scope.SOCKET, Counts.NOTHING)
            .takes(0, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("131072; 20480 on older kernels")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.2")
            .symptom("ENOBUFS or ENOMEM from setsockopt(2) and sendmsg(2) for filters, options and control messages")
            .proof("ss -tm: o, the memory of options")
            .lowering("harmless to sockets that exist")
            .source("net/core/sock.c sock_kmalloc; Documentation/admin-guide/sysctl/net.rst")),

    ORPHANS(row("net.ipv4.tcp_max_orphans", "orphaned sockets", Scope.KERNEL, Counts.NOTHING)
            .takes(Integer.MIN_VALUE, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("half of net.ipv4.tcp_ehash_entries")
            .inNewNamespaces(Inheritance.HIDDEN)
            .since("2.4")
            .symptom("RST of closed sockets that still had something to send")
            .proof("orphan in /proc/net/sockstat; TCPAbortOnMemory in /proc/net/netstat; kernel log "
                    + "'TCP: too many orphaned sockets'")
            .lowering("not below orphan in /proc/net/sockstat: the rest gets RST")
            .source("net/ipv4/tcp.c tcp_check_oom; Documentation/networking/ip-sysctl.rst")),

    CONNECTION_HASH(row("net.ipv4.tcp_ehash_entries", "slots", Scope.KERNEL, Counts.NOTHING)
            .takes(1, 16_777_216, Beyond.FIXED)
            .byDefault("one for each 128 KiB of memory, 524288 at most; the kernel is started with another "
                    + "by thash_entries")
            .inNewNamespaces(Inheritance.CREATOR)
            .since("6.1")
            .symptom("nothing fails: a million sockets on 262144 slots cost 40 % more processor time to connect")
            .proof("inuse of TCP in /proc/net/sockstat against it: sockets in a chain, on average")
            .lowering("only by starting the machine again")
            .source("net/ipv4/tcp.c tcp_init; Documentation/networking/ip-sysctl.rst")
            .caveat("Negative in a namespace that shares the table of the first.")),

    CHILD_CONNECTION_HASH(row("net.ipv4.tcp_child_ehash_entries", "slots", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(0, 16_777_216, Beyond.REFUSED)
            .byDefault("0: new namespaces share the table of the first")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("6.1")
            .symptom("nothing fails: more processor time for each connect(2)")
            .proof("net.ipv4.tcp_ehash_entries inside the new namespace")
            .lowering("harmless; holds for namespaces that are made later")
            .source("net/ipv4/tcp_ipv4.c tcp_set_hashinfo; Documentation/networking/ip-sysctl.rst")
            .caveat("Rounded up to a power of two in the new namespace.")),

    NEIGHBOURS(row("net.ipv4.neigh.default.gc_thresh3", "neighbours", Scope.KERNEL, Counts.BURST)
            .takes(0, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("1024")
            .inNewNamespaces(Inheritance.HIDDEN)
            .since("2.2")
            .symptom("packets to new neighbours vanish: connect(2) hangs, sendto(2) succeeds")
            .proof("entries and table_fulls in /proc/net/stat/arp_cache; kernel log 'neighbour: "
                    + "arp_cache: neighbor table overflow!'")
            .lowering("not below entries in /proc/net/stat/arp_cache: new neighbours are refused")
            .source("net/core/neighbour.c neigh_alloc; Documentation/networking/ip-sysctl.rst")
            .caveat("All network namespaces share the table. Above gc_thresh2 what is unused for 5 s is dropped.")),

    NEIGHBOURS_IPV6(row("net.ipv6.neigh.default.gc_thresh3", "neighbours", Scope.KERNEL, Counts.BURST)
            .takes(0, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("1024")
            .inNewNamespaces(Inheritance.HIDDEN)
            .since("2.2")
            .symptom("packets to new neighbours vanish: connect(2) hangs, sendto(2) succeeds")
            .proof("entries and table_fulls in /proc/net/stat/ndisc_cache; kernel log 'neighbour: "
                    + "ndisc_cache: neighbor table overflow!'")
            .lowering("not below entries in /proc/net/stat/ndisc_cache: new neighbours are refused")
            .source("net/core/neighbour.c neigh_alloc; Documentation/networking/ip-sysctl.rst")
            .caveat("All network namespaces share the table. Above gc_thresh2 what is unused for 5 s is dropped.")),

    ROUTES_IPV6(row("net.ipv6.route.max_size", "routes", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(Integer.MIN_VALUE, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("2147483647; 4096 before 6.3")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.2")
            .symptom("ENETUNREACH (Network is unreachable) from connect(2) over IPv6, on kernels before 6.3")
            .proof("the sixth column of /proc/net/rt6_stats")
            .lowering("harmless; from 6.3 on nothing reads it")
            .source("net/ipv6/route.c ip6_dst_gc; Documentation/networking/ip-sysctl.rst")),

    UNIX_QUEUE(row("net.unix.max_dgram_qlen", "waiting datagrams", Scope.NETWORK_NAMESPACE, Counts.NOTHING)
            .takes(Integer.MIN_VALUE, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("10")
            .inNewNamespaces(Inheritance.KERNEL_DEFAULT)
            .since("2.2")
            .symptom("EAGAIN (Resource temporarily unavailable) from sendto(2), or a sender that waits")
            .proof("Recv-Q in ss -xa")
            .lowering("harmless to sockets that exist")
            .source("net/unix/af_unix.c unix_create1; Documentation/networking/ip-sysctl.rst")),

    MAX_MAP_COUNT(row("vm.max_map_count", "maps of one process", Scope.PROCESS, Counts.THREADS)
            .takes(0, Integer.MAX_VALUE, Beyond.REFUSED)
            .byDefault("65530; 1048576 on some distributions")
            .inNewNamespaces(Inheritance.SHARED)
            .since(Row.BEFORE_GIT)
            .symptom("ENOMEM from mmap(2), EAGAIN (Resource temporarily unavailable) from "
                    + "pthread_create(3); a JVM throws OutOfMemoryError or dies")
            .proof("the lines of /proc/PID/maps")
            .lowering("not below the most maps of any process (the lines of /proc/PID/maps): its next mmap(2) fails")
            .source("mm/mmap.c do_mmap; Documentation/admin-guide/sysctl/vm.rst")
            .caveat("A thread takes two: its stack, and the guard below it.")),

    PID_MAX(row("kernel.pid_max", "threads", Scope.PID_NAMESPACE, Counts.THREADS)
            .takes(301, 4_194_304, Beyond.REFUSED)
            .byDefault("max(32768, 1024 x possible processors)")
            .inNewNamespaces(Inheritance.LARGEST)
            .since("2.5.34")
            .symptom("EAGAIN (Resource temporarily unavailable) from fork(2) and pthread_create(3), for "
                    + "everybody in the namespace")
            .proof("the tasks in /proc/loadavg: its fourth column, behind the slash")
            .lowering("not below the tasks in /proc/loadavg: nobody could start one")
            .source("kernel/pid.c alloc_pid; Documentation/admin-guide/sysctl/kernel.rst")
            .caveat("One value for the whole kernel before 6.14. The least is 8 x possible processors "
                    + "where that is more.")),

    THREADS_MAX(row("kernel.threads-max", "threads", Scope.KERNEL, Counts.THREADS)
            .takes(1, 1_073_741_823, Beyond.REFUSED)
            .byDefault("as many as take an eighth of memory, at 16 KiB each")
            .inNewNamespaces(Inheritance.SHARED)
            .since("2.3.11")
            .symptom("EAGAIN (Resource temporarily unavailable) from fork(2) and pthread_create(3)")
            .proof("the tasks in /proc/loadavg: its fourth column, behind the slash")
            .lowering("not below the tasks in /proc/loadavg: nobody could start one")
            .source("kernel/fork.c copy_process; Documentation/admin-guide/sysctl/kernel.rst")),

    TASKS_OF_USER(row("RLIMIT_NPROC", "threads of one user", Scope.USER, Counts.THREADS)
            .takes(0, Long.MAX_VALUE, Beyond.UNBOUNDED)
            .byDefault("half of kernel.threads-max")
            .inNewNamespaces(Inheritance.FORK)
            .since(Row.BEFORE_GIT)
            .symptom("EAGAIN (Resource temporarily unavailable) from fork(2) and pthread_create(3); root is exempt")
            .proof("the threads of the user (ps -L -u USER) against 'Max processes' in /proc/PID/limits")
            .lowering("harmless to what runs; only new threads are refused")
            .source("kernel/fork.c copy_process; kernel/sys.c do_prlimit")),

    CGROUP_TASKS(row("pids.max", "threads of one cgroup", Scope.CGROUP, Counts.THREADS)
            .takes(0, 4_194_304, Beyond.REFUSED)
            .byDefault("none; kubelet: podPidsLimit; systemd: TasksMax")
            .inNewNamespaces(Inheritance.PARENT)
            .since("4.3")
            .symptom("EAGAIN (Resource temporarily unavailable) from fork(2) and pthread_create(3)")
            .proof("pids.current; max in pids.events; kernel log 'cgroup: fork rejected by pids controller'")
            .lowering("harmless to what runs; only new threads are refused")
            .source("kernel/cgroup/pids.c pids_can_fork; Documentation/admin-guide/cgroup-v2.rst")),

    CGROUP_MEMORY(row("memory.max", "bytes of one cgroup", Scope.CGROUP, Counts.BOTH)
            .takes(0, Long.MAX_VALUE, Beyond.UNBOUNDED)
            .byDefault("none; kubelet: the limit of the pod and of its containers")
            .inNewNamespaces(Inheritance.PARENT)
            .since("4.5")
            .symptom("the kernel kills a process of the cgroup (OOM); there is no errno")
            .proof("memory.current; oom_kill in memory.events; kernel log 'oom-kill:constraint=CONSTRAINT_MEMCG'")
            .lowering("not below memory.current: the kernel kills a process of the cgroup where it cannot "
                    + "reclaim enough")
            .source("mm/memcontrol.c try_charge_memcg; Documentation/admin-guide/cgroup-v2.rst")
            .caveat("Under cgroup v1 it is memory.limit_in_bytes. An idle TCP socket is charged with 2.5 to 3.6 kB.")),

    MEMORY(row("memory", "bytes", Scope.KERNEL, Counts.BOTH)
            .takes(0, Long.MAX_VALUE, Beyond.FIXED)
            .byDefault("the machine's")
            .inNewNamespaces(Inheritance.SHARED)
            .since(Row.BEFORE_GIT)
            .symptom("ENOBUFS or ENOMEM from socket(2) and accept(2), then the kernel kills processes (OOM)")
            .proof("Slab in /proc/meminfo: 3.8 kB for each idle TCP socket")
            .lowering("never: what sockets hold cannot be reclaimed")
            .source("net/core/sock.c sk_alloc; mm/oom_kill.c out_of_memory")
            .caveat("MemAvailable says too much: it counts about 1 kB of each socket as free."));

    /// What a limit is counted for. A value of a wider scope than the one it is counted for is one number for all of
    /// them: `fs.epoll.max_user_watches` is the same number for each user.
    public enum Scope {
        PROCESS("a process"),
        USER("a user"),
        SOCKET("a socket"),
        PROCESSOR("a processor"),
        CGROUP("a cgroup"),
        PID_NAMESPACE("a pid namespace"),
        NETWORK_NAMESPACE("a network namespace"),
        KERNEL("the kernel");

        private final String text;

        Scope(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /// What uses a limit up.
    public enum Counts {
        SOCKETS,
        THREADS,
        /// Sockets and threads alike.
        BOTH,
        /// What comes at one moment: it is in the way only while it is full.
        BURST,
        /// Nothing that adds up.
        NOTHING
    }

    /// What becomes of a number outside the range.
    public enum Beyond {
        REFUSED("EINVAL, and nothing changes"),
        /// A vector whose numbers are taken one after the other.
        HALF_APPLIED("EINVAL, and the numbers before the wrong one have changed"),
        FORBIDDEN("EPERM, and nothing changes"),
        /// The kernel allocates at once what the number says.
        NO_MEMORY("ENOMEM, EINVAL below, and nothing changes"),
        CLAMPED("counts as the nearest number that is taken"),
        UNBOUNDED("means no limit"),
        /// There is nothing to write.
        FIXED("cannot be written");

        private final String text;

        Beyond(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /// What a new namespace, process or cgroup starts with.
    public enum Inheritance {
        FORK("inherited over fork(2) and execve(2)"),
        PROGRAM("the program's own"),
        SHARED("one value for the whole kernel"),
        READ_ONLY("one value for the whole kernel, read-only outside of its first network namespace"),
        HIDDEN("one value for the whole kernel, absent outside of its first network namespace"),
        KERNEL_DEFAULT("a new network namespace starts with the kernel's default, whatever the others have"),
        FIRST_NAMESPACE("a new network namespace starts with a copy of the first one's, whoever makes it"),
        /// As [Limit#CHILD_CONNECTION_HASH] says there.
        CREATOR("a new network namespace shares it, or gets its own, as the one that makes it says"),
        LARGEST("a new pid namespace starts with the most that the kernel takes; those above it still bind"),
        PARENT("a new cgroup starts without one; those above it still bind");

        private final String text;

        Inheritance(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    private final Row row;

    Limit(Row row) {
        this.row = row;
    }

    /// As sysctl(8), setrlimit(2) or the cgroup's file names it.
    public String key() {
        return row.key;
    }

    /// What is counted, as a plural.
    public String unit() {
        return row.unit;
    }

    public Scope scope() {
        return row.scope;
    }

    public Counts counts() {
        return row.counts;
    }

    /// The least that the kernel takes.
    public long min() {
        return row.min;
    }

    /// The most that the kernel takes.
    public long max() {
        return row.max;
    }

    public Beyond beyond() {
        return row.beyond;
    }

    /// How the kernel, or who starts the process, chooses the value.
    public String byDefault() {
        return row.byDefault;
    }

    public Inheritance inNewNamespaces() {
        return row.inNewNamespaces;
    }

    /// The first kernel that has it.
    public String since() {
        return row.since;
    }

    /// What a program sees when it is hit, as the end of a sentence.
    public String symptom() {
        return row.symptom;
    }

    /// The counter that proves it.
    public String proof() {
        return row.proof;
    }

    /// Whether it may go down while it is used, and the counter that says so.
    public String lowering() {
        return row.lowering;
    }

    /// The function that enforces it, and the kernel's own page about it where there is one.
    public String source() {
        return row.source;
    }

    /// What surprises who writes it, in sentences; empty where nothing does.
    public Optional<String> caveat() {
        return Optional.ofNullable(row.caveat);
    }

    private static Row row(String key, String unit, Scope scope, Counts counts) {
        return new Row(key, unit, scope, counts);
    }

    /// One row while it is written down, each text under its name.
    private static final class Row {
        /// The kernel's history in git begins with this version.
        private static final String BEFORE_GIT = "before 2.6.12";

        /// Seconds that every kernel takes: it counts them in ticks of 1/100 to 1/1000 s, in an `int`.
        private static final long MOST_SECONDS = Integer.MAX_VALUE / 1_000;

        private static final String TICKS =
                "The range is that of a kernel with 1000 ticks a second; with 250 it is four times as wide.";

        private final String key;
        private final String unit;
        private final Scope scope;
        private final Counts counts;
        private long min;
        private long max;
        private Beyond beyond;
        private String byDefault;
        private Inheritance inNewNamespaces;
        private String since;
        private String symptom;
        private String proof;
        private String lowering;
        private String source;
        private String caveat;

        Row(String key, String unit, Scope scope, Counts counts) {
            this.key = key;
            this.unit = unit;
            this.scope = scope;
            this.counts = counts;
        }

        Row takes(long least, long most, Beyond outside) {
            min = least;
            max = most;
            beyond = outside;
            return this;
        }

        Row byDefault(String text) {
            byDefault = text;
            return this;
        }

        Row inNewNamespaces(Inheritance there) {
            inNewNamespaces = there;
            return this;
        }

        Row since(String text) {
            since = text;
            return this;
        }

        Row symptom(String text) {
            symptom = text;
            return this;
        }

        Row proof(String text) {
            proof = text;
            return this;
        }

        Row lowering(String text) {
            lowering = text;
            return this;
        }

        Row source(String text) {
            source = text;
            return this;
        }

        Row caveat(String text) {
            caveat = text;
            return this;
        }
    }
}
