package dev.socketcapacity.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// An address and a port, such as `10.0.0.7:7474` or `[fd00::7]:7474`.
final class AddressConverter implements ITypeConverter<InetSocketAddress> {

    private static final Pattern FORM =
            Pattern.compile("(\\[(?<inet6>[^]%]+)]|(?<other>[^:\\[\\]]+)):(?<port>\\d{1,5})");
    private static final int MAX_PORT = 65_535;

    @Override
    public InetSocketAddress convert(String text) {
        var form = FORM.matcher(text);
        if (!form.matches() || Integer.parseInt(form.group("port")) > MAX_PORT) {
            throw new TypeConversionException(
                    "must be an address and a port, such as 10.0.0.7:7474 or [fd00::7]:7474, not '%s'".formatted(text));
        }
        var host = form.group("inet6") == null ? form.group("other") : "[" + form.group("inet6") + "]";
        try {
            return new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(form.group("port")));
        } catch (UnknownHostException _) {
            throw new TypeConversionException("names no address: '%s'".formatted(text));
        }
    }

    /// As it is written on a command line.
    static String text(InetSocketAddress address) {
        var host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[%s]:%d" : "%s:%d").formatted(host, address.getPort());
    }
}
