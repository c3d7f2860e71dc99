/// The accept probe: it opens the connections that a node is wished to hold, holds them at one moment, and says how
/// many there were.
///
/// [HostToPodProbe] starts a process of its own for each run, [ProbeChild], so that the connections, their descriptors
/// and their memory end with it. They speak in lines of text, [ProbeEvent]. In the child a [Lane] is up to one
/// descriptor table's worth of connections, with a [DescriptorTable] at each side.
package dev.socketcapacity.agent.probe;
