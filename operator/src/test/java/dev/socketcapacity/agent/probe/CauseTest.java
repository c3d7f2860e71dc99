package dev.socketcapacity.agent.probe;

import static dev.socketcapacity.agent.probe.Seen.Neighbour.PRESENT;
import static dev.socketcapacity.agent.probe.Seen.Neighbour.SILENT;
import static dev.socketcapacity.agent.probe.SeenBuilder.seen;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every rule with what makes it hold, and beside it what is almost the same and proves nothing.
class CauseTest {

    private static final Duration AT_ONCE = Duration.ofMillis(1);
    private static final Duration LATER = Duration.ofMillis(2_100);
    private static final Duration LATE = Duration.ofMillis(3_080);

    static Stream<Arguments> causes() {
        return Stream.of(
                named("EMFILE", seen().descriptorLimit(5_000).nrOpen(5_000), Obstacle.DESCRIPTORS),
                named("EMFILE", seen().descriptorLimit(5_000).nrOpen(4_999), Obstacle.NR_OPEN),
                named("ENFILE", seen(), Obstacle.FILE_MAX),
                named("EADDRNOTAVAIL", seen(), Obstacle.PORTS),
                named("EADDRNOTAVAIL", seen().datagram("EADDRNOTAVAIL"), Obstacle.NO_ROUTE),
                named("ENOBUFS", seen().fullCgroup(), Obstacle.CGROUP_MEMORY),
                named("ENOMEM", seen().fullCgroup(), Obstacle.CGROUP_MEMORY),
                unnamed("ENOBUFS", seen()),
                unnamed("ENOMEM", seen()),
                named("ENETUNREACH", seen().datagram("ENETUNREACH"), Obstacle.NO_ROUTE),
                named("ENETDOWN", seen().datagram("ENETDOWN"), Obstacle.NO_ROUTE),
                named("EHOSTUNREACH", seen().datagram("EHOSTUNREACH"), Obstacle.NO_ROUTE),
                named("EACCES", seen().datagram("EACCES"), Obstacle.NO_ROUTE),
                named("EINVAL", seen().datagram("EINVAL"), Obstacle.NO_ROUTE),
                named("ENETUNREACH", seen().rejections(1), Obstacle.REJECTED),
                named("EHOSTUNREACH", seen().rejections(1), Obstacle.REJECTED),
                named("EHOSTUNREACH", LATER, seen().rejections(1), Obstacle.REJECTED),
                named("EHOSTUNREACH", LATE, seen().rejections(1), Obstacle.NO_NEIGHBOUR),
                named("EHOSTUNREACH", seen().rejections(1).neighbour(PRESENT), Obstacle.REJECTED),
                named("EHOSTUNREACH", seen().rejections(1).neighbour(SILENT), Obstacle.NO_NEIGHBOUR),
                unnamed("EHOSTUNREACH", seen()),
                unnamed("EACCES", seen()),
                named("ECONNREFUSED", seen().rejections(1), Obstacle.REJECTED),
                named("ECONNREFUSED", seen(), Obstacle.NOBODY_LISTENS),
                unnamed("ECONNRESET", seen().rejections(1).conntrack(9, 1_000, 1_000)));
    }

    /// Of ten connections that nobody answered.
    static Stream<Arguments> silences() {
        return Stream.of(
                silence(0, seen().conntrack(1, 1_000, 1_000), Obstacle.CONNTRACK),
                silence(0, seen().conntrack(1, 950, 1_000), Obstacle.CONNTRACK),
                silence(0, seen().conntrack(0, 1_000, 1_000), null),
                silence(0, seen().conntrack(9, 949, 1_000), null),
                silence(0, seen().conntrack(1, 1_000, 1_000).failedRetransmits(30), Obstacle.CONNTRACK),
                silence(0, seen().conntrack(9, 10, 1_000).failedRetransmits(30), Obstacle.FIREWALL),
                silence(20, seen().listenOverflows(20), Obstacle.ACCEPT_QUEUE),
                silence(19, seen().listenOverflows(19), null),
                silence(0, seen().listenOverflows(40), null),
                silence(20, seen(), null),
                silence(20, seen().synQueue(96, 128, 4_096), Obstacle.SYN_QUEUE),
                silence(20, seen().synQueue(91, 128, 4_096), null),
                silence(20, seen().synQueue(100, 4_096, 100), Obstacle.SYN_QUEUE),
                silence(20, seen().synQueue(94, 4_096, 100), null),
                silence(20, seen().synQueue(96, 128, 4_096).synCookies(), null),
                silence(20, seen().synQueue(96, 128, 4_096).synCookies().listenOverflows(1), Obstacle.ACCEPT_QUEUE),
                silence(20, seen().synQueue(96, 128, 4_096).listenOverflows(1), Obstacle.SYN_QUEUE),
                silence(0, seen().synQueue(96, 128, 4_096), null),
                silence(20, seen().ownHalfOpen(126), null),
                silence(0, seen().datagram("ENOBUFS"), Obstacle.NEIGHBOURS),
                silence(0, seen().datagram("ENOBUFS").failedRetransmits(30), Obstacle.NEIGHBOURS),
                silence(0, seen().datagram("ENOBUFS").failedRetransmits(30).neighbour(PRESENT), null),
                silence(0, seen().datagram("ENOBUFS").failedRetransmits(30).neighbour(SILENT), null),
                silence(0, seen().datagram("EINVAL"), Obstacle.NEIGHBOURS_IPV6),
                silence(0, seen().datagram("ENETUNREACH"), Obstacle.NO_ROUTE),
                silence(0, seen().datagram("EPERM"), null),
                silence(0, seen().failedRetransmits(20), Obstacle.FIREWALL),
                silence(0, seen().failedRetransmits(19), null),
                silence(0, seen().datagram("EPERM").failedRetransmits(30), Obstacle.FIREWALL),
                silence(0, seen().rejections(9), null),
                silence(0, seen(), null));
    }

    private static Arguments named(String errno, SeenBuilder seen, Obstacle obstacle) {
        return named(errno, AT_ONCE, seen, obstacle);
    }

    private static Arguments named(String errno, Duration after, SeenBuilder seen, Obstacle obstacle) {
        return Arguments.of(new Refused("connect", errno, after, 10, 0), seen.build(), Optional.of(obstacle));
    }

    private static Arguments unnamed(String errno, SeenBuilder seen) {
        return Arguments.of(new Refused("connect", errno, AT_ONCE, 10, 0), seen.build(), Optional.empty());
    }

    private static Arguments silence(long listenerDrops, SeenBuilder seen, Obstacle obstacle) {
        return Arguments.of(
                new Refused("connect", "ETIMEDOUT", LATE, 10, listenerDrops),
                seen.build(),
                Optional.ofNullable(obstacle));
    }

    @ParameterizedTest
    @MethodSource({"causes", "silences"})
    void isNamedWhereTheEvidenceIsThereAndNowhereElse(Refused refused, Seen seen, Optional<Obstacle> obstacle) {
        assertThat(Cause.of(refused, seen).map(Cause::obstacle)).isEqualTo(obstacle);
    }

    @Test
    void isNotFoundInCountersWhereNothingWasUnanswered() {
        var refused = new Refused("connect", "ETIMEDOUT", LATE, 0, 0);
        assertThat(Cause.of(
                        refused, seen().failedRetransmits(9).listenOverflows(9).build()))
                .isEmpty();
    }

    @Test
    void carriesItsNumbers() {
        assertThat(evidence("ENFILE", seen().files(99_990, 100_000)))
                .isEqualTo("99990 files are open, of 100000 that fs.file-max allows");
        assertThat(evidence("ETIMEDOUT", seen().conntrack(3, 998, 1_000)))
                .isEqualTo("the table of tracked connections is full (998 of net.netfilter.nf_conntrack_max 1000)");
        assertThat(evidence("ENOMEM", seen().fullCgroup())).isEqualTo("cgroup /pod uses 99 MiB of memory, of 100 MiB");
        assertThat(evidence("EADDRNOTAVAIL", seen())).endsWith("(net.ipv4.ip_local_port_range is 32768 60999)");
        assertThat(evidence("EADDRNOTAVAIL", seen().reservedPorts(12)))
                .endsWith("is 32768 60999, of which net.ipv4.ip_local_reserved_ports takes away 12)");
    }

    @Test
    void isLeftOpenWithWhatWasLookedAt() {
        var seen = seen().conntrack(1, 10, 1_000)
                .failedRetransmits(2)
                .rejections(3)
                .ownHalfOpen(4);
        assertThat(seen.build().text())
                .isEqualTo("connection tracking dropped 1 packets, 2 could not leave,"
                        + " 3 destinations were called unreachable, 4 connections are half-open, a datagram left");
        assertThat(seen.datagram("EPERM").build().text()).endsWith("a datagram got EPERM");
    }

    private static String evidence(String errno, SeenBuilder seen) {
        return Cause.of(new Refused("connect", errno, AT_ONCE, 10, 0), seen.build())
                .orElseThrow()
                .evidence();
    }
}
