package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/learnt"
	"github.com/callward/callward/internal/rehearsal"
	"github.com/callward/callward/router/intent"
)

const (
	scenarioDir   = "rehearsals" // beside the files of assistants
	scenarioTime  = 20 * time.Second
	mostScenarios = 1000
	scenarioBytes = 4 << 20
)

// rehearsed is the last rehearsal of each assistant since the start.
type rehearsed struct {
	one  sync.Mutex // held by the play in progress
	mu   sync.Mutex
	last map[string]console.Rehearsal
}

// all gives them by assistant.
func (r *rehearsed) all() []console.Rehearsal {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]console.Rehearsal, 0, len(r.last))
	for _, name := range names(r.last) {
		out = append(out, r.last[name])
	}
	return out
}

func (r *rehearsed) keep(played console.Rehearsal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = map[string]console.Rehearsal{}
	}
	r.last[played.Assistant] = played
}

// rehearse plays an assistant's scenarios, one play at a time and none while calls need the
// machine.
func (a *App) rehearse(ctx context.Context, q console.Rehearse, actor string) (console.Rehearsal, error) {
	if a.strain.tooMuch() || !a.rehearsed.one.TryLock() {
		return console.Rehearsal{}, console.ErrBusy
	}
	defer a.rehearsed.one.Unlock()
	ctx, cancel := context.WithTimeout(ctx, scenarioTime)
	defer cancel()
	l := a.plan.Load().loaded
	version, classifiers, err := a.candidate(ctx, q)
	if err != nil {
		return console.Rehearsal{}, err
	}
	files, err := scenariosOf(l.Config.Assistants, q.Assistant, version)
	if err != nil {
		return console.Rehearsal{}, err
	}
	began := time.Now()
	out := console.Rehearsal{
		Assistant: q.Assistant, Version: versionOf(version.text), File: q.File, At: began, By: actor, Scenarios: []console.Rehearsed{},
	}
	err = rehearsal.RunTrained(ctx, files, classifiers, func(r rehearsal.Result) {
		out.Scenarios = append(out.Scenarios, rehearsedView(r))
		if !r.Passed {
			out.Failed++
		}
	})
	if err != nil {
		return console.Rehearsal{}, fmt.Errorf("the scenarios took longer than %s: %w", scenarioTime, err)
	}
	out.Took = time.Since(began)
	a.rehearsed.keep(out)
	return out, nil
}

// candidate is the version that is to be played, and what understands its callers.
func (a *App) candidate(ctx context.Context, q console.Rehearse) (authored, map[string]*intent.Classifier, error) {
	p := a.plan.Load()
	version, ok := p.loaded.assistants[q.Assistant]
	if !ok {
		return authored{}, nil, console.ErrUnknown
	}
	if path := assistantFile(p.loaded.Config.Assistants, q.Assistant); q.File && path != "" {
		var err error
		if version, err = readAssistant(path); err != nil {
			return authored{}, nil, err
		}
	}
	if t, ok := p.trained[q.Assistant]; ok && t.text == version.text {
		return version, t.classifiers, nil
	}
	classifiers := map[string]*intent.Classifier{}
	for _, language := range version.Languages() {
		c, err := learnt.In(p.loaded.Config.Learnt).Classifier(ctx, version.Assistant, language)
		if err != nil {
			return authored{}, nil, err
		}
		classifiers[language] = c
	}
	return version, classifiers, nil
}

// scenariosOf reads the scenarios for a version of an assistant: those of the folder, and
// those that come with the example.
func scenariosOf(dir, name string, version authored) ([]*rehearsal.File, error) {
	texts, err := scenarioFiles(dir)
	if err != nil {
		return nil, err
	}
	if version.text == string(assistants.Energy) {
		maps.Copy(texts, bundledScenarios())
	}
	var files []*rehearsal.File
	var faults []error
	scenarios := 0
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		if of := rehearsal.Names(texts[path]); of != "" && of != name {
			continue
		}
		f, err := rehearsal.Parse(path, texts[path], version.Assistant)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		files, scenarios = append(files, f), scenarios+len(f.Scenarios)
	}
	switch err := errors.Join(faults...); {
	case err != nil:
		return nil, err
	case scenarios == 0:
		return nil, console.ErrNoScenarios
	case scenarios > mostScenarios:
		return nil, fmt.Errorf("%d scenarios; a server plays %d at most: use callward rehearse", scenarios, mostScenarios)
	}
	return files, nil
}

// scenarioFiles reads all files of scenarios beside assistants.
func scenarioFiles(dir string) (map[string][]byte, error) {
	texts := map[string][]byte{}
	if dir == "" {
		return texts, nil
	}
	paths, err := filepath.Glob(filepath.Join(dir, scenarioDir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.Size() > scenarioBytes {
			return nil, fmt.Errorf("%s:1: the file is larger than %d bytes", path, scenarioBytes)
		}
		if texts[path], err = os.ReadFile(path); err != nil { //nolint:gosec // the operator names the folder
			return nil, err
		}
	}
	return texts, nil
}

func bundledScenarios() map[string][]byte {
	texts := map[string][]byte{}
	entries, _ := assistants.Rehearsals.ReadDir(scenarioDir) // embedded files are there
	for _, e := range entries {
		path := scenarioDir + "/" + e.Name()
		texts[path], _ = assistants.Rehearsals.ReadFile(path)
	}
	return texts
}

func rehearsedView(r rehearsal.Result) console.Rehearsed {
	file := filepath.Base(r.File)
	v := console.Rehearsed{Name: r.Scenario, At: fmt.Sprintf("%s:%d", file, r.Line), Turns: r.Turns}
	if r.Fault == nil {
		return v
	}
	v.Fault = &console.RehearsalFault{Turn: r.Fault.Turn, At: fmt.Sprintf("%s:%d", file, r.Fault.Line), Act: r.Fault.Act, Why: []string{}, Story: []console.Told{}}
	for _, f := range r.Fault.Failures {
		v.Fault.Why = append(v.Fault.Why, strings.ToValidUTF8(f.String(), "�"))
	}
	for _, e := range r.Story {
		v.Fault.Story = append(v.Fault.Story, console.Told(e))
	}
	return v
}
