package dev.socketcapacity.cli;

import dev.socketcapacity.api.Bounds;
import dev.socketcapacity.api.SettingRequirement;
import dev.socketcapacity.api.Target;
import dev.socketcapacity.plan.PortRange;
import dev.socketcapacity.plan.PortSet;
import dev.socketcapacity.plan.Setting;
import dev.socketcapacity.plan.Value;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// What this machine shall hold, as a SocketCapacity object would ask for it.
final class WishOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--inbound",
            paramLabel = "<connections>",
            converter = ConnectionsConverter.class,
            description = "Established connections that processes here must be able to hold as the accepting side: a"
                    + " total, what runs already counts towards it. 1 to " + Bounds.MAX_CONNECTIONS + ".")
    private Long inbound;

    @Option(
            names = "--outbound",
            paramLabel = "<connections>",
            converter = ConnectionsConverter.class,
            description = "The same as the connecting side, to one destination. More than " + Bounds.MAX_OUTBOUND
                    + " take several addresses, and it says how many.")
    private Long outbound;

    @Option(
            names = "--threads",
            paramLabel = "<threads>",
            converter = ThreadsConverter.class,
            description = "Threads that thread-per-connection servers here need. 1 to " + Bounds.MAX_THREADS + ".")
    private Long threads;

    @Option(
            names = "--set",
            paramLabel = "<name=value>",
            description = "A setting, and what it must be at least; may be given several times. A range is written"
                    + " 1024-65535.")
    private Map<String, String> settings = Map.of();

    @Option(
            names = "--reserve",
            paramLabel = "<ports>",
            defaultValue = "",
            converter = PortSetConverter.class,
            description = "Ports and ranges, separated by commas, that must never become ephemeral.")
    private PortSet reserve;

    /// @throws ParameterException where nothing is asked for, or a setting that there is not
    Target target() {
        var target = new Target(inbound, outbound, threads, requirements(), reserve.items(), null);
        if (inbound == null && outbound == null && threads == null && settings.isEmpty()) {
            throw wrong("Nothing is asked for: give at least one of --inbound, --outbound, --threads, --set");
        }
        return target;
    }

    private List<SettingRequirement> requirements() {
        return new TreeMap<>(settings)
                .entrySet().stream()
                        .map(asked -> requirement(asked.getKey(), asked.getValue()))
                        .toList();
    }

    private SettingRequirement requirement(String name, String value) {
        var setting = Setting.requestable(name)
                .orElseThrow(() -> wrong("--set knows no setting '%s', only %s"
                        .formatted(
                                name,
                                String.join(
                                        ", ",
                                        Arrays.stream(Setting.values())
                                                .filter(Setting::isRequestable)
                                                .map(Setting::key)
                                                .toList()))));
        try {
            return switch (setting.shape()) {
                case AMOUNT, PORTS -> new SettingRequirement(name, within(value, setting.min(), setting.max()), null);
                case RANGE -> {
                    var range = (PortRange) Value.Shape.RANGE.parse(value.replace('-', ' '));
                    yield new SettingRequirement(
                            name, null, new SettingRequirement.Range((long) range.first(), (long) range.last()));
                }
            };
        } catch (IllegalArgumentException _) {
            throw wrong("--set %s must be %s, not '%s'"
                    .formatted(
                            name,
                            setting.shape() == Value.Shape.RANGE
                                    ? "a range of ports such as 1024-65535"
                                    : "a number from %d to %d".formatted(setting.min(), setting.max()),
                            value));
        }
    }

    private static Long within(String text, long min, long max) {
        var number = Long.parseLong(text);
        if (number < min || number > max) {
            throw new IllegalArgumentException();
        }
        return number;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    private static Long parse(String text, long max) {
        try {
            return within(text, 1, max);
        } catch (IllegalArgumentException _) {
            throw new TypeConversionException("must be a number from 1 to %d, not '%s'".formatted(max, text));
        }
    }

    static final class ConnectionsConverter implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return parse(text, Bounds.MAX_CONNECTIONS);
        }
    }

    static final class ThreadsConverter implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return parse(text, Bounds.MAX_THREADS);
        }
    }
}
