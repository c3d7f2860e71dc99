package dev.socketcapacity.agent.kernel;

import static java.util.Objects.requireNonNullElse;

import dev.socketcapacity.agent.kernel.Libc.Errno;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;

/// Why the kernel did not take a value.
public sealed interface Refusal {

    /// For people, such as `it is read-only here`.
    String sentence();

    /// Those that have a name.
    enum Cause implements Refusal {
        /// The kernel's own words, since one searches for them. A vector may be half-applied all the same.
        INVALID(Errno.EINVAL, "Invalid argument"),
        READ_ONLY(Errno.EROFS, "it is read-only here"),
        NOT_PERMITTED(Errno.EPERM, "there is no permission to write it here"),
        ABSENT(Errno.ENOENT, "there is no such setting here"),
        OTHER_NAMESPACE(Errno.EOPNOTSUPP, "it can't be set from this namespace");

        private final Errno errno;
        private final String sentence;

        Cause(Errno errno, String sentence) {
            this.errno = errno;
            this.sentence = sentence;
        }

        @Override
        public String sentence() {
            return sentence;
        }
    }

    /// The kernel reads no more than 4095 characters of a list (`proc_do_large_bitmap`), and of a number only as many
    /// as make sense to it.
    record CutShort(int taken, int length) implements Refusal {

        @Override
        public String sentence() {
            return "the kernel took %d of %d characters".formatted(taken, length);
        }
    }

    /// Such as `Cannot allocate memory`, for a table.
    record Other(String sentence) implements Refusal {}

    /// The JDK passes on the error's words where it has no exception for it.
    static Refusal of(IOException refused) {
        return switch (refused) {
            case AccessDeniedException _ -> Cause.NOT_PERMITTED;
            case NoSuchFileException _ -> Cause.ABSENT;
            case FileSystemException other -> of(other.getReason());
            default -> of(refused.getMessage());
        };
    }

    private static Refusal of(String words) {
        return Arrays.stream(Cause.values())
                .filter(cause -> cause.errno.words().equals(words))
                .<Refusal>map(cause -> cause)
                .findFirst()
                .orElseGet(() -> new Other(requireNonNullElse(words, "the kernel gave no reason")));
    }
}
