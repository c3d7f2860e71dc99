/// What to do, as data: wishes merged into targets, targets and observations derived into values, values compared
/// with what the kernel says, and a fleet's next steps. Pure: no client, no clock, no files, no log. The operator
/// uses it for the merge and the fleet, the agent for the node.
package dev.socketcapacity.plan;
