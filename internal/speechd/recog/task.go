package recog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"

	"github.com/callward/callward/internal/speechd/lm"
	"github.com/callward/callward/internal/speechd/ps"
)

// Expect is the kind of answer.
type Expect int

// Kinds of answers; see the contract's enum of the same names.
const (
	Free Expect = iota
	Digits
	Card
	Date
	YesNo
	Spelling
	Menu
)

// A Hint is a phrase that the caller may say.
type Hint struct {
	Phrase string
	Class  string // "example", "menu", "name"
	Boost  float64
}

// A Spec says what to listen for.
type Spec struct {
	Languages []string // likeliest first
	Hints     []Hint
	Expect    Expect
	Length    int
}

// A Task is a Spec made ready. It holds no decoder and needs no closing.
type Task struct {
	ways []way
}

// A way is one language of a Task.
type way struct {
	lang    *language
	open    recipe
	grammar *recipe // nil for an open answer
	lead    float64 // of an open reading over one by the grammar
	loop    recipe
}

// Languages lists the languages that the task listens for.
func (t *Task) Languages() []string {
	var out []string
	for _, w := range t.ways {
		out = append(out, w.lang.pack.Code)
	}
	return out
}

// taskSlot holds a way that is being built or has been.
type taskSlot struct {
	once sync.Once
	way  way
	err  error
}

// maxTasks is how many built ways are kept.
const maxTasks = 256

// Prepare makes a task ready and sees that its decoders exist, so that the
// first utterance does not wait for them. Languages without a model are left
// out; if none is left, the error is ErrLanguage.
func (e *Engine) Prepare(ctx context.Context, spec Spec) (*Task, error) {
	t := &Task{}
	spec = e.without.of(spec)
	for _, code := range spec.Languages {
		l, ok := e.language(code)
		if !ok || slices.ContainsFunc(t.ways, func(w way) bool { return w.lang == l }) {
			continue
		}
		w, err := e.way(ctx, l, spec)
		if err != nil {
			return nil, err
		}
		t.ways = append(t.ways, w)
	}
	if len(t.ways) == 0 {
		return nil, fmt.Errorf("languages %q: %w", spec.Languages, ErrLanguage)
	}
	return t, e.warm(ctx, t)
}

// warm makes one decoder of each kind, if none lies ready.
func (e *Engine) warm(ctx context.Context, t *Task) error {
	for _, w := range t.ways {
		for _, r := range w.recipes() {
			if e.pool.has(r.key) {
				continue
			}
			dec, err := e.borrow(ctx, r, false)
			if err != nil {
				return err
			}
			if dec != nil {
				e.pool.put(r, dec)
			}
		}
	}
	return nil
}

func (w way) recipes() []recipe {
	out := []recipe{w.open, w.loop}
	if w.grammar != nil {
		out = append(out, *w.grammar)
	}
	return out
}

// borrow takes a decoder from the pool. Making one burns CPU, so it takes a turn.
func (e *Engine) borrow(ctx context.Context, r recipe, must bool) (*ps.Decoder, error) {
	if err := e.turns.take(ctx); err != nil {
		return nil, err
	}
	defer e.turns.give()
	return e.pool.get(r, must)
}

// way finds or builds what a language needs for a spec.
func (e *Engine) way(ctx context.Context, l *language, spec Spec) (way, error) {
	slot := e.slot(hash(l, spec))
	slot.once.Do(func() { slot.way, slot.err = l.build(context.WithoutCancel(ctx), spec) })
	return slot.way, slot.err
}

func (e *Engine) slot(key string) *taskSlot {
	e.mu.Lock()
	defer e.mu.Unlock()
	if i := slices.Index(e.order, key); i >= 0 {
		e.order = append(slices.Delete(e.order, i, i+1), key)
		return e.tasks[key]
	}
	if len(e.order) >= maxTasks {
		delete(e.tasks, e.order[0])
		e.order = e.order[1:]
	}
	e.order = append(e.order, key)
	e.tasks[key] = &taskSlot{}
	return e.tasks[key]
}

func hash(l *language, spec Spec) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %d %d\n", l.pack.Code, l.dir, spec.Expect, spec.Length)
	for _, hint := range spec.Hints {
		fmt.Fprintf(h, "%q %q %g\n", hint.Class, hint.Phrase, hint.Boost)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// build makes the recipes of a language for a spec.
func (l *language) build(ctx context.Context, spec Spec) (way, error) {
	w := way{lang: l, loop: l.loop(ctx), lead: leadOf(spec.Expect)}
	var err error
	if w.open, err = l.open(ctx, spec); err != nil {
		return way{}, err
	}
	if g, final := l.grammar(spec); g != nil {
		r := l.closed(ctx, g, final)
		w.grammar = &r
	}
	return w, nil
}

func (l *language) open(ctx context.Context, spec Spec) (recipe, error) {
	m := l.model(spec.Hints)
	dict, silent := l.lex.Dict(ctx, m.Words())
	if len(silent) > 0 {
		m = m.Without(silent)
	}
	var arpa bytes.Buffer
	if _, err := m.WriteTo(&arpa); err != nil {
		return recipe{}, fmt.Errorf("write language model: %w", err)
	}
	return l.recipe("open", dict, arpa.Bytes(), func(d *ps.Decoder) error {
		return d.AddLM("open", arpa.Bytes())
	}, l.openArgs...), nil
}

func (l *language) closed(ctx context.Context, g *lm.Grammar, final lm.State) recipe {
	dict, silent := l.lex.Dict(ctx, g.Words())
	for _, word := range silent {
		g.Forget(word)
	}
	text := g.Text(final)
	return l.recipe("closed", dict, []byte(text), func(d *ps.Decoder) error {
		return d.AddGrammar("closed", text)
	}, l.closedArgs...)
}

func (l *language) loop(ctx context.Context) recipe {
	dict, _ := l.lex.Dict(ctx, []string{l.pack.Yes[0]})
	return l.recipe("loop", dict, nil, func(d *ps.Decoder) error {
		return d.AddPhoneLoop("loop")
	}, "-allphone_ci", "yes")
}

func (l *language) recipe(search string, dict, text []byte, add func(*ps.Decoder) error, args ...string) recipe {
	key := sha256.Sum256(slices.Concat([]byte(l.dir+search), dict, text))
	cfg := ps.Config{Model: l.dir, Dict: dict, Features: l.features, Means: l.means, Args: slices.Concat(l.args, args)}
	return recipe{key: hex.EncodeToString(key[:]), search: search, make: func() (*ps.Decoder, error) {
		d, err := ps.New(cfg)
		if err != nil {
			return nil, err
		}
		if err := add(d); err != nil {
			d.Close()
			return nil, err
		}
		return d, nil
	}}
}
