package dev.socketcapacity.agent;

import java.util.List;

/// One setting as we found it, and what we made of it.
///
/// @param namespace where and for how long this holds: a boot id, and the namespace's own mark where it has one
/// @param original  what we found before we first wrote it, as the kernel said it
/// @param written   what the kernel may hold by our hand: one value, or two while a write is under way
record Found(String namespace, String original, List<String> written) {

    Found {
        written = List.copyOf(written);
    }

    Found having(List<String> newWritten) {
        return new Found(namespace, original, newWritten);
    }
}
