package notify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/internal/facts"
)

// A Message is what a receiver gets, in the form that Standard Webhooks advises.
type Message struct {
	Type      string    `json:"type"` // as queue.entered
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

// body makes the message of a fact for a tenant. What a call's end tells is its record.
func body(tenant string, f facts.Fact) ([]byte, error) {
	data := f.Data()
	if record := f.Fields["cdr"]; record != "" {
		data = map[string]any{"call": f.Call, "record": json.RawMessage(record)}
	}
	data["tenant"] = tenant
	out, err := json.Marshal(Message{Type: string(f.Name), Timestamp: f.At.UTC(), Data: data})
	if err != nil {
		return nil, fmt.Errorf("message of %s: %w", f.Name, err)
	}
	return out, nil
}

// Wants reports whether a receiver that asked for some events wants one: by name, or all of
// a kind, as queue.*; who asked for none wants all.
func Wants(asked []string, name facts.Name) bool {
	kind, _, _ := strings.Cut(string(name), ".")
	return len(asked) == 0 || slices.Contains(asked, string(name)) || slices.Contains(asked, kind+".*")
}

// Patterns lists what a receiver may ask for.
func Patterns() []string {
	var out []string
	for _, n := range facts.Names() {
		kind, _, _ := strings.Cut(n, ".")
		if !slices.Contains(out, kind+".*") {
			out = append(out, kind+".*")
		}
	}
	return append(out, facts.Names()...)
}
