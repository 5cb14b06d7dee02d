package vad

import "math"

const hidden = 16

// net is one hidden layer. Its weights are made by TestTrain.
type net struct {
	In      [hidden][inputs]float32
	Bias    [hidden]float32
	Out     [hidden]float32
	OutBias float32
}

// weigh gives the probability that a frame is speech.
func weigh(m *measures) float32 { return trained.weigh(m) }

func (n *net) weigh(m *measures) float32 {
	sum := n.OutBias
	for h := range hidden {
		x := n.Bias[h]
		for i, w := range n.In[h] {
			x += w * m[i]
		}
		sum += n.Out[h] * bend(x)
	}
	return 1 / (1 + float32(math.Exp(float64(-sum))))
}

// bend is a sigmoid without an exponential.
func bend(x float32) float32 { return x / (1 + max(x, -x)) }
