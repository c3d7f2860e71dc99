package dev.socketcapacity.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Whether somebody watches. Java's console tells only where input and output are both a terminal.
final class Terminal {

    static final int OUT = 1;
    static final int ERR = 2;

    private Terminal() {}

    /// @param descriptor [#OUT] or [#ERR]
    static boolean isAt(int descriptor) {
        try {
            var file = Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(descriptor)));
            return file.toString().matches("/dev/(pts/\\d+|tty.*|console)");
        } catch (IOException _) {
            return false;
        }
    }
}
