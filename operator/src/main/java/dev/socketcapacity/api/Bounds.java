package dev.socketcapacity.api;

/// Bounds of the API's numbers and lists. The rules of the API server, the planner and the messages share them.
public final class Bounds {

    /// 2^24: more sockets than 64 GB of memory carry.
    public static final long MAX_CONNECTIONS = 16_777_216;
    /// The ports from 1024 to 65535.
    public static final long MAX_OUTBOUND = 64_512;
    /// The most that `kernel.pid_max` can be (PID_MAX_LIMIT, include/linux/threads.h).
    public static final long MAX_THREADS = 4_194_304;

    public static final int MAX_SETTINGS = 64;
    public static final int MAX_RESERVED = 32;
    /// In the merge of all wishes on a node.
    public static final int MAX_MERGED_RESERVED = 64;
    public static final long MAX_PROBE_CONNECTIONS = 1_000_000;
    public static final int MAX_HOLD_SECONDS = 3_600;
    public static final int MAX_TIMEOUT_SECONDS = 7_200;
    /// Twice the timeout of the smallest probe is not much more.
    public static final int MIN_PERIOD_SECONDS = 120;
    /// One week.
    public static final int MAX_PERIOD_SECONDS = 604_800;
    /// More is what a probe may never take of what is free.
    public static final int MAX_MEMORY_PERCENT = 90;

    /// As long as a hash in hexadecimal digits.
    public static final int MAX_PROBE_REQUEST = 64;

    /// Wishes, settings and sample nodes that a status lists; the rest is counted.
    public static final int MAX_LISTED = 16;

    public static final int MAX_SAMPLES = 10;
    public static final int MAX_MESSAGE = 1_024;

    private Bounds() {}
}
