package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	textdiff "github.com/rogpeppe/go-internal/diff"

	"github.com/callward/callward/console"
)

// diffBytes is how much of a difference is shown.
const diffBytes = 200_000

// versionOf names a version of an assistant by its text.
func versionOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// assistantFile is where an assistant's file is; "" if it is the one within the program.
func assistantFile(dir, name string) string {
	if dir == "" {
		return ""
	}
	path := filepath.Join(dir, name+".yaml")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && name == BundledAssistant {
		return ""
	}
	return path
}

// compare says how an assistant's file differs from what runs, and what a reload would say.
func (a *App) compare(_ context.Context, name string) (console.Comparison, error) {
	now := a.plan.Load().loaded
	running, ok := now.assistants[name]
	if !ok {
		return console.Comparison{}, console.ErrUnknown
	}
	v := console.Comparison{Assistant: name, Running: versionOf(running.text)}
	v.Faults, v.Settings = a.wouldReload(now, name)
	v.File = assistantFile(now.Config.Assistants, name)
	if v.File == "" {
		v.OnDisk = v.Running
		return v, nil
	}
	text, err := os.ReadFile(v.File) //nolint:gosec // the operator names the folder
	switch {
	case errors.Is(err, os.ErrNotExist):
		return v, nil
	case err != nil:
		return v, err
	}
	v.OnDisk = versionOf(string(text))
	v.Diff, v.Cut = differenceOf(running.text, string(text))
	return v, nil
}

// wouldReload says what a reload would refuse, or change besides an assistant.
func (a *App) wouldReload(now Loaded, name string) (faults, settings []string) {
	if a.opts.Load == nil {
		return nil, nil
	}
	next, err := a.opts.Load()
	if err != nil {
		return strings.Split(err.Error(), "\n"), nil // each is a line
	}
	settings = differences(now, next)
	return nil, slices.DeleteFunc(settings, func(s string) bool { return s == "assistant "+name })
}

// differenceOf is unified, without the names of files.
func differenceOf(old, text string) (unified string, cut bool) {
	lines := string(textdiff.Diff("running", []byte(old), "file", []byte(text)))
	_, lines, _ = strings.Cut(lines, "+++ file\n")
	lines = strings.ToValidUTF8(lines, "�")
	if len(lines) <= diffBytes {
		return lines, false
	}
	end := strings.LastIndexByte(lines[:diffBytes], '\n')
	return strings.ToValidUTF8(lines[:max(end, 0)], ""), true
}

// activate reloads, if the file of an assistant is still the version that was looked at.
func (a *App) activate(ctx context.Context, name, version, actor string) (console.Reloaded, error) {
	return a.reloadIf(ctx, actor, func(next Loaded) error {
		file, ok := next.assistants[name]
		switch {
		case !ok:
			return console.ErrUnknown
		case versionOf(file.text) != version:
			return console.ErrOther
		}
		return nil
	})
}
