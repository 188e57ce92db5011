// Package scheduler renders templates as Kalypso's scheduler does. Its name shows in messages, as that of its type does.
package scheduler

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"github.com/mitchellh/hashstructure"
	"gopkg.in/yaml.v3"
)

// dataType is what templates see as the dot.
type dataType struct {
	DeploymentTargetName string
	Namespace            string
	Environment          string
	Workspace            string
	Workload             string
	Labels               map[string]string
	Manifests            map[string]string
	ClusterType          string
	ConfigData           map[string]any
}

// Rounds is how often a text is rendered before it is given up; the scheduler itself would go on until it crashes.
const Rounds = 32

// Render renders text until no action is left in it; settled tells whether that came to an end.
func Render(text string, fields map[string]any) (output string, settled bool, err error) {
	dot := data(fields)
	for range Rounds {
		if text, err = once(text, dot); err != nil {
			return "", true, err
		}
		if !strings.Contains(text, "{{") {
			return text, true, nil
		}
	}
	return "", false, nil
}

func once(text string, dot dataType) (string, error) {
	parsed, err := parse(text)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, dot)
	return out.String(), err
}

// RenderAll renders each of texts with each of dots, once; the outputs come dot by dot.
func RenderAll(texts []string, dots []map[string]any) ([]string, error) {
	parsed := make([]*template.Template, len(texts))
	for at, text := range texts {
		var err error
		if parsed[at], err = parse(text); err != nil {
			return nil, err
		}
	}
	outputs := make([]string, 0, len(texts)*len(dots))
	for _, fields := range dots {
		dot := data(fields)
		for _, one := range parsed {
			var out bytes.Buffer
			if err := one.Execute(&out, dot); err != nil {
				return nil, err
			}
			outputs = append(outputs, out.String())
		}
	}
	return outputs, nil
}

func parse(text string) (*template.Template, error) {
	return template.New("template").Funcs(sprig.TxtFuncMap()).Funcs(functions).Parse(text)
}

func data(fields map[string]any) dataType {
	var dot dataType
	made := reflect.ValueOf(&dot).Elem()
	for name, value := range fields {
		field := made.FieldByName(name)
		if field.Type() == reflect.TypeOf(dot.Labels) {
			value = stringsOf(value.(map[string]any))
		}
		field.Set(reflect.ValueOf(value))
	}
	return dot
}

func stringsOf(entries map[string]any) map[string]string {
	made := map[string]string{}
	for key, value := range entries {
		made[key] = value.(string)
	}
	return made
}

var functions = template.FuncMap{
	"toYaml":    toYaml,
	"stringify": stringify,
	"hash":      hash,
	"unquote":   unquote,
}

func toYaml(value any) string {
	written, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(written), "\n")
}

// stringify writes a map with string keys so that its lists and such maps are texts of YAML.
func stringify(value any) string {
	entries, isMap := value.(map[string]any)
	if !isMap {
		return toYaml(value)
	}
	texts := map[string]any{}
	for key, entry := range entries {
		switch entry.(type) {
		case []any, map[string]any:
			written, err := yaml.Marshal(entry)
			if err != nil {
				return ""
			}
			entry = string(written)
		}
		texts[key] = entry
	}
	return toYaml(texts)
}

func hash(value any) (string, error) {
	sum, err := hashstructure.Hash(value, nil)
	return fmt.Sprint(sum), err
}

func unquote(value any) string {
	held, isString := value.(string)
	if !isString {
		return ""
	}
	return strings.Trim(strings.Trim(strings.TrimSpace(held), `"`), "'")
}
