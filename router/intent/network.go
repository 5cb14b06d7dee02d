package intent

import (
	"math"
	"math/rand/v2"
)

// A network has a layer between features and classes. Each unit of it learns to
// look for something, takes the place of the utterance where there is most of
// it, and speaks for some classes and against others. Words that the examples
// use alike thus come to count alike.
type network struct {
	rate

	view   view
	in     []float32 // of feature f and unit h at f*hiddenUnits+h
	inBias []float32
	out    []float32 // of unit h and class c at h*classes+c
	bias   []float32

	// Only learn uses these.
	work    *work
	p       []float32
	back    []float32 // how far each unit should move
	dropped []feature
	places  [][]feature
	steps   []gradient
}

const (
	hiddenUnits = 64
	unitDrop    = 0.2 // of the units, in each step
	placeDrop   = 0.1 // where there are many
	outRate     = 0.3 // of the weights to the classes, beside those from the features
)

// Rates of networks that see the whole, and word by word.
const (
	wholeRate rate = 0.5
	placeRate rate = 0.25
)

func newNetwork(v view, features, classes int, speed rate, r *rand.Rand) *network {
	m := &network{
		rate: speed, view: v, in: make([]float32, features*hiddenUnits), inBias: make([]float32, hiddenUnits),
		out: make([]float32, hiddenUnits*classes), bias: make([]float32, classes),
		work: newWork(), p: make([]float32, classes), back: make([]float32, hiddenUnits),
	}
	for i := range m.in {
		m.in[i] = float32(0.3 * r.NormFloat64())
	}
	for i := range m.out {
		m.out[i] = float32(r.NormFloat64() * math.Sqrt(2.0/hiddenUnits))
	}
	return m
}

func (m *network) learn(s *sample, step float32, r *rand.Rand) {
	places := m.drop(s.places[m.view], r)
	m.units(places, m.work)
	m.dropUnits(r)
	m.score(m.work.active, m.p)
	m.steps = gradients(m.steps[:0], m.p, s.class, step)
	if len(m.steps) == 0 {
		return
	}
	clear(m.back)
	classes := len(m.bias)
	for _, f := range m.work.active {
		row := m.out[int(f.id)*classes:][:classes]
		var back float32
		for _, g := range m.steps {
			back += row[g.class] * g.step
			row[g.class] += outRate * f.weight * g.step
		}
		m.back[f.id] = back
	}
	for _, g := range m.steps {
		m.bias[g.class] += biasRate * g.step
	}
	m.descend(places)
}

// dropUnits leaves out some of the units, so that none relies on another.
func (m *network) dropUnits(r *rand.Rand) {
	kept := m.work.active[:0]
	for _, f := range m.work.active {
		if r.Float64() >= unitDrop {
			kept = append(kept, feature{f.id, f.weight / (1 - unitDrop)})
		}
	}
	m.work.active = kept
}

// drop leaves out some of what there is to see.
func (m *network) drop(places [][]feature, r *rand.Rand) [][]feature {
	m.places = m.places[:0]
	if len(places) == 1 {
		m.dropped = dropHalf(m.dropped[:0], places[0], r)
		return append(m.places, m.dropped)
	}
	for _, p := range places {
		if r.Float64() >= placeDrop {
			m.places = append(m.places, p)
		}
	}
	return m.places
}

// descend moves what each unit looks for.
func (m *network) descend(places [][]feature) {
	if len(places) == 1 {
		for _, f := range places[0] {
			row := m.in[int(f.id)*hiddenUnits:][:hiddenUnits]
			for h, b := range m.back {
				row[h] += f.weight * b
			}
		}
		return
	}
	for h, b := range m.back {
		if b == 0 {
			continue
		}
		for _, f := range places[m.work.from[h]] {
			m.in[int(f.id)*hiddenUnits+h] += f.weight * b
		}
		m.inBias[h] += biasRate * b
	}
}

func (m *network) probabilities(u *utterance, p []float32, w *work) {
	m.units(u.places[m.view], w)
	m.score(w.active, p)
}

// units lists in w.active how much of what each unit looks for there is.
func (m *network) units(places [][]feature, w *work) {
	clear(w.best)
	for at, features := range places {
		copy(w.hidden, m.inBias)
		addRows(w.hidden, m.in, features)
		for h, v := range w.hidden {
			if v > w.best[h] {
				w.best[h], w.from[h] = v, at
			}
		}
	}
	w.active = w.active[:0]
	for h, v := range w.best {
		if v > 0 {
			w.active = append(w.active, feature{uint32(h), v})
		}
	}
}

func (m *network) score(active []feature, p []float32) {
	copy(p, m.bias)
	addRows(p, m.out, active)
	normalize(p)
}
