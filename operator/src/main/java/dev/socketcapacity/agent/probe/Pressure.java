package dev.socketcapacity.agent.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How much of their time the machine's processes have waited, over the last ten seconds (`/proc/pressure`, Linux
/// 4.20).
final class Pressure {

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
        return average("memory", "full ");
    }

    /// For a processor, at least one of them. Percent; 0 where the kernel does not tell.
    double processor() {
        return average("cpu", "some ");
    }

    private double average(String resource, String line) {
        try {
            return Files.readAllLines(folder.resolve(resource)).stream()
                    .filter(text -> text.startsWith(line))
                    .mapToDouble(
                            text -> Double.parseDouble(text.split("avg10=")[1].split(" ")[0]))
                    .findFirst()
                    .orElse(0);
        } catch (IOException _) {
            return 0; // not built in, or switched off
        }
    }
}
