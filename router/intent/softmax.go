package intent

import "math/rand/v2"

// A softmax adds up the weights of features for each class. Weights lie feature
// by feature, so that an utterance touches few cache lines.
type softmax struct {
	rate

	view    view
	weights []float32 // of feature f and class c at f*classes+c
	bias    []float32

	// Only learn uses these.
	p       []float32
	dropped []feature
	steps   []gradient
}

const softmaxRate rate = 2

func newSoftmax(v view, features, classes int, speed rate) *softmax {
	return &softmax{
		rate: speed, view: v, weights: make([]float32, features*classes), bias: make([]float32, classes), p: make([]float32, classes),
	}
}

func (m *softmax) learn(s *sample, step float32, r *rand.Rand) {
	m.dropped = dropHalf(m.dropped[:0], s.places[m.view][0], r)
	m.score(m.dropped, m.p)
	m.steps = gradients(m.steps[:0], m.p, s.class, step)
	classes := len(m.bias)
	for _, f := range m.dropped {
		row := m.weights[int(f.id)*classes:][:classes]
		for _, g := range m.steps {
			row[g.class] += f.weight * g.step
		}
	}
	for _, g := range m.steps {
		m.bias[g.class] += biasRate * g.step
	}
}

func (m *softmax) probabilities(u *utterance, p []float32, _ *work) {
	m.score(u.places[m.view][0], p)
}

func (m *softmax) score(features []feature, p []float32) {
	copy(p, m.bias)
	addRows(p, m.weights, features)
	normalize(p)
}
