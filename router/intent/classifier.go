package intent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/callward/callward/redact"
)

// ErrNoExamples says that there is nothing to train from.
var ErrNoExamples = errors.New("no examples to train from")

// An Example is an utterance and what its speaker wants.
type Example struct{ Intent, Text string }

// A Result says what an utterance is taken for.
type Result struct {
	Name       string   // the best intent; empty when there is nothing to go by
	Confidence float64  // the chance from 0 to 1 that Name is right
	Top        []Scored // up to three intents, the best first
	Reason     string   // who says so, in words; empty: a Classifier
}

// Scored is an intent with its confidence from 0 to 1.
type Scored struct {
	Name       string
	Confidence float64
}

// topSize is how many intents a Result holds.
const topSize = 3

// A Classifier knows the intents of one language. It does not change after
// training and is safe for concurrent use.
type Classifier struct {
	names       []string // of the classes but the last, which is "none of them"
	spaces      *spaces
	models      []model // which are asked together
	calibration calibration
	scratch     sync.Pool
}

// Intents lists the intents that the classifier knows, sorted.
func (c *Classifier) Intents() []string { return slices.Clone(c.names) }

// Classify says what text asks for. It does not block; its error is that of ctx.
func (c *Classifier) Classify(ctx context.Context, text redact.Safe) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, fmt.Errorf("classify: %w", err)
	}
	b := c.scratch.Get().(*scratch) //nolint:errcheck,forcetypeassert // New makes nothing else
	defer c.scratch.Put(b)
	b.tokens = tokenize(b.tokens[:0], text.String())
	defer b.forget()
	if len(b.tokens) == 0 {
		return Result{}, nil
	}
	return c.judge(b), nil
}

// scratch is the memory that one classification needs.
type scratch struct {
	tokens []string
	reader reader
	work   *work
	p      []float32 // what one model says
	scores []float64 // what all say together
}

// remember gives c memory for what it is asked.
func (c *Classifier) remember() {
	classes := len(c.names) + 1
	c.scratch.New = func() any {
		return &scratch{work: newWork(), p: make([]float32, classes), scores: make([]float64, classes)}
	}
}

// judge scores the tokens in b.
func (c *Classifier) judge(b *scratch) Result {
	u := b.reader.read(c.spaces, b.tokens)
	if u.empty() {
		return Result{} // nothing of it was ever seen: only the bias would speak
	}
	best, evidence := c.weigh(u, b)
	p := b.scores[best]
	sure := c.calibration.confidence(evidence)
	top := make([]Scored, 0, topSize+1)
	for i, name := range c.names {
		s := Scored{Name: name, Confidence: sure * b.scores[i] / p}
		at, _ := slices.BinarySearchFunc(top, s, func(x, y Scored) int { return cmp.Compare(y.Confidence, x.Confidence) })
		if at < topSize {
			top = slices.Insert(top, at, s)[:min(len(top)+1, topSize)]
		}
	}
	return Result{Name: top[0].Name, Confidence: top[0].Confidence, Top: top}
}

// leastChance bounds what one model alone can say against a class.
const leastChance = 1e-5

// weigh fills b.scores with what the models say together, their geometric mean,
// and gives the best intent with what speaks for it.
func (c *Classifier) weigh(u *utterance, b *scratch) (best int, e evidence) {
	clear(b.scores)
	for _, m := range c.models {
		m.probabilities(u, b.p, b.work)
		for class, p := range b.p {
			b.scores[class] += math.Log(max(float64(p), leastChance))
		}
	}
	top := slices.Max(b.scores)
	var sum float64
	for i, s := range b.scores {
		b.scores[i] = math.Exp((s - top) / float64(len(c.models)))
		sum += b.scores[i]
	}
	for i := range b.scores {
		b.scores[i] /= sum
	}
	best = argmax(b.scores[:len(c.names)])
	return best, gather(b.scores[best], b.scores[len(c.names)], u)
}

// forget leaves no words of a caller in pooled memory.
func (b *scratch) forget() {
	clear(b.tokens)
	b.tokens = b.tokens[:0]
}

func argmax(p []float64) int {
	best := 0
	for i := range p {
		if p[i] > p[best] {
			best = i
		}
	}
	return best
}
