package dev.socketcapacity.agent.probe;

import java.time.Duration;
import java.util.Optional;

/// How a probe's connections were opened.
///
/// @param took               from the first connection to the last
/// @param median             of the times that connect(2) took, the whole handshake included
/// @param ninety             their 90th percentile
/// @param ninetyNine         their 99th percentile
/// @param tracked            whether the kernel tracks them, so that they exercise net.netfilter.nf_conntrack_max
/// @param bytesPerConnection of kernel memory, both ends together, by what its caches grew; rough where other things
///                           happen on the machine, and 0 where they are too few to tell
/// @param slowDown           empty where connect(2) had not to search for local ports
public record Opening(
        Duration took,
        Duration median,
        Duration ninety,
        Duration ninetyNine,
        Duration longest,
        boolean tracked,
        long bytesPerConnection,
        Optional<SlowDown> slowDown) {}
