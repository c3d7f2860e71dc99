package dev.socketcapacity.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/// Holds TCP connections over loopback, in the network namespace it is started in, and tells for each line of its input
/// whether all of them still carry data and another one can be made.
final class HeldConnections {

    private static final int BACKLOG = 128;

    private final ServerSocketChannel server;
    private final List<SocketChannel> ends = new ArrayList<>();

    private HeldConnections() throws IOException {
        server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    }

    /// Argument: how many.
    static void main(String[] arguments) throws IOException {
        var held = new HeldConnections();
        for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
            held.connect();
        }
        System.out.println("held");
        while (System.in.read() == '\n') {
            held.connect();
            held.exchange();
            System.out.println("all carry data");
        }
    }

    private void connect() throws IOException {
        ends.add(SocketChannel.open(server.getLocalAddress()));
        ends.add(server.accept());
    }

    /// One byte through each.
    private void exchange() throws IOException {
        for (int i = 0; i < ends.size(); i += 2) {
            ends.get(i).write(ByteBuffer.wrap(new byte[] {42}));
            if (ends.get(i + 1).read(ByteBuffer.allocate(1)) != 1) {
                throw new IOException("connection %d is broken".formatted(i / 2));
            }
        }
    }
}
