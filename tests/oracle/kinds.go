package main

import (
	"regexp"
	"sort"

	"oracle/scheduler"

	"github.com/xeipuuv/gojsonschema"
	yamlv2 "gopkg.in/yaml.v2"
	"gopkg.in/yaml.v3"
)

// renderTemplate renders "template" with the fields of "dot", whose values are tagged.
func renderTemplate(asked question) answer {
	fields := map[string]any{}
	for name, value := range asked.Dot {
		fields[name] = untagged(value)
	}
	output, settled, err := scheduler.Render(asked.Template, fields)
	switch {
	case err != nil:
		return answer{"error": text(err.Error())}
	case !settled:
		return answer{"unsettled": true}
	}
	return answer{"output": text(output)}
}

// writeYAML writes the tagged "value".
func writeYAML(asked question) answer {
	data, err := yaml.Marshal(untagged(asked.Value))
	if err != nil {
		return answer{"error": text(err.Error())}
	}
	return answer{"yaml": text(data)}
}

// readYAML reads "yaml", as the values of config maps are read.
func readYAML(asked question) answer {
	var value any
	if err := yamlv2.Unmarshal([]byte(asked.YAML), &value); err != nil {
		return answer{"error": text(err.Error())}
	}
	return answer{"value": tagged(value)}
}

// checkSchema checks the JSON text "document" by the JSON text "schema".
func checkSchema(asked question) answer {
	result, err := gojsonschema.Validate(
		gojsonschema.NewStringLoader(asked.Schema), gojsonschema.NewStringLoader(asked.Document))
	if err != nil {
		return answer{"error": text(err.Error())}
	}
	violations := []string{}
	for _, violation := range result.Errors() {
		violations = append(violations, violation.String())
	}
	sort.Strings(violations)
	told := make([]text, len(violations))
	for at, one := range violations {
		told[at] = text(one)
	}
	return answer{"violations": told}
}

// matchPattern finds all that "pattern" matches in "text": where each match and its groups begin and end, in bytes.
func matchPattern(asked question) answer {
	pattern, err := regexp.Compile(asked.Pattern)
	if err != nil {
		return answer{"error": text(err.Error())}
	}
	matches := pattern.FindAllStringSubmatchIndex(asked.Text, -1)
	if matches == nil {
		matches = [][]int{}
	}
	return answer{"matches": matches}
}
