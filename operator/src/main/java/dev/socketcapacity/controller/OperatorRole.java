package dev.socketcapacity.controller;

import dev.socketcapacity.api.ApiClient;
import dev.socketcapacity.telemetry.Telemetry;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The operator's parts, put together: informers, leader election, health, metrics.
public final class OperatorRole implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(OperatorRole.class.getName());

    private static final String LEASE = "socket-capacity-operator";
    private static final Duration LEASE_DURATION = Duration.ofSeconds(15);
    private static final Duration RETRY_PERIOD = Duration.ofSeconds(2);

    /// Shorter than the default, with a short request timeout: else a leader whose API server hangs leads beyond its
    /// lease.
    private static final Duration RENEW_DEADLINE = Duration.ofSeconds(6);

    private static final int REQUEST_TIMEOUT_MILLIS = 3_000;

    private final OperatorOptions options;
    private final Clock clock = Clock.systemUTC();
    private final Telemetry telemetry = new Telemetry();
    private final KubernetesClient client;
    private final SocketCapacityReconciler wishReconciler;
    private final NodeSocketCapacityReconciler nodeReconciler;
    private final Operator operator;
    private final CountDownLatch leading = new CountDownLatch(1);
    private final AtomicBoolean stopping = new AtomicBoolean();

    private final FleetController fleet;

    /// @throws IOException where the agents' manifest can't be read
    public OperatorRole(OperatorOptions options) throws IOException {
        this(
                options,
                ApiClient.of(new ConfigBuilder()
                        .withRequestTimeout(REQUEST_TIMEOUT_MILLIS)
                        .withRequestRetryBackoffLimit(1)
                        .build()));
    }

    OperatorRole(OperatorOptions options, KubernetesClient client) throws IOException {
        this.options = options;
        this.client = client;
        var events = new Events(client, options.podName(), clock);
        this.wishReconciler = new SocketCapacityReconciler(options.namespace(), this::fleet, events);
        this.nodeReconciler = new NodeSocketCapacityReconciler(this::fleet, events, wishReconciler::reportsChanged);
        this.operator = new Operator(overrider -> overrider
                .withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withConcurrentReconciliationThreads(2)
                .withConcurrentWorkflowExecutorThreads(1)
                .withReconciliationTerminationTimeout(Duration.ofSeconds(5))
                .withMetrics(MicrometerMetrics.withoutPerResourceMetrics(telemetry.registry()))
                .withLeaderElectionConfiguration(leaderElection()));
        operator.register(wishReconciler);
        operator.register(nodeReconciler);
        // The caches exist from registration on, and are filled before anybody leads.
        this.fleet = new FleetController(
                wishReconciler.wishes(),
                wishReconciler.nodes(),
                wishReconciler.daemonSets(),
                new NodeObjects(client, nodeReconciler.objects()),
                AgentDaemonSet.fromManifest(client, options.agentManifest(), options.namespace(), options.deployment()),
                clock,
                options.scale());
    }

    /// Runs until closed or interrupted.
    ///
    /// @throws IOException where the port is taken
    public void run() throws IOException, InterruptedException {
        telemetry.serve(new InetSocketAddress(options.port()), () -> true, this::isReady);
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "shutdown"));
        operator.start();
        leading.await();
        sweep();
    }

    private FleetController fleet() {
        return fleet;
    }

    /// Looks now and then whether anything is left over that no event speaks of, such as agents that nobody needs any
    /// more.
    private void sweep() throws InterruptedException {
        while (!stopping.get()) {
            try {
                fleet.settle();
            } catch (RuntimeException failure) {
                LOG.log(Level.WARNING, "The fleet could not be settled and is tried again", failure);
            }
            Thread.sleep(options.scale().seconds(30));
        }
    }

    private boolean isReady() {
        return operator.getRuntimeInfo().isStarted()
                && operator.getRuntimeInfo().allEventSourcesAreHealthy();
    }

    /// The engine's own way to end a leader that lost its lease waits for itself inside the shutdown hook: not used.
    private LeaderElectionConfiguration leaderElection() {
        return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
                .withLeaseNamespace(options.namespace())
                .withIdentity(options.podName())
                .withLeaseDuration(LEASE_DURATION)
                .withRenewDeadline(RENEW_DEADLINE)
                .withRetryPeriod(RETRY_PERIOD)
                .withExitOnStopLeading(false)
                .withLeaderCallbacks(new LeaderCallbacks(leading::countDown, this::lostLease, _ -> {}))
                .build();
    }

    private void lostLease() {
        if (!stopping.get()) {
            LOG.severe("Another instance leads now: ending");
            Runtime.getRuntime().halt(1);
        }
    }

    /// Ends within seconds, and hands the lease on at once instead of letting it run out.
    @Override
    public void close() {
        if (stopping.compareAndSet(false, true)) {
            operator.stop();
            releaseLease();
            telemetry.close();
            client.close();
        }
    }

    private void releaseLease() {
        try {
            var lease = client.leases()
                    .inNamespace(options.namespace())
                    .withName(LEASE)
                    .get();
            if (lease != null && options.podName().equals(lease.getSpec().getHolderIdentity())) {
                client.resource(lease).patch("{\"spec\":{\"holderIdentity\":\"\",\"leaseDurationSeconds\":1}}");
            }
        } catch (RuntimeException failure) {
            LOG.log(Level.WARNING, "The lease was not released and will run out: {0}", failure.getMessage());
        }
    }
}
