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
}

// A pass is one search over the whole utterance.
type pass struct {
	lang     *language
	closed   bool
	segments []ps.Segment
	frames   int
	margin   float64 // of a frame within words, over the loop of phones
	missed   float64 // share of what the loop takes for speech outside of words
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
		if best.Language == "" || r.Confidence > best.Confidence {
			best = r
		}
	}
	return best, nil
}

func (e *Engine) finalOf(ctx context.Context, w way, pcm []int16) (Result, error) {
	cepstra, err := w.lang.normalise(pcm)
	if err != nil {
		return Result{}, err
	}
	loop, err := e.pass(ctx, w.lang, w.loop, cepstra)
	if err != nil {
		return Result{}, err
	}
	if !loop.voiced() || !hasVoice(pcm) {
		return Result{Language: w.lang.pack.Code}, nil
	}
	best, err := e.pass(ctx, w.lang, w.open, cepstra)
	if err != nil {
		return Result{}, err
	}
	best.compare(loop)
	if w.grammar != nil {
		closed, err := e.pass(ctx, w.lang, *w.grammar, cepstra)
		if err != nil {
			return Result{}, err
		}
		closed.closed = true
		closed.compare(loop)
		best = choose(closed, best, w.lead)
	}
	return best.result(), nil
}

// choose prefers what was asked for, unless something else fits better by lead.
func choose(closed, open pass, lead float64) pass {
	if len(closed.words()) > 0 && closed.fit() >= open.fit()-lead {
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
	if err := decode(dec, r.search, cepstra); err != nil {
		dec.Close() // it may be in the middle of an utterance, and start no other
		e.pool.leave()
		return pass{}, fmt.Errorf("second pass: %w", err)
	}
	defer e.pool.put(r, dec)
	return pass{lang: l, segments: dec.Segments(), frames: dec.Frames()}, nil
}

// compare measures the words of a pass against the loop of phones, which
// explains any sound as well as can be.
func (p *pass) compare(loop pass) {
	free, speech := loop.perFrame(p.frames)
	inside, within, heard := 0.0, 0, 0
	covered := make([]bool, p.frames)
	for _, s := range p.words() {
		inside += float64(s.Score)
		for f := s.Start; f < min(s.End, p.frames); f++ {
			inside -= free[f]
			within++
			covered[f] = true
		}
	}
	for f, is := range speech {
		if is {
			heard++
			if !covered[f] {
				p.missed++
			}
		}
	}
	p.margin = inside / float64(max(within, 1))
	p.missed /= float64(max(heard, 1))
}

// perFrame spreads the scores of a loop's phones over their frames, and says
// which frames are speech.
func (p pass) perFrame(frames int) (score []float64, speech []bool) {
	score, speech = make([]float64, frames), make([]bool, frames)
	for _, s := range p.segments {
		for f := s.Start; f < min(s.End, frames); f++ {
			score[f] = float64(s.Score) / float64(s.End-s.Start)
			speech[f] = s.Word != "SIL" && !filler(s.Word)
		}
	}
	return score, speech
}

// voiced reports whether a loop of phones heard a vowel, which every word has and
// noise has not; noise fits a word that begins with "th" or "f" all too well. In
// both models a phone is a vowel if and only if its name begins with one.
func (p pass) voiced() bool {
	return slices.ContainsFunc(p.segments, func(s ps.Segment) bool {
		return s.Word != "" && strings.ContainsRune("AEIOUaeiou", rune(s.Word[0]))
	})
}

// fit is how well the words explain the utterance, in units of a margin.
func (p pass) fit() float64 { return p.margin - missedCost*p.missed }

// decode searches a whole utterance.
func decode(dec *ps.Decoder, search string, cepstra []float32) error {
	if err := dec.Start(search); err != nil {
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
		if filler(s.Word) {
			continue
		}
		if open := strings.LastIndexByte(s.Word, '('); open > 0 {
			s.Word = s.Word[:open]
		}
		out = append(out, s)
	}
	return out
}

// filler reports whether a segment is no word: "<sil>", "[NOISE]", "++uh++".
func filler(word string) bool {
	return word == "" || strings.ContainsRune("<[+(", rune(word[0]))
}

func (p pass) result() Result {
	r := Result{Language: p.lang.pack.Code}
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
	return 1 / (1 + math.Exp(-(p.fit()-p.lang.scale.middle)/p.lang.scale.width))
}
