package dev.socketcapacity.plan;

/// What a setting can be. Values of one shape form a lattice in which larger holds more: a join never holds less than
/// either side, which is why nothing that is joined is ever lowered.
public sealed interface Value permits Amount, PortRange, PortSet {

    /// Whether this holds at least what `other` does.
    boolean covers(Value other);

    /// The least value that covers both.
    Value join(Value other);

    /// As one writes it to the kernel, and to people.
    String text();

    /// The shapes.
    enum Shape {
        AMOUNT {
            @Override
            public Value parse(String text) {
                return Amount.parse(text);
            }
        },
        RANGE {
            @Override
            public Value parse(String text) {
                return PortRange.parse(text);
            }
        },
        PORTS {
            @Override
            public Value parse(String text) {
                return PortSet.parse(text);
            }
        };

        /// Reads what the kernel answers: white space of any kind between numbers, none that matters around them.
        ///
        /// @throws IllegalArgumentException where the text is not of this shape
        public abstract Value parse(String text);
    }
}
