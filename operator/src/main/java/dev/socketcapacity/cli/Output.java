package dev.socketcapacity.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// How a command says what it found: to people, or to programs.
final class Output {

    enum Format {
        table,
        json
    }

    @Spec(Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "<format>",
            defaultValue = "table",
            description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Format format;

    /// Prints one of the two.
    ///
    /// @param report a record, as `docs/sockcap.md` describes it
    /// @param text   may use picocli's marks, such as `@|bold text|@`, which are colours on a terminal only
    void print(Object report, Supplier<String> text) {
        var out = command.commandLine().getOut();
        switch (format) {
            case json -> out.println(json(report));
            case table ->
                out.print(command.commandLine().getColorScheme().ansi().string(text.get()));
        }
        out.flush();
    }

    private static String json(Object report) {
        var mapper = new ObjectMapper()
                .setDefaultPropertyInclusion(JsonInclude.Include.ALWAYS)
                .enable(SerializationFeature.INDENT_OUTPUT);
        try {
            return mapper.writeValueAsString(report);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report that is no JSON", e);
        }
    }
}
