package dev.socketcapacity.cli;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;

/// Whether somebody watches. Java's console tells only where input and output are both a terminal.
final class Terminal {

    private static final int OUT = 1;
    private static final int ERR = 2;

    private Terminal() {}

    /// Whether what is printed is seen at once, and block characters arrive as such.
    static boolean shows(String characters) {
        var charset = Charset.forName(System.getProperty("stdout.encoding", "US-ASCII"));
        return isAt(OUT) && charset.newEncoder().canEncode(characters);
    }

    /// Whether what is told beside it is seen at once.
    static boolean showsProgress() {
        return isAt(ERR);
    }

    private static boolean isAt(int descriptor) {
        try {
            var file = Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(descriptor)));
            return file.toString().matches("/dev/(pts/\\d+|tty.*|console)");
        } catch (IOException _) {
            return false;
        }
    }
}
