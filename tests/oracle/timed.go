package main

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"oracle/scheduler"
)

// renderTimed renders each of "templates", which are parsed once, with the fields of each of "dots", and tells how long
// that took, and the hash of all output one after the other. Nothing rendered is rendered again.
func renderTimed(asked question) answer {
	dots := make([]map[string]any, len(asked.Dots))
	for at, dot := range asked.Dots {
		dots[at] = map[string]any{}
		for name, value := range dot {
			dots[at][name] = untagged(value)
		}
	}
	began := time.Now()
	outputs, err := scheduler.RenderAll(asked.Templates, dots)
	took := time.Since(began)
	if err != nil {
		return answer{"error": text(err.Error())}
	}
	hash := sha256.New()
	for _, output := range outputs {
		hash.Write([]byte(output))
	}
	return answer{"seconds": took.Seconds(), "sha256": hex.EncodeToString(hash.Sum(nil))}
}
