/// The accept probe: it opens the connections that a node is wished to hold, holds them at one moment, says how many
/// there were, and what was in the way of more.
///
/// [ProbeEngine] does so, and tells [ProbeEvent]s. [ChildProbe] starts it in a process of its own for each run,
/// [ProbeChild], so that the connections, their descriptors and their memory end with it, and hears the events as lines
/// of text; [InProcessProbe] runs it where nothing else lives. A [Lane] is up to one [DescriptorTable]'s worth of
/// connections, and the [Witness] sees what the kernel counts when one is refused: from that [Cause] makes an
/// [Obstacle] with its evidence. Where connections only get slow, a [PortSearch] shows it. A [ProbeServer] is the
/// accepting side of probes from elsewhere.
package dev.socketcapacity.agent.probe;
