package dev.socketcapacity.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.socketcapacity.agent.probe.ProbeResult.FellShort;
import dev.socketcapacity.agent.probe.ProbeResult.Held;
import dev.socketcapacity.agent.probe.ProbeResult.Inconclusive;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// On the real kernel, over loopback, in this very process.
@Timeout(60)
class InProcessProbeTest {

    private static final int CONNECTIONS = 500;
    private static final int TABLES = 2;
    private static final Duration LONG_HOLD = Duration.ofMinutes(5);
    private static final Duration TIMEOUT = Duration.ofMinutes(10);
    private static final Duration PROMPTLY = Duration.ofSeconds(5);

    private final List<String> before = sockets();

    @Test
    void runsAgainAndAgain() throws InterruptedException {
        var probe = probe(Probe.UNPACED);
        for (int time = 1; time <= 5; time++) {
            assertThat(probe.run(request(Duration.ZERO))).as("time %d", time).isInstanceOf(Held.class);
        }
        assertThatNoneIsLeft();
    }

    @Test
    void closesAtItsPace() throws InterruptedException {
        long begin = System.nanoTime();
        assertThat(probe(1_000).run(request(Duration.ZERO))).isInstanceOf(Held.class);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(900));
        assertThatNoneIsLeft();
    }

    @Test
    void holdsThemHereUntilItIsInterrupted() {
        var caller = Thread.currentThread();
        var held = new ArrayList<Integer>();
        assertThatThrownBy(() -> probe(Probe.UNPACED).run(request(LONG_HOLD), open -> {
                    if (open == CONNECTIONS) {
                        held.add(sockets().size() - before.size());
                        caller.interrupt();
                    }
                }))
                .isInstanceOf(InterruptedException.class);
        assertThat(held).containsExactly(2 * CONNECTIONS + 1);
        assertThatNoneIsLeft();
    }

    @Test
    void endsPromptlyWhenInterruptedWhileItOpens() {
        var caller = Thread.currentThread();
        assertThatThrownBy(() -> probe(10).run(request(LONG_HOLD), _ -> caller.interrupt()))
                .isInstanceOf(InterruptedException.class);
        assertThatNoneIsLeft();
    }

    @Test
    void saysNothingWhenItIsNotDoneInTime() throws InterruptedException {
        assertThat(probe(10).run(new ProbeRequest(CONNECTIONS, 1, Duration.ZERO, Duration.ofSeconds(1))))
                .isInstanceOfSatisfying(
                        Inconclusive.class,
                        inconclusive -> assertThat(inconclusive.cause())
                                .matches("not finished after 1 s, with \\d+ of 500 connections open"
                                        + "(: others waited for a processor too, \\d+ % of the last 10 s)?"));
        assertThatNoneIsLeft();
    }

    @Test
    void namesWhatIsInTheWay() throws IOException, InterruptedException {
        var loopback = InetAddress.ofLiteral("127.0.0.1");
        var listener = Destination.Own.at(loopback);
        listener.close();
        var nobody = new Route.ToServers(
                List.of(new InetSocketAddress(loopback, listener.address().port())));
        assertThat(new InProcessProbe(nobody, Probe.UNPACED, Probe.ENOUGH_TABLES).run(request(Duration.ZERO)))
                .isInstanceOfSatisfying(
                        FellShort.class,
                        fell -> assertThat(fell.cause().obstacle()).isEqualTo(Obstacle.NOBODY_LISTENS));
        assertThatNoneIsLeft();
    }

    private void assertThatNoneIsLeft() {
        await().atMost(PROMPTLY).untilAsserted(() -> assertThat(sockets()).hasSameSizeAs(before));
    }

    private static InProcessProbe probe(int perSecond) {
        return new InProcessProbe(new Route.Loopback(), perSecond, TABLES);
    }

    private static ProbeRequest request(Duration hold) {
        return new ProbeRequest(CONNECTIONS, 1, hold, TIMEOUT);
    }

    /// What this process has open in all its descriptor tables.
    private static List<String> sockets() {
        var sockets = new TreeSet<String>();
        try (var tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (var task : tasks) {
                addSockets(task.resolve("fd"), sockets);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return List.copyOf(sockets);
    }

    private static void addSockets(Path descriptors, Set<String> sockets) {
        try (var open = Files.newDirectoryStream(descriptors)) {
            for (var descriptor : open) {
                var target = Files.readSymbolicLink(descriptor).toString();
                if (target.startsWith("socket:")) {
                    sockets.add(target);
                }
            }
        } catch (IOException | DirectoryIteratorException _) {
            // the thread, or the descriptor, is gone meanwhile
        }
    }
}
