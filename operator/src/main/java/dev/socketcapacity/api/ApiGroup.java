package dev.socketcapacity.api;

/// The names that both kinds share, and the labels on what the operator makes.
public final class ApiGroup {

    public static final String NAME = "socketcapacity.dev";
    public static final String VERSION = "v1beta1";

    /// On a node object: [NodeState], so that `kubectl get nsockcap -l socketcapacity.dev/state=stalled` lists the
    /// rest.
    public static final String STATE_LABEL = NAME + "/state";

    /// On a Node, by its owner: where it is `true`, nothing is written or probed there until it goes, a release
    /// included.
    public static final String HANDS_OFF_LABEL = NAME + "/hands-off";

    /// On a wish, by its owner: whenever its value changes, each of its nodes probes once more.
    public static final String PROBE_ANNOTATION = NAME + "/probe";

    private ApiGroup() {}
}
