/// One reading of everything that limits sockets and threads, of a machine or of one process on it: what the kernel's
/// edge reads, in the planner's words. It changes nothing, and goes on where it may not look.
package dev.socketcapacity.agent.survey;
