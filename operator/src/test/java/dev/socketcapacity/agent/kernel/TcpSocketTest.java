package dev.socketcapacity.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.kernel.TcpSocket.Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpSocketTest {

    @ParameterizedTest
    @ValueSource(strings = {"::1", "fd00:231:7::2", "2001:db8:1:2:3:4:5:6", "::"})
    void writesAnAddressAsPeopleDo(String text) {
        var bytes = ByteBuffer.wrap(InetAddress.ofLiteral(text).getAddress());
        assertThat(new Address(bytes.getLong(), bytes.getLong()).text()).isEqualTo(text);
    }

    @Test
    void anIpv4AddressIsTheSameInASocketForBoth() {
        assertThat(Address.ofIpv4(0x0a00_0007)).isEqualTo(new Address(0, 0xffff_0a00_0007L));
        assertThat(Address.ofIpv4(0xffff_ffff).text()).isEqualTo("255.255.255.255");
    }
}
