package dev.socketcapacity.cli;

import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// The version of the jar that runs, under the name that it was started by.
final class Version implements IVersionProvider {

    @Spec
    private CommandSpec command;

    @Override
    public String[] getVersion() {
        var version = Version.class.getPackage().getImplementationVersion();
        return new String[] {command.root().name() + " " + (version == null ? "(not packaged)" : version)};
    }
}
