package dev.socketcapacity.plan;

import dev.socketcapacity.plan.Survey.Subject;
import java.util.Optional;

/// What there is to say of a limit that is in the way.
///
/// @param evidence the numbers that show it: one sentence
/// @param fix      what to change about it
public record Advice(String evidence, Fix fix) {

    private static final PortRange WIDEST = new PortRange(1_024, PortRange.MAX_PORT);

    /// What to change about a limit that a program of this machine has hit; empty where it was not read.
    ///
    /// @param survey of a process in the same place
    public static Optional<Fix> whenHit(Limit limit, Survey survey) {
        var machine = new Survey(
                new Subject.Machine(survey.subject().kernel()), survey.readings(), survey.traps(), survey.unseen());
        return survey.readings().stream()
                .filter(reading -> reading.limit() == limit && reading.max().isPresent())
                .findFirst()
                .map(Reading::full)
                .map(reading -> on(reading, machine).fix);
    }

    static Advice on(Reading reading, Survey survey) {
        var subject = survey.subject();
        var used = reading.used().getAsLong();
        var max = reading.max().getAsLong();
        var at = reading.at();
        var advice = switch (reading.limit()) {
            case DESCRIPTORS -> descriptors(reading, subject);
            case NR_OPEN ->
                setting(reading, "%s has %d descriptors open, and no process gets more than %d", at, used, max);
            case FILE_MAX -> setting(reading, "all processes together have %d files open, of %d", used, max);
            case EPOLL_WATCHES -> setting(reading, "%s watches %d sockets and files by epoll, of %d", at, used, max);
            case PORT_RANGE -> ports(reading, subject);
            case CONNTRACK_MAX -> conntrack(reading, survey);
            case BACKLOG -> backlog(reading);
            case MAX_MAP_COUNT -> setting(reading, "%s", maps(reading, subject));
            case THREADS_MAX -> setting(reading, "%d threads run, of %d", used, max);
            case PID_MAX -> processNumbers(reading, subject);
            case TASKS_OF_USER -> tasksOfUser(reading, subject);
            case CGROUP_TASKS -> tasksOfCgroup(reading);
            case CGROUP_MEMORY -> memoryOfCgroup(reading);
            case MEMORY ->
                new Advice(
                        "%d MiB of memory are in use beside what only caches files, of %d MiB"
                                .formatted(used >> 20, max >> 20),
                        new Fix(null, null, "more memory, or fewer things that use it"));
            case SOMAXCONN, SYN_BACKLOG ->
                setting(reading, "%d %s are allowed", max, reading.limit().unit());
            case NEIGHBOURS, NEIGHBOURS_IPV6 ->
                setting(reading, "the table of neighbours has %d entries, of %d", used, max);
            default -> throw new IllegalArgumentException(reading.limit() + " is in nobody's way");
        };
        var hits = reading.hits().orElse(0);
        return new Advice(
                advice.evidence + (hits > 0 ? "; it was hit %d times, as the kernel counts.".formatted(hits) : "."),
                advice.fix);
    }

    /// Up to its hard limit anybody may raise a process's soft one; the hard one takes CAP_SYS_RESOURCE.
    private static Advice descriptors(Reading reading, Subject subject) {
        var max = reading.max().getAsLong();
        var hard = reading.ceiling().orElse(max);
        var wanted = Math.max(hard, twice(reading));
        var evidence = "%s has %d descriptors open and may have %d; its hard limit is %d"
                .formatted(reading.at(), reading.used().getAsLong(), max, hard);
        var now = hard > max
                ? prlimit(subject, "nofile", hard)
                : prlimit(subject, "nofile", wanted) + ", with CAP_SYS_RESOURCE: its hard limit is reached";
        return new Advice(
                evidence, new Fix(now, unit("LimitNOFILE", wanted), Limit.NR_OPEN.key() + " must be at least as much"));
    }

    private static Advice ports(Reading reading, Subject subject) {
        var used = reading.used().getAsLong();
        var max = reading.max().getAsLong();
        var slow = 2 * used > max ? "; above half of them, each takes longer to find" : "";
        var wanted = Math.min(twice(reading), WIDEST.size());
        return new Advice(
                "%d of the %d local ports that connect() may pick are taken, %s%s"
                        .formatted(used, max, reading.at(), slow),
                new Fix(
                        in(subject, "-n")
                                + "sysctl -w %s='%s'".formatted(reading.limit().key(), WIDEST.text()),
                        "more source addresses or destinations, each pair of which has all ports anew; for a pod,"
                                + " securityContext.sysctls",
                        "sockcap plan --outbound %d says which ports must be reserved first".formatted(wanted)));
    }

    /// The hash gets more buckets where it has too few for so many, and never fewer.
    private static Advice conntrack(Reading reading, Survey survey) {
        var wanted = twice(reading);
        var buckets = Math.ceilDiv(wanted, Derivation.TRACKED_PER_BUCKET);
        var enough = survey.readings().stream()
                .filter(other -> other.limit() == Limit.CONNTRACK_BUCKETS)
                .anyMatch(other -> other.max().orElse(0) >= buckets);
        return new Advice(
                "%d connections are tracked in %s, of %d"
                        .formatted(
                                reading.used().getAsLong(),
                                reading.at(),
                                reading.max().getAsLong()),
                new Fix(
                        (enough ? "" : sysctl(Limit.CONNTRACK_BUCKETS, buckets) + " && ")
                                + sysctl(reading.limit(), wanted),
                        null,
                        persistent(reading.limit(), wanted) + "; kube-proxy raises it too, by conntrack.maxPerCore"));
    }

    private static Advice backlog(Reading reading) {
        return new Advice(
                "%d connections wait at %s to be accepted, of %d"
                        .formatted(
                                reading.used().getAsLong(),
                                reading.at(),
                                reading.max().getAsLong()),
                new Fix(
                        null,
                        "the program must accept faster, or call listen() with more than %d"
                                .formatted(reading.max().getAsLong() - 1),
                        "listen() gets at most what %s was at that time".formatted(Limit.SOMAXCONN.key())));
    }

    /// A thread's stack is one map and the guard below it another: what is no thread's is the base.
    private static String maps(Reading reading, Subject subject) {
        var used = reading.used().getAsLong();
        var max = reading.max().getAsLong();
        var sentence = "%s has %d maps of memory, of %d".formatted(reading.at(), used, max);
        return switch (subject) {
            case Subject.Machine _ -> sentence;
            case Subject.Process process -> {
                var base = Math.max(0, used - 2 * process.threads());
                yield "%s: two for each thread, its stack and the guard, so (%d - %d) / 2 = %d threads fit"
                        .formatted(sentence, max, base, (max - base) / 2);
            }
        };
    }

    /// No process starts in a pid namespace that is full, and only a process in it can raise its limit.
    private static Advice processNumbers(Reading reading, Subject subject) {
        var wanted = twice(reading);
        return new Advice(
                "%d threads run in %s, of %d"
                        .formatted(
                                reading.used().getAsLong(),
                                reading.at(),
                                reading.max().getAsLong()),
                new Fix(
                        in(subject, "-p") + sysctl(reading.limit(), wanted)
                                + "; while it is full, end a process there first: this starts one",
                        null,
                        persistent(reading.limit(), wanted)));
    }

    private static Advice tasksOfUser(Reading reading, Subject subject) {
        var wanted = Math.max(twice(reading), reading.ceiling().orElse(0));
        return new Advice(
                threads(reading), new Fix(prlimit(subject, "nproc", wanted), unit("LimitNPROC", wanted), null));
    }

    private static Advice tasksOfCgroup(Reading reading) {
        var wanted = twice(reading);
        return new Advice(
                threads(reading),
                new Fix(
                        "write %d into pids.max of %s".formatted(wanted, reading.at()),
                        unit("TasksMax", wanted) + "; for pods, podPidsLimit of the kubelet",
                        null));
    }

    private static String threads(Reading reading) {
        return "%s has %d threads, of %d"
                .formatted(
                        reading.at(), reading.used().getAsLong(), reading.max().getAsLong());
    }

    private static Advice memoryOfCgroup(Reading reading) {
        return new Advice(
                "%s uses %d MiB of memory, its sockets included, of %d MiB"
                        .formatted(
                                reading.at(),
                                reading.used().getAsLong() >> 20,
                                reading.max().getAsLong() >> 20),
                new Fix(null, unit("MemoryMax", twice(reading)) + "; for a pod, resources.limits.memory", null));
    }

    /// A limit that is nothing but one number of the kernel.
    private static Advice setting(Reading reading, String evidence, Object... numbers) {
        var wanted = twice(reading);
        return new Advice(
                evidence.formatted(numbers),
                new Fix(sysctl(reading.limit(), wanted), null, persistent(reading.limit(), wanted)));
    }

    private static long twice(Reading reading) {
        var max = reading.max().getAsLong();
        return max > reading.limit().max() / 2 ? reading.limit().max() : 2 * max;
    }

    private static String prlimit(Subject subject, String resource, long wanted) {
        var pid = switch (subject) {
            case Subject.Machine _ -> "N";
            case Subject.Process process -> Integer.toString(process.pid());
        };
        return "prlimit --pid %s --%s=%d:%d".formatted(pid, resource, wanted, wanted);
    }

    private static String unit(String option, long value) {
        return "%s=%d in the [Service] section of its unit, then restart it".formatted(option, value);
    }

    /// What runs the command behind it in the process's own namespace.
    private static String in(Subject subject, String namespace) {
        return switch (subject) {
            case Subject.Machine _ -> "";
            case Subject.Process process -> "nsenter -t %d %s ".formatted(process.pid(), namespace);
        };
    }

    private static String sysctl(Limit limit, long value) {
        return "sysctl -w %s=%d".formatted(limit.key(), value);
    }

    private static String persistent(Limit limit, long value) {
        return "%s = %d in a file under /etc/sysctl.d, for the next boot".formatted(limit.key(), value);
    }
}
