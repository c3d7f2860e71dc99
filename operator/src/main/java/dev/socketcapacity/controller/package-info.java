/// The operator: merges wishes, hands each node its target, runs the agents, tells the story back. It derives no
/// values: only a node knows its listeners, its memory, and what was there.
package dev.socketcapacity.controller;
