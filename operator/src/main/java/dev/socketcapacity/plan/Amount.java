package dev.socketcapacity.plan;

/// One number: of files, entries, threads.
public record Amount(long number) implements Value {

    /// The kernel's unsigned answers above 2^63 - 1 are read as that: nothing we ask for is larger.
    public static Amount parse(String text) {
        var digits = text.strip();
        if (!digits.matches("-?[0-9]{1,20}")) {
            throw new IllegalArgumentException("not a number: '" + digits + "'");
        }
        var number = new java.math.BigInteger(digits);
        return new Amount(
                number.min(java.math.BigInteger.valueOf(Long.MAX_VALUE)).longValueExact());
    }

    @Override
    public boolean covers(Value other) {
        return number >= ((Amount) other).number;
    }

    @Override
    public Amount join(Value other) {
        return covers(other) ? this : (Amount) other;
    }

    @Override
    public String text() {
        return Long.toString(number);
    }
}
