package dev.socketcapacity.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;

/// How large a node's object gets, as JSON without managed fields: thousands of them are kept, watched and listed. The
/// spec is what it is; so the report, which follows it, takes what is left.
final class ObjectSize {

    /// Bytes.
    static final int MAX = 8 * 1024;

    /// Bytes.
    static final int MAX_STATUS = 4 * 1024;

    /// Bytes of all that is neither spec nor status, for a node's name of up to 150 characters.
    private static final int REST = 768;

    private static final ObjectMapper JSON = new ObjectMapper();

    private ObjectSize() {}

    /// The report with as many of its settings as there is room for beside the spec; the others are counted.
    static NodeSocketCapacityStatus fit(NodeSocketCapacityStatus report, NodeSocketCapacitySpec spec) {
        var room = Math.min(MAX_STATUS, MAX - REST - bytes(spec));
        var fitting = report;
        while (bytes(fitting) > room && !fitting.settings().isEmpty()) {
            fitting = fitting.withoutLastSetting();
        }
        return fitting;
    }

    static int bytes(Object part) {
        try {
            return JSON.writeValueAsBytes(part).length;
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("our own object is no JSON", impossible);
        }
    }
}
