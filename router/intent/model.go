package intent

import (
	"context"
	"math"
	"math/rand/v2"
)

// A model scores the classes of an utterance.
type model interface {
	// at gives how far to move when some part from 0 to 1 of the training is done.
	at(part float64) float32
	// learn moves the weights towards the class of s; step is how far.
	learn(s *sample, step float32, r *rand.Rand)
	// probabilities fills p, one for each class, using memory of w.
	probabilities(u *utterance, p []float32, w *work)
	// save writes what was learnt.
	save(w *writer)
}

// A sample is an utterance with its class.
type sample struct {
	utterance

	class  int
	weight float32
}

// work is memory that a model needs to score.
type work struct {
	hidden []float32 // of the place that is looked at
	best   []float32 // the highest of all places
	from   []int     // the place that it is at
	active []feature // the units that found something
}

func newWork() *work {
	return &work{
		make([]float32, hiddenUnits), make([]float32, hiddenUnits),
		make([]int, hiddenUnits), make([]feature, 0, hiddenUnits),
	}
}

// A rate says how far the first step goes. It falls to a tenth.
type rate float64

// at gives the rate when some part from 0 to 1 of the training is done.
func (r rate) at(part float64) float32 { return float32(float64(r) * math.Pow(0.1, part)) }

// fit trains m by stochastic gradient descent, in an order drawn from r. It
// looks at ctx once a pass.
func fit(ctx context.Context, m model, samples []sample, passes int, r *rand.Rand) error {
	order := make([]int, len(samples))
	for i := range order {
		order[i] = i
	}
	total := float64(passes * len(samples))
	step := 0
	for range passes {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			m.learn(&samples[i], m.at(float64(step)/total)*samples[i].weight, r)
			step++
		}
	}
	return nil
}

// A gradient says how far the score of a class should move.
type gradient struct {
	class int
	step  float32
}

// settled is how close to the wanted probability needs no step: most classes
// of most samples are, which saves most of the work.
const settled = 0.002

// gradients appends the steps that bring p towards class.
func gradients(dst []gradient, p []float32, class int, rate float32) []gradient {
	for c, v := range p {
		d := -v
		if c == class {
			d++
		}
		if d > settled || d < -settled {
			dst = append(dst, gradient{c, d * rate})
		}
	}
	return dst
}

// biasRate is how fast biases learn beside weights.
const biasRate = 0.05

// addRows adds the rows of the features to sum, each with its weight. Four at a
// time, for speed.
func addRows(sum, rows []float32, features []feature) {
	n := len(sum)
	row := func(f feature) []float32 { return rows[int(f.id)*n:][:n] }
	for ; len(features) >= 4; features = features[4:] {
		a, b, c, d := features[0], features[1], features[2], features[3]
		ra, rb, rc, rd := row(a), row(b), row(c), row(d)
		for i := range sum[:min(n, len(ra), len(rb), len(rc), len(rd))] {
			sum[i] += a.weight*ra[i] + b.weight*rb[i] + c.weight*rc[i] + d.weight*rd[i]
		}
	}
	for _, f := range features {
		for i, v := range row(f) {
			sum[i] += f.weight * v
		}
	}
}

// normalize turns scores into probabilities.
func normalize(p []float32) {
	top := p[0]
	for _, z := range p {
		top = max(top, z)
	}
	var sum float32
	for c, z := range p {
		if z < top-12 {
			p[c] = 0 // too little to count
			continue
		}
		p[c] = float32(math.Exp(float64(z - top)))
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
}

// dropHalf appends a random half of the features, twice as loud. A model that
// never sees all of an example learns not to lean on one word of it.
func dropHalf(dst, features []feature, r *rand.Rand) []feature {
	var coins uint64
	for i, f := range features {
		if i%64 == 0 {
			coins = r.Uint64()
		}
		if coins&1 == 1 {
			dst = append(dst, feature{f.id, 2 * f.weight})
		}
		coins >>= 1
	}
	return dst
}
