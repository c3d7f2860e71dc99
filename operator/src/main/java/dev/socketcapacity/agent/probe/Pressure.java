package dev.socketcapacity.agent.probe;

import dev.socketcapacity.agent.kernel.Libc;
import dev.socketcapacity.agent.kernel.Libc.ErrnoException;
import java.nio.file.Path;

/// How much of their time the machine's processes have waited, over the last ten seconds (`/proc/pressure`, Linux
/// 4.20).
final class Pressure {

    private static final String AVERAGE = " avg10=";

    private final Path folder;

    /// @param folder such as `/proc/pressure`
    Pressure(Path folder) {
        this.folder = folder;
    }

    static Pressure ofMachine() {
        return new Pressure(Path.of("/proc/pressure"));
    }

    /// For memory, all of them at once: the machine got nothing done. Percent; 0 where the kernel does not tell.
    double memory() {
        return average("memory", "full");
    }

    /// For a processor, at least one of them. Percent; 0 where the kernel does not tell.
    double processor() {
        return average("cpu", "some");
    }

    /// Looked at beside what must not be disturbed: by little code that takes no time to get going.
    private double average(String resource, String line) {
        try {
            var text = Libc.readShort(folder.resolve(resource).toString());
            int before = text.indexOf(line + AVERAGE);
            if (before < 0) {
                return 0;
            }
            int from = before + line.length() + AVERAGE.length();
            return Double.parseDouble(text.substring(from, text.indexOf(' ', from)));
        } catch (ErrnoException _) {
            return 0; // not built in, or switched off
        }
    }
}
