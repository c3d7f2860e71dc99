package dev.socketcapacity.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.agent.kernel.Refusal.Cause;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class RefusalTest {

    private static final String FILE = "/proc/sys/net/core/somaxconn";

    @Test
    void theErrorOfAnOpenedFileIsKnownByItsWords() {
        assertThat(Refusal.of(new IOException("Invalid argument"))).isEqualTo(Cause.INVALID);
        assertThat(Refusal.of(new IOException("Operation not permitted"))).isEqualTo(Cause.NOT_PERMITTED);
        assertThat(Refusal.of(new IOException("Operation not supported"))).isEqualTo(Cause.OTHER_NAMESPACE);
        assertThat(Refusal.of(new IOException("No such file or directory"))).isEqualTo(Cause.ABSENT);
    }

    @Test
    void theErrorOfAnOpeningIsKnownByItsKindOrItsReason() {
        assertThat(Refusal.of(new AccessDeniedException(FILE))).isEqualTo(Cause.NOT_PERMITTED);
        assertThat(Refusal.of(new NoSuchFileException(FILE))).isEqualTo(Cause.ABSENT);
        assertThat(Refusal.of(new FileSystemException(FILE, null, "Read-only file system")))
                .isEqualTo(Cause.READ_ONLY);
    }

    @Test
    void anyOtherErrorKeepsItsWords() {
        assertThat(Refusal.of(new IOException("Cannot allocate memory")).sentence())
                .isEqualTo("Cannot allocate memory");
        assertThat(Refusal.of(new IOException()).sentence()).isEqualTo("the kernel gave no reason");
    }

    @Test
    void whatIsCutShortSaysHowShort() {
        assertThat(new Refusal.CutShort(11, 12).sentence()).isEqualTo("the kernel took 11 of 12 characters");
    }
}
