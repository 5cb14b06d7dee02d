package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/internal/engines"
	"github.com/callward/callward/router/assistant"
)

// An authored assistant is a parsed file and the text it was made of, by which
// a reload sees whether it changed.
type authored struct {
	*assistant.Assistant

	text string
}

// bundledAssistant gives the bundled assistant, which is read once: neither its text nor what is read
// of it changes.
var bundledAssistant = sync.OnceValues(func() (*assistant.Assistant, error) { //nolint:gochecknoglobals // a constant that Go cannot write
	return assistant.Parse(assistants.EnergyFile, assistants.Energy)
})

// readAssistants reads the bundled assistant and those of a folder, by name. A
// file of the folder may take the place of the bundled one.
func readAssistants(dir string) (map[string]authored, error) {
	bundled, err := bundledAssistant()
	if err != nil {
		return nil, fmt.Errorf("bundled assistant: %w", err)
	}
	all := map[string]authored{BundledAssistant: {bundled, string(assistants.Energy)}}
	if dir == "" {
		return all, nil
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("assistants: %w", err)
	}
	var faults []error
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".yaml")
		if !ok || f.IsDir() {
			continue
		}
		a, err := readAssistant(filepath.Join(dir, f.Name()))
		if err != nil {
			faults = append(faults, err)
			continue
		}
		all[name] = a
	}
	return all, errors.Join(faults...)
}

func readAssistant(path string) (authored, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the folder
	if err != nil {
		return authored{}, fmt.Errorf("assistant: %w", err)
	}
	a, err := assistant.Parse(path, data)
	if err != nil {
		return authored{}, err
	}
	return authored{a, string(data)}, nil
}

// checkLines finds numbers whose assistant, language or queues do not exist.
func checkLines(c *Config, all map[string]authored) []*SettingError {
	k := &checker{}
	for name, t := range c.Tenants {
		for number, n := range t.Numbers {
			k.line("tenants["+name+"].numbers["+number+"]", n, t, all)
		}
	}
	return k.faults
}

// unserved warns of languages of lines that no engine is configured for.
func unserved(c *Config, all map[string]authored) []string {
	var out []string
	for _, kind := range []struct{ name, what, then string }{
		{kindASR, "recognizer", "callers of it are served by keypad"},
		{kindTTS, "synthesizer", "of it only prompts made at build time are heard"},
	} {
		providers := c.Speech.providers(kind.name)
		for _, language := range lineLanguages(c, all) {
			served := false
			for _, p := range providers {
				rank := engines.Rank{Languages: p.Languages}
				served = served || rank.Speaks(language)
			}
			if !served {
				out = append(out, fmt.Sprintf("a line is in %s, and no %s is for it (languages of speech.providers): %s", language, kind.what, kind.then))
			}
		}
	}
	return out
}

// lineLanguages gives the languages of all lines, in order.
func lineLanguages(c *Config, all map[string]authored) []string {
	seen := map[string]bool{}
	for _, t := range c.Tenants {
		for _, n := range t.Numbers {
			languages := []string{n.Language}
			if n.Language == "" {
				languages = all[n.Assistant].Languages()
			}
			for _, l := range languages {
				seen[l] = true
			}
		}
	}
	return names(seen)
}

func (k *checker) line(path string, n Number, t Tenant, all map[string]authored) {
	a, ok := all[n.Assistant]
	if !ok {
		k.want(false, path+".assistant", "there is no assistant %q; allowed: %s", n.Assistant, strings.Join(names(all), ", "))
		return
	}
	k.want(n.Language == "" || slices.Contains(a.Languages(), n.Language), path+".language",
		"assistant %q does not speak %q; allowed: %s", n.Assistant, n.Language, strings.Join(a.Languages(), ", "))
	for _, at := range a.Captures() {
		k.want(t.Payment.Target != "", path+".assistant", "%s takes cards by keypad, and this tenant has no payment.target to give them to", at)
	}
	k.hooks(path, t, a.Assistant)
	k.wanted(path+".assistant", t, a.Assistant)
	for _, ref := range a.Queues() {
		q, ok := t.Queues[ref.Queue]
		k.want(q.Hours == "" || slices.Contains(a.Hours(), q.Hours), path+".assistant",
			"%s sends callers to the queue %q, whose hours are not the assistant's: %s", ref.At, ref.Queue, unknown(q.Hours, a.Hours()))
		k.want(ok, path+".assistant", "%s sends callers to the queue %q, which this tenant has not; there are: %s", ref.At, ref.Queue, queueNames(t))
	}
}
