package dev.socketcapacity.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/// `/metrics`, `/healthz` (whether to restart) and `/readyz` (whether to count on it).
public final class Telemetry implements AutoCloseable {

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private HttpServer server;

    public Telemetry() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
    }

    public PrometheusMeterRegistry registry() {
        return registry;
    }

    /// @param address of the pod: nothing ever listens on the node's own addresses
    public void serve(InetSocketAddress address, BooleanSupplier alive, BooleanSupplier ready) throws IOException {
        server = HttpServer.create(address, 0);
        server.setExecutor(Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("http").daemon().factory()));
        server.createContext("/metrics", exchange -> answer(exchange, 200, PROMETHEUS_TEXT, registry.scrape()));
        server.createContext("/healthz", exchange -> answer(exchange, alive));
        server.createContext("/readyz", exchange -> answer(exchange, ready));
        server.start();
    }

    private static void answer(HttpExchange exchange, BooleanSupplier good) throws IOException {
        var isGood = good.getAsBoolean();
        answer(exchange, isGood ? 200 : 503, "text/plain", isGood ? "ok\n" : "not ok\n");
    }

    private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        try (exchange) {
            var body = text.getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.stop(0);
        }
    }
}
