package dev.socketcapacity.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/// One kernel setting and what it must be at least. The names are a closed table; the generator adds them as rules.
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(value = "has(self.value) != has(self.range)", message = "must set exactly one of value and range")
public record SettingRequirement(
        @Required @Size(max = 64) @JsonPropertyDescription("The setting's name. Required.")
        String name,

        @Min(0)
        @JsonPropertyDescription(
                "The least value, for settings that are one number. In the setting's own unit and range.")
        Long value,

        @JsonPropertyDescription("The ports that must at least be in it, for settings that are a range.")
        Range range) {

    /// A range of ports, both ends included.
    @ValidationRule(
            value = "self.first < self.last",
            messageExpression =
                    "'first must be less than last, but %d is not less than %d'.format([self.first, self.last])")
    public record Range(
            @Required @Min(1024) @Max(65535) @JsonPropertyDescription("The lowest port. 1024 to 65535. Required.")
            Long first,

            @Required
            @Min(1024)
            @Max(65535)
            @JsonPropertyDescription("The highest port. 1024 to 65535, more than first. Required.")
            Long last) {}
}
