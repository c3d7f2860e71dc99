package dev.socketcapacity.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;

/// A label selector of nodes, as Kubernetes has it, with bounds.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NodeSelector(
        @Size(max = 16)
        @ValidationRule(
                value = "self.all(k, size(k) <= 317 && !format.qualifiedName().validate(k).hasValue()"
                        + " && !format.labelValue().validate(self[k]).hasValue())",
                message =
                        "must be labels: keys such as example.com/pool, values of at most 63 letters, digits, '-', '_', '.'")
        @JsonPropertyDescription("Labels that a node must have, with these values. At most 16. Left out: any labels.")
        Map<String, @Size(max = 63) String> matchLabels,

        @Size(max = 16)
        @JsonPropertyDescription(
                "Further conditions on a node's labels, all of which must hold. At most 16. Left out: none.")
        List<Expression> matchExpressions) {

    public NodeSelector {
        matchLabels = matchLabels == null ? Map.of() : Map.copyOf(matchLabels);
        matchExpressions = matchExpressions == null ? List.of() : List.copyOf(matchExpressions);
    }

    /// Whether a node with these labels is selected. An operator this version does not know selects nothing.
    public boolean matches(Map<String, String> labels) {
        return labels.entrySet().containsAll(matchLabels.entrySet())
                && matchExpressions.stream().allMatch(expression -> expression.matches(labels));
    }

    /// One condition on one label.
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @ValidationRule(
            value = "!has(self.operator) || self.operator in ['In', 'NotIn', 'Exists', 'DoesNotExist']",
            message = "must be one of: In, NotIn, Exists, DoesNotExist",
            fieldPath = ".operator")
    @ValidationRule(
            value =
                    "!has(self.operator) || (self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            message = "must be given with In and NotIn, and left out with Exists and DoesNotExist",
            fieldPath = ".values")
    public record Expression(
            @Required @Size(min = 1, max = 317) @JsonPropertyDescription("The label's key. Required.")
            String key,

            @Required
            @Size(max = 16)
            @JsonPropertyDescription("How the label is compared: In, NotIn, Exists or DoesNotExist. Required.")
            String operator,

            @Size(max = 64)
            @JsonPropertyDescription("The values that In and NotIn compare with. At most 64. Left out with Exists and"
                    + " DoesNotExist.")
            List<@Size(max = 63) String> values) {

        public Expression {
            values = values == null ? List.of() : List.copyOf(values);
        }

        boolean matches(Map<String, String> labels) {
            var value = labels.get(key);
            return switch (operator) {
                case "In" -> value != null && values.contains(value);
                case "NotIn" -> value == null || !values.contains(value);
                case "Exists" -> value != null;
                case "DoesNotExist" -> value == null;
                default -> false;
            };
        }
    }
}
