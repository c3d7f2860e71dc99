package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.probe.ProbeEvent.Decided;
import dev.socketcapacity.agent.probe.ProbeEvent.Over;
import dev.socketcapacity.agent.probe.ProbeEvent.Progress;
import java.io.IOException;
import java.io.OutputStream;

/// The process of a probe that has one of its own: tells its parent what happens, a line of text each.
final class ProbeChild {

    private ProbeChild() {}

    static void main(String[] arguments) throws IOException, InterruptedException {
        endWithParent();
        new ProbeEngine(ProbeJob.ofArguments(arguments), ProbeChild::tell).run();
    }

    /// The parent's end of our standard input closes when the parent wants us to end, and when it dies.
    private static void endWithParent() {
        Thread.ofPlatform().daemon().name("parent").start(() -> {
            try {
                System.in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException _) {
                // no parent to hear of it
            }
            Runtime.getRuntime().halt(1);
        });
    }

    private static void tell(ProbeEvent event) {
        switch (event) {
            case Progress(var connections) -> System.out.println(ProbeEvent.line(connections));
            case Decided(var result) -> System.out.println(ProbeEvent.line(result));
            case Over _ -> {
                System.out.flush();
                Runtime.getRuntime().halt(0);
            }
        }
    }
}
