package dev.socketcapacity.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;

/// While this is open, the pods of the first node don't reach the API server; its kubelet does.
final class Cut implements AutoCloseable {

    private static final String TABLE = "socketcapacity-e2e-cut";

    private static final Pattern DROPPED = Pattern.compile("counter packets (\\d+)");

    private Cut() {}

    /// That node's network outlives its reboots: it is the machine's own, and the API server's.
    static Cut betweenTheFirstNodesPodsAndTheApiServer() {
        Command.output(
                "nft",
                "add table ip %1$s; add chain ip %1$s input {type filter hook input priority 0;};".formatted(TABLE)
                        + " add rule ip %s input iifname sce2e-pods tcp dport 6443 counter drop".formatted(TABLE));
        return new Cut();
    }

    /// How many packets were on their way to the API server and got nowhere.
    long dropped() {
        var packets = DROPPED.matcher(Command.output("nft", "list", "table", "ip", TABLE));
        assertThat(packets.find()).isTrue();
        return Long.parseLong(packets.group(1));
    }

    @Override
    public void close() {
        Command.output("nft", "delete", "table", "ip", TABLE);
    }
}
