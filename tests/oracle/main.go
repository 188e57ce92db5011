// Command oracle answers cases with the very packages that Kalypso's scheduler is built of.
//
// Each line of standard input is a case in JSON, each line of standard output its answer; see the files for the
// fields of each kind. A case that makes a package recurse for ever ends the program, as it ends the scheduler: the last
// answer is then that of the case before. What comes out differently from run to run, since Go goes through maps in random order, is
// answered several times over: "answers" holds the answers that differ.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"sort"
)

// A question is one case: its kind, and what that kind needs.
type question struct {
	Kind     string         `json:"kind"`
	Tries    int            `json:"tries"`
	Template string         `json:"template"`
	Dot      map[string]any `json:"dot"`
	Value    any            `json:"value"`
	YAML     string         `json:"yaml"`
	Schema   string         `json:"schema"`
	Document string         `json:"document"`
	Pattern  string         `json:"pattern"`
	Text     string         `json:"text"`

	Templates []string         `json:"templates"`
	Dots      []map[string]any `json:"dots"`
}

// An answer is what JSON shall hold of it.
type answer map[string]any

var kinds = map[string]func(question) answer{
	"template":   renderTemplate,
	"yaml-write": writeYAML,
	"yaml-read":  readYAML,
	"schema":     checkSchema,
	"regexp":     matchPattern,
	"timed":      renderTimed,
}

const maxStack = 64 << 20

// offline lets nothing be fetched, as a schema may ask for.
type offline struct{}

// RoundTrip implements http.RoundTripper.
func (offline) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("nothing is fetched")
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	debug.SetMaxStack(maxStack)
	http.DefaultTransport = offline{}
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			out.Write(append(answerLine(line), '\n'))
			out.Flush()
		}
		if err != nil {
			return
		}
	}
}

func answerLine(line []byte) []byte {
	var asked question
	decoder := json.NewDecoder(newReader(line))
	decoder.UseNumber()
	if err := decoder.Decode(&asked); err != nil {
		return marshalled(answer{"fault": err.Error()})
	}
	give, known := kinds[asked.Kind]
	if !known {
		return marshalled(answer{"fault": fmt.Sprintf("no kind is called %q", asked.Kind)})
	}
	different := map[string]bool{}
	for try := 0; try < max(asked.Tries, 1); try++ {
		different[string(marshalled(guarded(give, asked)))] = true
	}
	answers := make([]string, 0, len(different))
	for one := range different {
		answers = append(answers, one)
	}
	sort.Strings(answers)
	raw := make([]json.RawMessage, len(answers))
	for at, one := range answers {
		raw[at] = json.RawMessage(one)
	}
	return marshalled(answer{"answers": raw})
}

// guarded gives the answer, or tells of a panic: the scheduler recovers from one and tries again for ever.
func guarded(give func(question) answer, asked question) (given answer) {
	defer func() {
		if fault := recover(); fault != nil {
			given = answer{"panic": text(fmt.Sprint(fault))}
		}
	}()
	return give(asked)
}

func marshalled(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		data, _ = json.Marshal(answer{"fault": err.Error()})
	}
	return data
}
