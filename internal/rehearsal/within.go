package rehearsal

import (
	"context"
	"maps"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// Parse reads scenarios for a version of an assistant that is at hand, whatever file of it
// they name: the one that a server runs, say. Its errors are those of Read.
func Parse(file string, data []byte, a *assistant.Assistant) (*File, error) {
	return parse(file, data, func(string) (*assistant.Assistant, error) { return a, nil })
}

// Names gives the assistant that scenarios are for: its file's name, without folder and
// .yaml. It is empty if the file does not say.
func Names(data []byte) string {
	var head struct {
		Assistant string `yaml:"assistant"`
	}
	if err := yaml.Unmarshal(data, &head); err != nil {
		return ""
	}
	return strings.TrimSuffix(filepath.Base(head.Assistant), ".yaml")
}

// RunTrained is Run for files of one assistant whose classifiers were trained before, by
// language. It may be called by several at once.
func RunTrained(ctx context.Context, files []*File, classifiers map[string]*intent.Classifier, done func(Result)) error {
	trained := make(map[string]map[string]*intent.Classifier)
	for _, f := range files {
		trained[f.Path] = maps.Clone(classifiers)
	}
	return runTrained(ctx, files, "", nil, trained, done)
}
