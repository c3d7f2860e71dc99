package dev.socketcapacity.plan;

/// What is in use on a node now.
///
/// @param files       open files of all processes
/// @param tracked     tracked connections in the node's network namespace
/// @param tasks       processes and threads of the kernel
/// @param sockets     TCP sockets in the node's network namespace, and those of its pods where they can be counted
/// @param memoryTotal bytes
/// @param memoryFree  bytes that are free, or hold nothing but file contents: no slab counts as free
public record Usage(long files, long tracked, long tasks, long sockets, long memoryTotal, long memoryFree) {}
