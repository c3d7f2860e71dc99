package dev.socketcapacity.plan;

/// What to change about a limit, where. A command, or a sentence; null where nothing can be done there.
///
/// @param now     for what runs, without starting it again
/// @param service for what starts it: a unit of systemd, a pod, the program itself
/// @param node    for the machine
public record Fix(String now, String service, String node) {}
