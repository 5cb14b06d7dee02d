package recog

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/callward/callward/internal/speechd/ps"
)

// A Word is a word of a result; times are samples of the utterance.
type Word struct {
	Text       string
	Start, End int
	Confidence float64
}

// A Result is what an utterance said. An empty text means that it was not
// understood.
type Result struct {
	Text       string
	Language   string
	Confidence float64
	Words      []Word

	means []learned
}

type learned struct {
	lang   *language
	mean   []float32
	frames int
}

// Learn takes over into the call what the result has shown of its channel.
func (c *Call) Learn(r Result) {
	for _, m := range r.means {
		c.learn(m.lang, m.mean, m.frames)
	}
}

// A pass is one search over the whole utterance.
type pass struct {
	lang     *language
	closed   bool
	segments []ps.Segment
	mean     []float32
	frames   int
	score    float64 // acoustic score of a frame, on average
	margin   float64 // score less that of the loop of phones
}

// Final decodes a whole utterance in each language of the task and gives the
// best reading. It takes a turn for each pass, and does not stop within one.
func (e *Engine) Final(ctx context.Context, t *Task, pcm []int16) (Result, error) {
	best := Result{}
	for _, w := range t.ways {
		r, err := e.finalOf(ctx, w, pcm)
		if err != nil {
			return Result{}, err
		}
		r.means = append(r.means, best.means...)
		if best.Language == "" || r.Confidence > best.Confidence {
			best = r
		} else {
			best.means = r.means
		}
	}
	return best, nil
}

func (e *Engine) finalOf(ctx context.Context, w way, pcm []int16) (Result, error) {
	cepstra, err := w.lang.cepstra(pcm)
	if err != nil {
		return Result{}, err
	}
	loop, err := e.pass(ctx, w.lang, w.loop, cepstra)
	if err != nil {
		return Result{}, err
	}
	best, err := e.pass(ctx, w.lang, w.open, cepstra)
	if err != nil {
		return Result{}, err
	}
	best.margin = best.score - loop.score
	if w.grammar != nil {
		closed, err := e.pass(ctx, w.lang, *w.grammar, cepstra)
		if err != nil {
			return Result{}, err
		}
		closed.closed, closed.margin = true, closed.score-loop.score
		best = choose(closed, best)
	}
	return best.result(), nil
}

// choose prefers what was asked for, unless something else fits clearly better.
func choose(closed, open pass) pass {
	if len(closed.words()) > 0 && closed.margin >= open.margin-closedLead {
		return closed
	}
	return open
}

func (e *Engine) pass(ctx context.Context, l *language, r recipe, cepstra []float32) (pass, error) {
	if err := e.turns.take(ctx); err != nil {
		return pass{}, err
	}
	defer e.turns.give()
	dec, err := e.pool.get(r, true)
	if err != nil {
		return pass{}, err
	}
	defer e.pool.put(r, dec)
	if err := decode(dec, r.search, cepstra); err != nil {
		return pass{}, fmt.Errorf("second pass: %w", err)
	}
	p := pass{lang: l, segments: dec.Segments(), mean: dec.Mean(), frames: dec.Frames()}
	for _, s := range p.segments {
		p.score += float64(s.Score)
	}
	p.score /= float64(max(p.frames, 1))
	return p, nil
}

func decode(dec *ps.Decoder, search string, cepstra []float32) error {
	if err := dec.Start(search, nil); err != nil {
		return err
	}
	if err := dec.WriteCepstra(slices.Clone(cepstra), true); err != nil {
		return err
	}
	return dec.End()
}

// words gives the segments that are words, alternatives' numbers cut off.
func (p pass) words() []ps.Segment {
	var out []ps.Segment
	for _, s := range p.segments {
		if strings.HasPrefix(s.Word, "<") || strings.HasPrefix(s.Word, "[") || strings.HasPrefix(s.Word, "+") || s.Word == "(NULL)" {
			continue
		}
		if open := strings.LastIndexByte(s.Word, '('); open > 0 {
			s.Word = s.Word[:open]
		}
		out = append(out, s)
	}
	return out
}

func (p pass) result() Result {
	r := Result{Language: p.lang.pack.Code, means: []learned{{p.lang, p.mean, p.frames}}}
	confidence := p.confidence()
	if confidence < leastConfidence {
		return r
	}
	var texts []string
	for _, s := range p.words() {
		texts = append(texts, s.Word)
		r.Words = append(r.Words, Word{
			Text:       s.Word,
			Start:      s.Start * SampleRate / ps.FramesPerSecond,
			End:        s.End * SampleRate / ps.FramesPerSecond,
			Confidence: confidence,
		})
	}
	r.Text = p.lang.pack.Join(texts)
	if r.Text != "" {
		r.Confidence = confidence
	}
	return r
}

// confidence maps the margin over the loop of phones to 0…1: the better words
// explain the audio than any sounds do, the surer they are.
func (p pass) confidence() float64 {
	return 1 / (1 + math.Exp(-(p.margin-p.lang.scale.middle)/p.lang.scale.width))
}
