package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"unicode/utf8"
)

func newReader(data []byte) io.Reader { return bytes.NewReader(data) }

// text is a string whose bytes need not be UTF-8: JSON holds each odd byte B as the lone surrogate DC00+B.
type text string

// MarshalJSON implements json.Marshaler.
func (t text) MarshalJSON() ([]byte, error) {
	out := []byte{'"'}
	for rest := string(t); rest != ""; {
		char, size := utf8.DecodeRuneInString(rest)
		if char == utf8.RuneError && size == 1 {
			out = fmt.Appendf(out, "\\udc%02x", rest[0])
		} else {
			quoted, err := json.Marshal(rest[:size])
			if err != nil {
				return nil, err
			}
			out = append(out, quoted[1:len(quoted)-1]...)
		}
		rest = rest[size:]
	}
	return append(out, '"'), nil
}

// untagged returns the Go value that a tagged one stands for:
// {"int": "1"}, {"float": "1.5"}, {"map": [[key, value], ...]} is a map[any]any, {"object": [[key, value], ...]}
// a map[string]any; null, booleans, strings and lists stand for themselves.
func untagged(value any) any {
	switch held := value.(type) {
	case []any:
		items := make([]any, len(held))
		for at, item := range held {
			items[at] = untagged(item)
		}
		return items
	case map[string]any:
		for tag, inner := range held {
			return ofTag(tag, inner)
		}
	}
	return value
}

func ofTag(tag string, inner any) any {
	switch tag {
	case "int":
		if number, err := strconv.Atoi(inner.(string)); err == nil {
			return number
		}
		number, err := strconv.ParseUint(inner.(string), 10, 64)
		check(err)
		return number
	case "float":
		number, err := strconv.ParseFloat(inner.(string), 64)
		check(err)
		return number
	case "map":
		made := map[any]any{}
		for _, pair := range inner.([]any) {
			made[untagged(pair.([]any)[0])] = untagged(pair.([]any)[1])
		}
		return made
	case "object":
		made := map[string]any{}
		for _, pair := range inner.([]any) {
			made[pair.([]any)[0].(string)] = untagged(pair.([]any)[1])
		}
		return made
	}
	panic("no tag is called " + tag)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// tagged is the reverse of untagged; the entries of a map are sorted by what JSON has for their keys.
func tagged(value any) any {
	switch held := value.(type) {
	case nil, bool:
		return held
	case string:
		return text(held)
	case float64:
		return answer{"float": shown(held)}
	case int, int64, uint64:
		return answer{"int": fmt.Sprint(held)}
	case []any:
		items := make([]any, len(held))
		for at, item := range held {
			items[at] = tagged(item)
		}
		return items
	case map[any]any:
		pairs := make([][2]any, 0, len(held))
		for key, item := range held {
			pairs = append(pairs, [2]any{tagged(key), tagged(item)})
		}
		sort.Slice(pairs, func(i, j int) bool {
			return bytes.Compare(marshalled(pairs[i][0]), marshalled(pairs[j][0])) < 0
		})
		return answer{"map": pairs}
	}
	panic(fmt.Sprintf("a %T has no tag", value))
}

func shown(number float64) string {
	if math.IsInf(number, 0) || math.IsNaN(number) {
		return map[bool]string{true: "nan", false: map[bool]string{true: "inf", false: "-inf"}[number > 0]}[math.IsNaN(number)]
	}
	return strconv.FormatFloat(number, 'g', -1, 64)
}
