package dev.socketcapacity.agent.kernel;

import static java.util.stream.Collectors.toMap;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a machine's files assign to settings at boot, by the rules of sysctl.d(5).
public final class SysctlFiles {

    /// A file in one of them hides those of the same name in the ones behind it.
    private static final List<String> FOLDERS =
            List.of("etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d");

    /// Read after all others, as procps' `sysctl --system` does.
    private static final String LAST = "etc/sysctl.conf";

    private SysctlFiles() {}

    /// @param file as the machine has it, such as `/etc/sysctl.d/60-sockets.conf`
    public record Assignment(String file, String value) {}

    /// The assignment that wins, for each setting that has one.
    ///
    /// @param root of the machine's file system
    public static Map<String, Assignment> read(Path root) throws IOException {
        var byName = new TreeMap<String, Path>();
        for (var folder : FOLDERS.reversed()) {
            byName.putAll(filesIn(root.resolve(folder)));
        }
        var assignments = new HashMap<String, Assignment>();
        for (var file : byName.values()) {
            readInto(assignments, root, file);
        }
        readInto(assignments, root, root.resolve(LAST));
        return assignments;
    }

    private static Map<String, Path> filesIn(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".conf"))
                    .collect(toMap(file -> file.getFileName().toString(), file -> file));
        } catch (NoSuchFileException | NotDirectoryException _) {
            return Map.of();
        }
    }

    private static void readInto(Map<String, Assignment> assignments, Path root, Path file) throws IOException {
        try {
            for (var line : Files.readAllLines(file)) {
                var text = line.strip();
                int equals = text.indexOf('=');
                if (equals > 0 && !text.startsWith("#") && !text.startsWith(";")) {
                    var value = text.substring(equals + 1).strip();
                    assignments.put(
                            key(text.substring(0, equals).strip()), new Assignment("/" + root.relativize(file), value));
                }
            }
        } catch (NoSuchFileException | MalformedInputException _) {
            // a link to nowhere, such as the one to /dev/null that hides a file; or no text
        }
    }

    /// With dots. A `-` before it says that it may fail. Whichever separator comes first is the separator, and the
    /// other one stands for itself.
    private static String key(String written) {
        var name = written.startsWith("-") ? written.substring(1) : written;
        int slash = name.indexOf('/');
        int dot = name.indexOf('.');
        return slash >= 0 && (dot < 0 || slash < dot) ? name.replace('/', '.') : name;
    }
}
