package dev.socketcapacity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is refused before anything is opened.
class ProbeCommandTest {

    @ParameterizedTest
    @CsvSource(textBlock = """
            probe,                                             --connections
            probe -c 0,                                        from 1 to 16777216
            probe -c -5,                                       from 1 to 16777216
            probe -c 1000000000000,                            from 1 to 16777216
            probe -c many,                                     'many'
            probe -c 1e6,                                      '1e6'
            probe -c 10 --rate 0,                              from 1 to 1000000
            probe -c 10 --rate 1000001,                        from 1 to 1000000
            probe -c 10 --hold -1,                             from 0 to 86400
            probe -c 10 --hold 1.5,                            '1.5'
            probe -c 10 --timeout 0,                           from 1 to
            probe -c 10 --hold 5 --timeout 5,                  longer than --hold
            probe -c 10 --tables 0,                            from 1 to 256
            probe -c 10 --tables 11,                           at most as many as --connections
            probe -c 10 --destinations 0,                      from 1 to 1000
            probe -c 10 --destinations 11,                     at most as many as --connections
            probe -c 10 --output yaml,                         'yaml'
            probe -c 10 10.0.0.7:7474,                         '10.0.0.7:7474'
            probe connect -c 10,                               <address:port>
            probe connect 10.0.0.7 -c 10,                      '10.0.0.7'
            probe connect 10.0.0.7:7474,                       --connections
            probe connect 10.0.0.7:1 10.0.0.7:2 -c 1,          at least one to each of 2
            probe serve --listen 7474,                         '7474'
            """)
    void whatMakesNoSenseIsRefusedWithWhatIsAllowed(String arguments, String said) {
        var ran = Ran.of(Sockcap::commandLine, new PlainErrors(false)::execute, arguments);

        assertThat(ran.exit()).isEqualTo(Sockcap.WRONG_USAGE);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).startsWith("sockcap: ").contains(said).hasLineCount(1);
    }
}
