package intent

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// Options tune the training. A zero field means the default in its comment.
type Options struct {
	Passes  int      // over the examples and their spoiled copies: 8 to 16, more for fewer examples
	Seed    uint64   // of the order and the noise: 1
	Outside []string // utterances that ask for none of the intents: none
}

func (o Options) defaults() Options {
	if o.Seed == 0 {
		o.Seed = 1
	}
	return o
}

// Train makes a classifier from examples. It takes 0.1 to 1 s for an assistant
// of some hundred examples, and looks at ctx now and then.
func Train(ctx context.Context, examples []Example, opt Options) (*Classifier, error) {
	t, err := newTrainer(examples, opt.defaults())
	if err != nil {
		return nil, err
	}
	cal, err := t.calibrate(ctx)
	if err != nil {
		return nil, fmt.Errorf("calibrate intents: %w", err)
	}
	c, err := t.train(ctx, t.samples, 1)
	if err != nil {
		return nil, fmt.Errorf("train intents: %w", err)
	}
	c.calibration = cal
	return c, nil
}

// A labeled utterance: its words and the number of its class.
type labeled struct {
	tokens []string
	class  int
}

type trainer struct {
	opt        Options
	names      []string
	samples    []labeled // examples, then what is outside
	vocabulary []string  // each word as often as the examples say it
}

func newTrainer(examples []Example, opt Options) (*trainer, error) {
	t := &trainer{opt: opt}
	classes := map[string]int{}
	for _, e := range examples {
		classes[e.Intent] = 0
	}
	t.names = slices.Sorted(maps.Keys(classes))
	for i, name := range t.names {
		classes[name] = i
	}
	for _, e := range examples {
		t.add(e.Text, classes[e.Intent])
	}
	if len(t.samples) == 0 {
		return nil, ErrNoExamples
	}
	for _, text := range opt.Outside {
		t.add(text, len(t.names))
	}
	return t, nil
}

func (t *trainer) add(text string, class int) {
	tokens := tokenize(nil, text)
	if len(tokens) == 0 {
		return
	}
	t.samples = append(t.samples, labeled{tokens, class})
	if class < len(t.names) {
		t.vocabulary = append(t.vocabulary, tokens...)
	}
}

// enoughSamples need no spoiled copies to learn from.
const enoughSamples = 6000

// passes says how often samples are gone through: more often when there are
// few, so that the time of training stays within bounds.
func (t *trainer) passes(samples int) int {
	if t.opt.Passes > 0 {
		return t.opt.Passes
	}
	return min(max(150_000/samples, 8), 16)
}

// train makes a classifier from samples, with a cautious calibration. It takes
// part of the passes.
func (t *trainer) train(ctx context.Context, samples []labeled, part float64) (*Classifier, error) {
	r := rand.New(rand.NewPCG(t.opt.Seed, uint64(len(samples))))
	clean := make([][]string, len(samples))
	for i, s := range samples {
		clean[i] = s.tokens
	}
	classes := len(t.names) + 1
	c := &Classifier{names: t.names, spaces: newSpaces(clean), calibration: cautious()}
	c.remember()
	learnt := t.read(c.spaces, t.disturb(samples, r))
	passes := max(int(part*float64(t.passes(len(learnt)))), 1)
	size := func(v view) int { return len(c.spaces[v].rarity) }
	c.models = []model{
		newSoftmax(viewWords, size(viewWords), classes, softmaxRate),
		newNetwork(viewWords, size(viewWords), classes, wholeRate, r),
		newNetwork(viewPieces, size(viewPieces), classes, wholeRate, r),
		newNetwork(viewPlaces, size(viewPlaces), classes, placeRate, r),
	}
	for _, m := range c.models {
		if err := fit(ctx, m, learnt, passes, r); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// disturb adds spoiled copies of the samples if they are few, and babble for the last class.
func (t *trainer) disturb(samples []labeled, r *rand.Rand) []labeled {
	all := slices.Clone(samples)
	if len(samples) < enoughSamples {
		for _, s := range samples {
			all = append(all, labeled{spoil(r, s.tokens, t.vocabulary), s.class})
		}
	}
	for range len(samples) / 8 {
		all = append(all, labeled{babble(r, t.vocabulary), len(t.names)})
	}
	return all
}

// read turns words into samples. An intent with few examples counts for more
// each.
func (t *trainer) read(spaces *spaces, all []labeled) []sample {
	count := make([]float64, len(t.names)+1)
	for _, l := range all {
		count[l.class]++
	}
	mean := float64(len(all)) / float64(len(count))
	out := make([]sample, len(all))
	for i, l := range all {
		var r reader // for each: its memory becomes that of the sample
		w := math.Sqrt(mean / count[l.class])
		out[i] = sample{*r.read(spaces, l.tokens), l.class, float32(min(max(w, 0.5), 2))}
	}
	return out
}

// folds says how often a part is held back to calibrate, and what part of the
// passes the rest is learnt in. Many examples need one fold only, and their
// confidence settles long before their accuracy does.
func folds(samples int) (folds int, part float64) {
	if samples < 2000 {
		return 2, 1
	}
	return 1, 0.65
}

// calibrate measures how often answers are right on samples that were held
// back, spoiled like the rest, and on babble.
func (t *trainer) calibrate(ctx context.Context) (calibration, error) {
	const parts = 5
	if len(t.samples) < 4*parts {
		return cautious(), nil
	}
	r := rand.New(rand.NewPCG(t.opt.Seed, 2))
	order := r.Perm(len(t.samples))
	var outcomes []outcome
	folds, part := folds(len(t.samples))
	for fold := range folds {
		var train, held []labeled
		for at, i := range order {
			if at%parts == fold {
				held = append(held, t.samples[i])
			} else {
				train = append(train, t.samples[i])
			}
		}
		c, err := t.train(ctx, train, part)
		if err != nil {
			return calibration{}, err
		}
		outcomes = append(outcomes, t.examine(c, held, r)...)
	}
	return calibrate(outcomes), nil
}

// outsideWeight makes up for there being fewer examples of what callers say
// beside the matter than they say of it.
const outsideWeight = 2

// examine asks c about the held samples, as said and as misheard.
func (t *trainer) examine(c *Classifier, held []labeled, r *rand.Rand) []outcome {
	var out []outcome
	b := c.scratch.Get().(*scratch) //nolint:errcheck,forcetypeassert // New makes nothing else
	ask := func(tokens []string, class int) {
		best, e := c.weigh(b.reader.read(c.spaces, tokens), b)
		o := outcome{e, best == class, 1}
		if class == len(t.names) {
			o.weight = outsideWeight
		}
		out = append(out, o)
	}
	for _, s := range held {
		ask(s.tokens, s.class)
		ask(spoil(r, s.tokens, t.vocabulary), s.class)
	}
	for range len(held) / 6 {
		ask(babble(r, t.vocabulary), len(t.names))
	}
	return out
}
