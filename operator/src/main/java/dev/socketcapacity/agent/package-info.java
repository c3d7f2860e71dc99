/// One node's agent: derives the values from wish and observation, makes the kernel agree, proves it, reports. It
/// works on from its last wish, which is on disk, when the API server is gone.
package dev.socketcapacity.agent;
