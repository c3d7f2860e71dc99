package dev.socketcapacity.agent;

import static java.util.stream.Collectors.toSet;

import dev.socketcapacity.agent.Writers.Writer;
import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Sysctls;
import dev.socketcapacity.agent.kernel.WriteWatch;
import dev.socketcapacity.agent.probe.ChildProbe;
import dev.socketcapacity.agent.probe.Route;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.telemetry.Telemetry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The agent's parts, put together.
public final class AgentRole {

    private static final Logger LOG = Logger.getLogger(AgentRole.class.getName());

    private final AgentOptions options;

    public AgentRole(AgentOptions options) {
        this.options = options;
    }

    /// Runs until the process is ended, which restores nothing.
    ///
    /// @throws IOException where the node's network namespace can't be had
    public void run() throws IOException, InterruptedException {
        var procfs = new Procfs(options.proc());
        var nodeNetwork = procfs.path("1/ns/net");
        var alarm = new Alarm();
        var writers = new Writers();
        var work = new DeferredWork();
        try (var journal = new Journal(new StateFile(options.state()), this::lock);
                var network = NetworkNamespace.enter(nodeNetwork);
                var wishes = new DeferredWishes(() -> connect(alarm));
                var _ = watch(procfs, network, writers, alarm)) {
            var clock = Clock.systemUTC();
            var kernel = new NodeKernel(new Host(procfs), new Sysctls(procfs, network), network);
            var enactor = new Enactor(
                    kernel,
                    journal,
                    options.conntrackFloor(),
                    options.scale().minutes(10),
                    Contest.Patience.of(options.corrections(), options.scale()),
                    writers,
                    clock,
                    work);
            var probe = new ChildProbe(new Route.HostToPod(nodeNetwork, options.podIp()));
            var rhythm = new Rhythm(options.scale(), Math::random);
            var prover = new Prover(probe, journal, clock, options.scale(), rhythm, alarm::news, work);
            var agent = new Agent(
                    wishes, kernel, journal, enactor, prover, options.keepPorts(), clock, options.scale(), alarm);
            var untilNext = agent.pass(); // before all that the node's values need not wait for
            wishes.connect();
            try (var telemetry = new Telemetry()) {
                work.tellTo(new ToldWork(telemetry.registry()));
                telemetry.serve(new InetSocketAddress(options.podIp(), options.port()), () -> true, agent::isWorking);
                LOG.log(Level.INFO, "Agent of node {0} at work", options.node());
                agent.run(untilNext);
            }
        }
    }

    private Wishes connect(Alarm alarm) {
        var apiServer = new ApiServerWishes(options.node(), alarm::news);
        return new SpreadWishes(apiServer, options.scale().seconds(30), Clock.systemUTC(), Math::random);
    }

    /// Hears of writes as they happen. Where it can't, what is held is still looked at twice a second.
    static WriteWatch watch(Procfs procfs, NetworkNamespace network, Writers writers, Alarm alarm) {
        var keys = Arrays.stream(Setting.values()).map(Setting::key).collect(toSet());
        try {
            return WriteWatch.start(procfs, network, keys, write -> {
                var writer = new Writer(write.pid(), write.command(), write.container());
                Setting.of(write.key()).ifPresent(setting -> writers.saw(setting, writer, Instant.now()));
                alarm.written();
            });
        } catch (IOException failure) {
            LOG.log(Level.WARNING, "Writes to settings are not heard of: {0}", failure.getMessage());
            return null;
        }
    }

    /// Waits for a command line that is at work on this node.
    private StateLock lock() throws IOException {
        var holder = "The agent of node %s (pid %d)"
                .formatted(options.node(), ProcessHandle.current().pid());
        return StateLock.await(options.state(), holder);
    }
}
