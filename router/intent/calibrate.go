package intent

import "math"

// evidence is what the confidence of an answer is drawn from.
type evidence [5]float64

const (
	evidenceBias   = iota
	evidenceMargin // how far the best class is ahead of all others together
	evidenceKnown  // how much of what was said stands in the examples
	evidenceLength // of the utterance
	evidenceNone   // how little speaks for none of the classes
)

// gather puts together the evidence for a class with probability p, where
// none is that of none of the classes.
func gather(p, none float64, u *utterance) evidence {
	return evidence{
		evidenceBias:   1,
		evidenceMargin: logOdds(p),
		evidenceKnown:  4 * (u.known - 0.75),
		evidenceLength: min(float64(u.words), 8)/4 - 1,
		evidenceNone:   -logOdds(none) / 2,
	}
}

func logOdds(p float64) float64 {
	p = min(max(p, 1e-5), 1-1e-5)
	return math.Log(p / (1 - p))
}

// A calibration turns evidence into the chance that an answer is right.
type calibration evidence

// cautious is used where there are too few examples to measure.
func cautious() calibration {
	return calibration{evidenceBias: -0.5, evidenceMargin: 0.8, evidenceKnown: 0.7}
}

func (c calibration) confidence(e evidence) float64 {
	var z float64
	for i := range e {
		z += c[i] * e[i]
	}
	return 1 / (1 + math.Exp(-z))
}

// An outcome is what became of an answer to text that was held back.
type outcome struct {
	evidence evidence
	right    bool
	weight   float64
}

// enoughOutcomes to trust five numbers drawn from them.
const enoughOutcomes = 40

// calibrate fits a logistic regression by gradient descent, held near the
// cautious one. More margin, more
// known words and less that speaks for none never lower the confidence.
func calibrate(outcomes []outcome) calibration {
	c := cautious()
	if len(outcomes) < enoughOutcomes {
		return c
	}
	prior := c
	var total float64
	for _, o := range outcomes {
		total += o.weight
	}
	for range 800 {
		var slope evidence
		for _, o := range outcomes {
			miss := c.confidence(o.evidence)
			if o.right {
				miss--
			}
			for i := range slope {
				slope[i] += o.weight * miss * o.evidence[i] / total
			}
		}
		for i := range c {
			c[i] -= 0.5 * (slope[i] + 0.002*(c[i]-prior[i]))
		}
		c[evidenceMargin] = max(c[evidenceMargin], 0.05)
		c[evidenceKnown] = max(c[evidenceKnown], 0)
		c[evidenceNone] = max(c[evidenceNone], 0)
	}
	return c
}
