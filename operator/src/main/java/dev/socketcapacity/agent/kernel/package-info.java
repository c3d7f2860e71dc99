/// The one place that touches the machine: procfs, namespaces, system calls. It knows no Kubernetes and decides
/// nothing.
package dev.socketcapacity.agent.kernel;
