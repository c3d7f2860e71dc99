/// The accept probe: it opens the connections that a node is wished to hold, holds them at one moment, says how many
/// there were, and what was in the way of more.
///
/// [ChildProbe] starts a process of its own for each run, [ProbeChild], so that the connections, their descriptors and
/// their memory end with it. They speak in lines of text, [ProbeEvent]. In the child a [Lane] is up to one
/// [DescriptorTable]'s worth of connections, and the [Witness] sees what the kernel counts when one is refused, of
/// which
/// [Cause] makes an [Obstacle] with its evidence.
package dev.socketcapacity.agent.probe;
