package dev.socketcapacity.agent.survey;

import java.io.IOException;

/// There is no process of that pid that has limits, or no longer. The message is a sentence for people.
public final class NoSuchProcessException extends IOException {

    NoSuchProcessException(String message) {
        super(message);
    }
}
