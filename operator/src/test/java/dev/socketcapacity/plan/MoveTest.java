package dev.socketcapacity.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.socketcapacity.plan.Move.Keep;
import dev.socketcapacity.plan.Move.Lower;
import dev.socketcapacity.plan.Move.Memory;
import dev.socketcapacity.plan.Move.Raise;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MoveTest {

    private static final Memory FOUND_100_WROTE_500 = memory(amount(100), amount(500));

    @Test
    void raisesWhatIsTooLittle() {
        assertThat(Move.towards(amount(500), amount(100), Optional.empty())).isEqualTo(new Raise(amount(500)));
    }

    @Test
    void keepsWhatIsEnoughWhoeverSetIt() {
        assertThat(Move.towards(amount(500), amount(900), Optional.empty())).isEqualTo(new Keep());
        assertThat(Move.towards(amount(500), amount(900), Optional.of(FOUND_100_WROTE_500)))
                .isEqualTo(new Keep());
    }

    @Test
    void lowersWhatWeWroteToTheWishAndNeverBelowWhatWasFound() {
        assertThat(Move.towards(amount(300), amount(500), Optional.of(FOUND_100_WROTE_500)))
                .isEqualTo(new Lower(amount(300)));
        assertThat(Move.towards(amount(20), amount(500), Optional.of(FOUND_100_WROTE_500)))
                .isEqualTo(new Lower(amount(100)));
    }

    @Test
    void widensARangeOverWhatWasFound() {
        assertThat(Move.towards(new PortRange(40_000, 65_000), new PortRange(32_768, 60_999), Optional.empty()))
                .isEqualTo(new Raise(new PortRange(32_768, 65_000)));
    }

    @Test
    void aRangeOfOursFollowsTheWishAtBothEndsInOneStepAndSomebodyElsesOnlyGrows() {
        var memory = memory(new PortRange(32_768, 60_999), new PortRange(20_000, 60_999));
        var wished = new PortRange(30_000, 65_535);

        assertThat(Move.towards(wished, new PortRange(20_000, 60_999), Optional.of(memory)))
                .isEqualTo(new Raise(wished));
        assertThat(Move.towards(wished, new PortRange(19_999, 60_999), Optional.of(memory)))
                .isEqualTo(new Raise(new PortRange(19_999, 65_535)));
    }

    @Test
    void reservedPortsOnlyGrowWhileTheyAreWishedFor() {
        var memory = memory(ports("8080"), ports("8080,9000-9100"));
        assertThat(Move.towards(ports("9000"), ports("8080,9000-9100"), Optional.of(memory)))
                .isEqualTo(new Keep());
    }

    @Test
    void putsBackWhatIsStillOurs() {
        assertThat(Move.back(amount(500), FOUND_100_WROTE_500)).isEqualTo(new Lower(amount(100)));
    }

    @Test
    void leavesWhatSomebodyElseChangedSince() {
        assertThat(Move.back(amount(501), FOUND_100_WROTE_500)).isEqualTo(new Keep());
        assertThat(Move.back(amount(50), FOUND_100_WROTE_500)).isEqualTo(new Keep());
    }

    @Test
    void putsBackAfterAWriteThatWasCutShortWhicheverValueTheKernelHolds() {
        var memory = memory(amount(100), amount(100), amount(500));
        assertThat(Move.back(amount(100), memory)).isEqualTo(new Keep());
        assertThat(Move.back(amount(500), memory)).isEqualTo(new Lower(amount(100)));
    }

    @Test
    void subtractsOnlyThePortsThatWeAdded() {
        var memory = memory(ports("8080"), ports("8080,9000-9100"));
        assertThat(Move.back(ports("7000,8080,9000-9100"), memory)).isEqualTo(new Lower(ports("7000,8080")));
        assertThat(Move.back(ports("7000,8080"), memory)).isEqualTo(new Keep());
    }

    @Test
    void anEmptyListOfPortsComesBackEmpty() {
        assertThat(Move.back(ports("9000"), memory(PortSet.EMPTY, ports("9000"))))
                .isEqualTo(new Lower(PortSet.EMPTY));
    }

    /// Over random wishes, kernels and memories: what was found is never lost, and the second time nothing is left to
    /// do.
    @Test
    void neverGoesBelowWhatWasFoundAndIsDoneAfterOneStep() {
        var seed = new Random().nextLong();
        var random = new Random(seed);
        for (var i = 0; i < 100_000; i++) {
            var found = amount(random.nextInt(1_000));
            var written = amount(random.nextInt(1_000));
            var actual = random.nextBoolean() ? written : amount(random.nextInt(1_000));
            var memory = Optional.of(memory(found, written)).filter(_ -> random.nextBoolean());
            var required = amount(random.nextInt(1_000));

            var move = Move.towards(required, actual, memory);
            var then = after(move, actual);

            assertThat(then.covers(required))
                    .as("seed %d: holds the wish", seed)
                    .isTrue();
            assertThat(memory.isEmpty() || then.covers(found))
                    .as("seed %d: never below what was found", seed)
                    .isTrue();
            assertThat(memory.isPresent() || then.covers(actual))
                    .as("seed %d: lowers only ours", seed)
                    .isTrue();
            var remembered = move instanceof Keep
                    ? memory
                    : Optional.of(memory(memory.map(Memory::original).orElse(actual), then));
            assertThat(Move.towards(required, then, remembered))
                    .as("seed %d: done", seed)
                    .isEqualTo(new Keep());
        }
    }

    private static Value after(Move move, Value actual) {
        return switch (move) {
            case Keep _ -> actual;
            case Raise(var to) -> to;
            case Lower(var to) -> to;
        };
    }

    private static Memory memory(Value original, Value... written) {
        return new Memory(original, original, List.of(written));
    }

    private static Value amount(long number) {
        return new Amount(number);
    }

    private static Value ports(String text) {
        return PortSet.parse(text);
    }
}
