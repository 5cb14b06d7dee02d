package recog

import (
	"context"
	"fmt"
	"strings"

	"github.com/callward/callward/internal/speechd/ps"
)

// SampleRate is the rate of the audio that utterances take.
const SampleRate = ps.SampleRate

// A Live decodes an utterance as it is spoken, for partials. It belongs to one
// goroutine, and Close must be called.
type Live struct {
	engine *Engine
	lang   *language
	recipe recipe
	dec    *ps.Decoder // nil: no decoder was free, and there are no partials
	ears   *listener
}

// Live begins an utterance of a task in its likeliest language.
func (e *Engine) Live(ctx context.Context, t *Task) (*Live, error) {
	w := t.ways[0]
	r := w.open
	if w.grammar != nil {
		r = *w.grammar
	}
	dec, err := e.borrow(ctx, r, false)
	if err != nil || dec == nil {
		return &Live{engine: e}, err
	}
	l := &Live{engine: e, lang: w.lang, recipe: r, dec: dec}
	if l.ears, err = w.lang.listen(); err != nil {
		l.Close()
		return nil, err
	}
	if err := dec.Start(r.search); err != nil {
		l.Close()
		return nil, fmt.Errorf("begin utterance: %w", err)
	}
	return l, nil
}

// Write decodes a piece, unless every turn is taken: then it says so at once,
// for partials may come late but audio may not wait for them.
func (l *Live) Write(pcm []int16) (taken bool, err error) {
	if l.dec == nil {
		return true, nil
	}
	if !l.engine.turns.try() {
		return false, nil
	}
	defer l.engine.turns.give()
	cepstra, err := l.ears.write(pcm)
	if err != nil {
		return true, err
	}
	return true, l.dec.WriteCepstra(cepstra, false)
}

// Text gives the words so far.
func (l *Live) Text() string {
	if l.dec == nil {
		return ""
	}
	words, _ := l.dec.Hypothesis()
	return l.lang.pack.Join(strings.Fields(words))
}

// Language is the language of Text.
func (l *Live) Language() string {
	if l.lang == nil {
		return ""
	}
	return l.lang.pack.Code
}

// Close gives the decoder back. It may be called twice.
func (l *Live) Close() {
	if l.dec == nil {
		return
	}
	_ = l.dec.End() // the final comes from the second pass
	if l.ears != nil {
		l.ears.close()
	}
	l.engine.pool.put(l.recipe, l.dec)
	l.dec = nil
}
