// Package recog recognizes utterances. An Engine holds the languages it has
// models for; a Task is what one kind of answer needs (a language model from
// the assistant's phrases, a grammar, a loop of phones for comparison), built
// once for the same hints and shared; a Live hears one turn as it is spoken.
//
// An utterance is decoded twice: piece by piece for the partials, with the mean
// that telephone speech has, and once more as a whole for the final, with the
// mean of the whole. The second pass begins as soon as the caller pauses and
// is thrown away if they go on. Decoders are borrowed from a pool that is bounded
// in number; what burns CPU takes one of a bounded number of turns.
//
// Hints, words and audio never leave the package but as results.
package recog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/callward/callward/internal/speechd/lang"
	"github.com/callward/callward/internal/speechd/lexicon"
)

// ErrLanguage says that no model of any of the languages is loaded.
var ErrLanguage = errors.New("no model for the language")

// ErrModelFiles says that a folder is not an acoustic model or has no
// dictionary.
var ErrModelFiles = errors.New("not a usable model folder")

// ModelConfig names the files of a language's model.
type ModelConfig struct {
	Language string
	Dir      string // acoustic model: mdef, means, …
	Dict     string // empty: looked for, see FindDict
}

// Config describes an Engine.
type Config struct {
	Models   []ModelConfig
	Decoders int // most decoders alive; 0 means DefaultDecoders
	Threads  int // most decoding at once; 0 means one for each CPU
	Log      *slog.Logger

	// Without leaves out of each Spec what is not to help, to measure what it does.
	Without Without
}

// Without says which parts of a Spec an Engine takes no notice of.
type Without struct {
	Grammars bool // Expect and Length: every answer is an open one
	Hints    bool // only what callers say to any company is likely
}

// of gives a spec without them.
func (w Without) of(s Spec) Spec {
	if w.Grammars {
		s.Expect, s.Length = Free, 0
	}
	if w.Hints {
		s.Hints = nil
	}
	return s
}

// DefaultDecoders is the size of the pool. A decoder weighs from 6 MB (grammar)
// to 25 MB (language model).
const DefaultDecoders = 48

// An Engine recognizes speech in some languages. Close frees its decoders.
type Engine struct {
	languages []*language
	pool      *pool
	turns     turns
	without   Without
	log       *slog.Logger

	mu    sync.Mutex
	tasks map[string]*taskSlot
	order []string // keys of tasks, oldest use first
}

// A language is a loaded model.
type language struct {
	pack *lang.Pack
	lex  *lexicon.Lexicon
	dir  string
	args []string // of every search

	features []byte // the model's feat.params, but for the mean, which is ours

	openArgs, closedArgs []string // of one kind of search

	mean []float32 // of telephone speech in this model's features

	band        *band
	means       []byte // where the model's Gaussians are moved for it; nil: they stay
	removeNoise string // "yes" or "no", for the front end
	scale       scale
}

// EnglishDir is where Debian's package pocketsphinx-en-us puts its model.
const EnglishDir = "/usr/share/pocketsphinx/model/en-us/en-us"

// New loads the dictionaries of the models; it fails on the first model that
// is not usable.
func New(cfg Config) (*Engine, error) {
	if cfg.Decoders <= 0 {
		cfg.Decoders = DefaultDecoders
	}
	e := &Engine{
		pool:    newPool(cfg.Decoders),
		turns:   newTurns(cfg.Threads),
		without: cfg.Without,
		log:     cfg.Log,
		tasks:   make(map[string]*taskSlot),
	}
	for _, m := range cfg.Models {
		l, err := load(m)
		if err != nil {
			return nil, err
		}
		e.languages = append(e.languages, l)
	}
	return e, nil
}

func load(m ModelConfig) (*language, error) {
	pack, ok := lang.For(m.Language)
	if !ok {
		return nil, fmt.Errorf("model %s: language %q: %w", m.Dir, m.Language, ErrLanguage)
	}
	if err := CheckDir(m.Dir); err != nil {
		return nil, err
	}
	dict, err := FindDict(m)
	if err != nil {
		return nil, err
	}
	lex, err := lexicon.Open(dict, pack.Code)
	if err != nil {
		return nil, err
	}
	params, err := os.ReadFile(filepath.Join(m.Dir, "feat.params"))
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Dir, err)
	}
	l := &language{pack: pack, lex: lex, dir: m.Dir, features: withoutMean(params)}
	streams, err := streamsOf(m.Dir)
	if err != nil {
		return nil, fmt.Errorf("model %s: means: %w: %w", m.Dir, err, ErrModelFiles)
	}
	l.tune(streams)
	return l, nil
}

// withoutMean turns off the library's own normalisation in feat.params: see
// normalise for ours.
func withoutMean(params []byte) []byte {
	fields := strings.Fields(string(params))
	var out []string
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] != "-cmn" && fields[i] != "-cmninit" {
			out = append(out, fields[i], fields[i+1])
		}
	}
	return []byte(strings.Join(append(out, "-cmn", "none"), " ") + "\n")
}

// CheckDir says whether a folder holds an acoustic model.
func CheckDir(dir string) error {
	for _, name := range []string{"mdef", "means", "variances", "transition_matrices", "feat.params"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("model %s lacks %s: %w", dir, name, ErrModelFiles)
		}
	}
	for _, name := range []string{"sendump", "mixture_weights"} { // two forms of the same
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("model %s lacks sendump or mixture_weights: %w", dir, ErrModelFiles)
}

// FindDict finds a model's dictionary: the one that is named, one in the
// model's folder, or one beside it (in the folder above, or in a folder whose
// name begins as the model's does).
func FindDict(m ModelConfig) (string, error) {
	if m.Dict != "" {
		return m.Dict, nil
	}
	dir := filepath.Clean(m.Dir)
	places := []string{dir, filepath.Dir(dir)}
	if beside, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "*")); err == nil {
		slices.SortFunc(beside, func(a, b string) int { return common(b, dir) - common(a, dir) })
		places = append(places, beside...)
	}
	base := lang.Base(m.Language)
	for _, place := range places {
		for _, pattern := range []string{base + ".dict", "cmudict-" + base + "*.dict", "*" + base + "*.dict"} {
			if found, err := filepath.Glob(filepath.Join(place, pattern)); err == nil && len(found) > 0 {
				return found[0], nil
			}
		}
	}
	return "", fmt.Errorf("model %s: no %s.dict in it or beside it: %w", m.Dir, base, ErrModelFiles)
}

// common is how many bytes two paths share at the start.
func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// Languages lists what the engine understands, as BCP 47 codes.
func (e *Engine) Languages() []string {
	var out []string
	for _, l := range e.languages {
		out = append(out, l.pack.Code)
	}
	return out
}

// Models lists the folders in use, by language.
func (e *Engine) Models() map[string]string {
	out := make(map[string]string)
	for _, l := range e.languages {
		out[l.pack.Code] = l.dir
	}
	return out
}

func (e *Engine) language(code string) (*language, bool) {
	for _, l := range e.languages {
		if l.pack.Code == lang.Base(code) {
			return l, true
		}
	}
	return nil, false
}

// Understands reports whether a language has a model.
func (e *Engine) Understands(code string) bool {
	_, ok := e.language(code)
	return ok
}

// Decoders tells how many decoders are alive.
func (e *Engine) Decoders() int { return e.pool.size() }

// Close frees the decoders that are not lent out, and the others on return.
func (e *Engine) Close() { e.pool.close() }

// turns bounds how much is decoded at once.
type turns chan struct{}

func (t turns) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// try takes a turn if one is free.
func (t turns) try() bool {
	select {
	case t <- struct{}{}:
		return true
	default:
		return false
	}
}

func (t turns) give() { <-t }
