package dev.socketcapacity.agent;

import dev.socketcapacity.agent.kernel.Host;
import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.agent.kernel.Sysctls;
import dev.socketcapacity.agent.probe.HostToPodProbe;
import dev.socketcapacity.agent.probe.ProbeResult;
import dev.socketcapacity.api.ApiClient;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import dev.socketcapacity.telemetry.Telemetry;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The agent's parts, put together.
public final class AgentRole {

    private static final Logger LOG = Logger.getLogger(AgentRole.class.getName());

    private final AgentOptions options;
    private final Telemetry telemetry = new Telemetry();
    private final AtomicInteger heldLast;

    public AgentRole(AgentOptions options) {
        this.options = options;
        this.heldLast = telemetry.registry().gauge("socketcapacity.probe.held.connections", new AtomicInteger());
    }

    /// Runs until the process is ended, which restores nothing.
    ///
    /// @throws IOException where the node's network namespace or the state can't be had
    public void run() throws IOException, InterruptedException {
        var procfs = new Procfs(options.proc());
        var nodeNetwork = procfs.path("1/ns/net");
        var wake = new Semaphore(0);
        var config = new ConfigBuilder().withRequestTimeout(10_000).build();
        try (var _ = lock();
                telemetry;
                var network = NetworkNamespace.enter(nodeNetwork);
                var client = ApiClient.of(config);
                var wishes = new ApiServerWishes(client, options.node(), wake::release)) {
            var clock = Clock.systemUTC();
            var journal = new Journal(new StateFile(options.state()));
            var kernel = new NodeKernel(new Host(procfs), new Sysctls(procfs, network), network);
            var enactor = new Enactor(
                    kernel, journal, options.conntrackFloor(), options.scale().minutes(10), clock, this::wrote);
            var probe = new HostToPodProbe(nodeNetwork, options.podIp());
            var prover = new Prover(probe, journal, clock, options.scale(), wake::release, this::probed);
            var agent = new Agent(
                    wishes, kernel, journal, enactor, prover, options.keepPorts(), clock, options.scale(), wake);
            telemetry.serve(new InetSocketAddress(options.podIp(), options.port()), () -> true, agent::isWorking);
            LOG.log(Level.INFO, "Agent of node {0} at work", options.node());
            agent.run();
        }
    }

    /// Waits for a command line that is at work on this node. A folder that can't be written has no lock; nothing is
    /// written on the node then either, and the report says why.
    private StateLock lock() {
        var holder = "The agent of node %s (pid %d)"
                .formatted(options.node(), ProcessHandle.current().pid());
        try {
            return StateLock.await(options.state(), holder);
        } catch (IOException failure) {
            LOG.log(Level.WARNING, "No lock on {0}: {1}", new Object[] {options.state(), failure});
            return null;
        }
    }

    private void wrote(Setting setting, Value value, Optional<String> refusal) {
        var outcome = refusal.isPresent() ? "refused" : "taken";
        registry()
                .counter("socketcapacity.setting.writes", "key", setting.key(), "outcome", outcome)
                .increment();
        LOG.log(Level.INFO, "Wrote {0} = {1}{2}", new Object[] {
            setting.key(), value.text(), refusal.map(why -> ", refused: " + why).orElse("")
        });
    }

    private void probed(ProbeResult result) {
        heldLast.set(
                switch (result) {
                    case ProbeResult.Held held -> held.connections();
                    case ProbeResult.FellShort fell -> fell.held();
                    case ProbeResult.Inconclusive _ -> 0;
                });
        registry()
                .counter(
                        "socketcapacity.probe.runs", "result", result.getClass().getSimpleName())
                .increment();
        LOG.log(Level.INFO, "Probe: {0}", result);
    }

    private MeterRegistry registry() {
        return telemetry.registry();
    }
}
