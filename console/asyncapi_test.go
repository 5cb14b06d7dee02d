package console

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/callward/callward/internal/webcall"
)

// TestTheStreamsAreDescribedAsTheyAre holds docs/asyncapi.yaml to what is served: its
// addresses are streams of the API, each of them is in it, its events have the names that
// are sent, and their payloads are the types that the API describes.
func TestTheStreamsAreDescribedAsTheyAre(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "asyncapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	type ref struct {
		Ref string `yaml:"$ref"`
	}
	var doc struct {
		AsyncAPI string `yaml:"asyncapi"`
		Channels map[string]struct {
			Address  string         `yaml:"address"`
			Messages map[string]ref `yaml:"messages"`
		} `yaml:"channels"`
		Components struct {
			Messages map[string]struct {
				Name    string `yaml:"name"`
				Payload ref    `yaml:"payload"`
			} `yaml:"messages"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil || !strings.HasPrefix(doc.AsyncAPI, "3.") {
		t.Fatalf("version %q, %v", doc.AsyncAPI, err)
	}
	b := newBench(t, 8, towns, func(c *Config) { c.WebCalls = webcall.New(webcall.Config{}) })
	_, body := b.ask(t, "GET", "/api/v1/openapi.json")
	var api struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct{ Content map[string]json.RawMessage }
		}
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal([]byte(body), &api); err != nil {
		t.Fatal(err)
	}
	var streams, addresses []string
	for path, methods := range api.Paths {
		if _, is := methods["get"].Responses["200"].Content["text/event-stream"]; is {
			streams = append(streams, path)
		}
	}
	for _, c := range doc.Channels {
		addresses = append(addresses, c.Address)
		for _, m := range c.Messages {
			name := strings.TrimPrefix(m.Ref, "#/components/messages/")
			if _, ok := doc.Components.Messages[name]; !ok {
				t.Errorf("%s has a message %s that is not described", c.Address, m.Ref)
			}
		}
	}
	slices.Sort(streams)
	slices.Sort(addresses)
	if !slices.Equal(streams, addresses) {
		t.Errorf("streams of the API: %v; described: %v", streams, addresses)
	}
	var names []string
	for _, m := range doc.Components.Messages {
		names = append(names, m.Name)
		schema := strings.TrimPrefix(m.Payload.Ref, "/api/v1/openapi.json#/components/schemas/")
		if _, ok := api.Components.Schemas[schema]; !ok {
			t.Errorf("event %s: the API has no schema %q", m.Name, schema)
		}
	}
	slices.Sort(names)
	if want := []string{AliveEvent, BoardEvent, CaptionEvent, ChangeEvent, "entry", MessagesEvent, MissedEvent}; !slices.Equal(names, want) {
		t.Errorf("events described: %v, sent: %v", names, want)
	}
}
