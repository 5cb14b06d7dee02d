// Package learnt keeps on disk what classifiers have learnt from the examples of assistants,
// so that a start, or a rehearsal, learns only what has changed. A file is named after all
// that its classifier was made of (intent.Fingerprint), holds nothing that a caller said,
// and may be deleted at any time. What cannot be read or written is learnt anew: that costs
// a second, and is no fault.
//
// The package starts no goroutine. Several processes may share a folder.
package learnt

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// A Folder is where classifiers are kept; empty: they are not.
type Folder string

// Nowhere is how an operator says that nothing is to be kept.
const Nowhere = "none"

// In gives the folder that a setting names: Nowhere, a path, or, if it is empty, "callward"
// in the user's folder for what may be deleted. A user without one gets no folder.
func In(setting string) Folder {
	if setting == Nowhere {
		return ""
	}
	if setting != "" {
		return Folder(setting)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return Folder(filepath.Join(dir, "callward"))
}

const (
	suffix = ".intents"
	most   = 64 // files, of which the longest unused go first
)

// Classifier gives the classifier of an assistant in a language: as it was kept, or trained
// and kept from now on. Its error is that of training.
func (f Folder) Classifier(ctx context.Context, a *assistant.Assistant, language string) (*intent.Classifier, error) {
	if f == "" {
		return a.Classifier(ctx, language)
	}
	path := f.path(a, language)
	c := new(intent.Classifier)
	if data, err := os.ReadFile(path); err == nil && c.UnmarshalBinary(data) == nil { //nolint:gosec // the operator names the folder
		now := time.Now()
		_ = os.Chtimes(path, now, now) // at worst it is learnt anew some day
		return c, nil
	}
	c, err := a.Classifier(ctx, language)
	if err != nil {
		return nil, err
	}
	if err := f.keep(path, c); err == nil {
		f.tidy()
	}
	return c, nil
}

// Has reports whether a file of the classifier is there, so that it need not be trained unless
// that is of no use.
func (f Folder) Has(a *assistant.Assistant, language string) bool {
	if f == "" {
		return false
	}
	_, err := os.Stat(f.path(a, language))
	return err == nil
}

func (f Folder) path(a *assistant.Assistant, language string) string {
	return filepath.Join(string(f), intent.Fingerprint(a.Examples(language), intent.Options{Outside: a.Outside(language)})+suffix)
}

// keep writes a file that nobody sees before it is whole.
func (f Folder) keep(path string, c *intent.Classifier) error {
	data, err := c.MarshalBinary()
	if err == nil {
		err = os.MkdirAll(string(f), 0o700)
	}
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(string(f), "*.part")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err = cmp.Or(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // it has no name that anybody looks for
	}
	return err
}

// tidy deletes what was not used for longest, and what never became whole.
func (f Folder) tidy() {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return
	}
	used := map[string]time.Time{}
	var names []string
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case err != nil || !info.Mode().IsRegular():
		case strings.HasSuffix(e.Name(), suffix):
			names = append(names, e.Name())
			used[e.Name()] = info.ModTime()
		case strings.HasSuffix(e.Name(), ".part") && time.Since(info.ModTime()) > time.Hour:
			_ = os.Remove(filepath.Join(string(f), e.Name()))
		}
	}
	slices.SortFunc(names, func(a, b string) int { return used[b].Compare(used[a]) })
	for _, name := range names[min(most, len(names)):] {
		_ = os.Remove(filepath.Join(string(f), name)) // another process may have done so
	}
}
