package dev.socketcapacity.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/// One node's part: what it must hold, written by the operator, and what it does hold, written by the node's agent.
/// Named as the node and owned by it.
@Group(ApiGroup.NAME)
@Version(ApiGroup.VERSION)
@Kind("NodeSocketCapacity")
@Singular("nodesocketcapacity")
@Plural("nodesocketcapacities")
@ShortNames("nsockcap")
@AdditionalPrinterColumn(
        name = "Inbound",
        jsonPath = ".spec.target.inboundConnections",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Outbound",
        jsonPath = ".spec.target.outboundConnections",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Held", jsonPath = ".status.proved.held", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type=='Ready')].status")
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type=='Ready')].reason")
@AdditionalPrinterColumn(name = "Bottleneck", jsonPath = ".status.bottleneck.limit")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Action", jsonPath = ".spec.action", priority = 1)
@AdditionalPrinterColumn(name = "Message", jsonPath = ".status.conditions[?(@.type=='Ready')].message", priority = 1)
public class NodeSocketCapacity extends CustomResource<NodeSocketCapacitySpec, NodeSocketCapacityStatus> {

    /// What the node must hold.
    @Override
    @Required
    public NodeSocketCapacitySpec getSpec() {
        return super.getSpec();
    }

    @Override
    protected NodeSocketCapacitySpec initSpec() {
        return null;
    }

    @Override
    protected NodeSocketCapacityStatus initStatus() {
        return null;
    }
}
