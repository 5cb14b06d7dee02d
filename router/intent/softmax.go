package intent

import (
	"context"
	"math"
	"math/rand/v2"
)

// A softmax scores the classes of a bag. Weights lie feature by feature, so
// that a bag touches few cache lines.
type softmax struct {
	classes int
	weights []float32 // of feature f and class c at f*classes+c
	bias    []float32
}

// A sample is a bag with its class.
type sample struct {
	features []feature
	class    int
	weight   float32
}

const (
	startRate = 1.0
	endRate   = 0.2
	shrink    = 2e-5 // weight decay of the features that a sample touches
)

// fit trains by stochastic gradient descent, in an order drawn from r. It looks
// at ctx once a pass.
func (m *softmax) fit(ctx context.Context, samples []sample, passes int, r *rand.Rand) error {
	order := make([]int, len(samples))
	for i := range order {
		order[i] = i
	}
	p := make([]float64, m.classes)
	total := float64(passes * len(samples))
	step := 0
	for range passes {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			rate := startRate * math.Pow(endRate/startRate, float64(step)/total)
			m.learn(&samples[i], rate, p)
			step++
		}
	}
	return nil
}

func (m *softmax) learn(s *sample, rate float64, p []float64) {
	m.probabilities(s.features, p)
	rate *= float64(s.weight)
	for c := range p {
		p[c] *= -rate
	}
	p[s.class] += rate
	keep := float32(1 - shrink*rate)
	for _, f := range s.features {
		row := m.weights[int(f.id)*m.classes:][:m.classes]
		for c := range row {
			row[c] = row[c]*keep + f.weight*float32(p[c])
		}
	}
	for c := range m.bias {
		m.bias[c] += 0.05 * float32(p[c])
	}
}

// probabilities fills p, one for each class.
func (m *softmax) probabilities(features []feature, p []float64) {
	for c := range p {
		p[c] = float64(m.bias[c])
	}
	for _, f := range features {
		row := m.weights[int(f.id)*m.classes:][:m.classes]
		for c := range row {
			p[c] += float64(f.weight * row[c])
		}
	}
	top := p[0]
	for _, z := range p {
		top = max(top, z)
	}
	var sum float64
	for c, z := range p {
		p[c] = math.Exp(z - top)
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
}
