package vad

import "math"

const hidden = 24

// net is a gated recurrent layer, of which each unit keeps some of what it held
// and takes in some of what is new (Cho et al. 2014, without the reset gate), and
// one unit that judges by it. Its weights are made by TestTrain.
type net struct {
	Gate, New         [hidden][inputs]float32
	GateBack, NewBack [hidden][hidden]float32
	GateBias, NewBias [hidden]float32
	Out               [hidden]float32
	OutBias           float32
}

// memory is what the units hold between frames.
type memory [hidden]float32

// weigh gives the probability that a frame is speech, after those before it. It
// leaves in gate and fresh what it did, for those who teach it.
func (n *net) weigh(m *measures, held, gate, fresh *memory) float32 {
	before := *held
	sum := n.OutBias
	for u := range hidden {
		gate[u] = bend(n.GateBias[u] + dot(n.Gate[u][:], m[:]) + dot(n.GateBack[u][:], before[:]))
		fresh[u] = bend(n.NewBias[u] + dot(n.New[u][:], m[:]) + dot(n.NewBack[u][:], before[:]))
		keep := 0.5 + 0.5*gate[u]
		held[u] = keep*before[u] + (1-keep)*fresh[u]
		sum += n.Out[u] * held[u]
	}
	return 1 / (1 + float32(math.Exp(float64(-sum))))
}

// dot is a sum of products, in four parts that the processor adds side by side.
// The lengths are multiples of four.
func dot(w, x []float32) float32 {
	var a, b, c, d float32
	for i := 0; i+4 <= len(w) && i+4 <= len(x); i += 4 {
		v, y := w[i:i+4:i+4], x[i:i+4:i+4]
		a += v[0] * y[0]
		b += v[1] * y[1]
		c += v[2] * y[2]
		d += v[3] * y[3]
	}
	return a + b + c + d
}

// bend is a sigmoid from -1 to 1 without an exponential.
func bend(x float32) float32 { return x / float32(math.Sqrt(float64(1+x*x))) }
