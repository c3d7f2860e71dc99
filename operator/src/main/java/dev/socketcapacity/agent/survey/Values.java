package dev.socketcapacity.agent.survey;

import dev.socketcapacity.agent.kernel.NetworkNamespace;
import dev.socketcapacity.agent.kernel.Procfs;
import dev.socketcapacity.plan.Amount;
import dev.socketcapacity.plan.Limit;
import java.io.IOException;
import java.nio.file.NoSuchFileException;

/// Limits that are settings of the kernel, as seen from one network namespace.
record Values(Procfs procfs, NetworkNamespace network) {

    /// @throws NoSuchFileException where this kernel, or this namespace, has no such setting
    String text(Limit limit) throws IOException {
        try {
            return network.call(() -> procfs.read(Procfs.setting(limit.key()))).strip();
        } catch (NoSuchFileException _) {
            throw new NoSuchFileException("such setting here");
        }
    }

    /// The number; the last one, which is the most, of several.
    long number(Limit limit) throws IOException {
        var words = text(limit).split("\\s+");
        return Amount.parse(words[words.length - 1]).number();
    }
}
