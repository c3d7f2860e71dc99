package dev.socketcapacity.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/// A wish: how many sockets the selected nodes must be able to hold. Written by the user, its status by the operator.
@Group(ApiGroup.NAME)
@Version(ApiGroup.VERSION)
@Kind("SocketCapacity")
@ShortNames("sockcap")
@ValidationRule(value = "size(self.metadata.name) <= 63", message = "metadata.name must have at most 63 characters")
@AdditionalPrinterColumn(
        name = "Inbound",
        jsonPath = ".spec.inboundConnections",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Outbound",
        jsonPath = ".spec.outboundConnections",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Nodes", jsonPath = ".status.nodes.summary")
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type=='Ready')].status")
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type=='Ready')].reason")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
        name = "Threads",
        jsonPath = ".spec.threads",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(name = "Message", jsonPath = ".status.conditions[?(@.type=='Ready')].message", priority = 1)
public class SocketCapacity extends CustomResource<SocketCapacitySpec, SocketCapacityStatus> {

    /// What the nodes must hold.
    @Override
    @Required
    public SocketCapacitySpec getSpec() {
        return super.getSpec();
    }

    @Override
    protected SocketCapacitySpec initSpec() {
        return null;
    }

    @Override
    protected SocketCapacityStatus initStatus() {
        return null;
    }
}
