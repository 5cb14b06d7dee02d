package appraise

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// A Report is what came of it. Shares are from 0 to 1.
type Report struct {
	Examples int `json:"examples"` // that were learnt, without those outside
	Outside  int `json:"outside_examples"`
	Intents  int `json:"intents"`
	Tested   int `json:"tested"`
	OfScope  int `json:"tested_in_scope"`

	// Accuracy is the share of all that was taken for what it is: the right intent, or
	// for what is outside, none.
	Accuracy float64 `json:"accuracy"`
	// MacroF1 is the mean over the intents that were tested, and Outside if that was.
	MacroF1 float64 `json:"macro_f1"`
	// InScope is the share of what is in scope that got the right intent; what was
	// rejected did not.
	InScope float64 `json:"in_scope_accuracy"`
	// Best is the same if nothing were rejected.
	Best float64 `json:"in_scope_top1"`
	// Rejected is the share of what is in scope that was taken for outside.
	Rejected float64 `json:"in_scope_rejected"`
	// Recall is the share of what is outside that was rejected; nil: nothing was.
	Recall *float64 `json:"out_of_scope_recall,omitempty"`
	// Threshold is the confidence below which an answer was rejected.
	Threshold float64 `json:"threshold"`
	// CalibrationError is the expected one over ten bins of confidence: how far it is
	// from the share of right answers.
	CalibrationError float64 `json:"expected_calibration_error"`

	TrainSeconds float64 `json:"train_seconds"`
	Micros       float64 `json:"us_per_utterance"` // one after the other, on one core

	// The same of the processors, without what others used of them meanwhile.
	TrainCPUSeconds float64 `json:"train_cpu_seconds"`
	MicrosCPU       float64 `json:"cpu_us_per_utterance"`
}

// Run trains from some examples and asks for others. An answer with less confidence than
// threshold is none; below 0, the threshold is Usual where any example is outside, and 0
// where none is. It blocks for as long as training takes.
func Run(ctx context.Context, train, test []intent.Example, threshold float64) (Report, error) {
	var r Report
	known := make(map[string]bool)
	var inside []intent.Example
	var outside []string
	for _, e := range train {
		if e.Intent == Outside {
			outside = append(outside, e.Text)
			continue
		}
		known[e.Intent] = true
		inside = append(inside, e)
	}
	strange := 0
	for _, e := range test {
		if e.Intent == Outside {
			strange++
		} else if !known[e.Intent] {
			return r, fmt.Errorf("the intent %q is tested and has no example to learn from", e.Intent)
		}
	}
	if threshold < 0 {
		threshold = 0
		if strange > 0 || len(outside) > 0 {
			threshold = Usual
		}
	}
	watch := start()
	c, err := intent.Train(ctx, inside, intent.Options{Outside: outside})
	if err != nil {
		return r, err
	}
	elapsed, processor := watch.since()
	r = Report{
		Examples: len(inside), Outside: len(outside), Intents: len(known), Tested: len(test), OfScope: len(test) - strange,
		Threshold: threshold, TrainSeconds: elapsed.Seconds(), TrainCPUSeconds: processor.Seconds(),
	}
	return r, r.test(ctx, c, test)
}

// Usual is the threshold of a line that says nothing else.
const Usual = 0.5

var errNothing = errors.New("nothing to test")

// test asks for each.
func (r *Report) test(ctx context.Context, c *intent.Classifier, test []intent.Example) error {
	if len(test) == 0 {
		return errNothing
	}
	texts := make([]redact.Safe, len(test))
	for i, e := range test {
		texts[i] = redact.Authored(e.Text)
	}
	answers := make([]intent.Result, len(test))
	watch := start()
	for i, text := range texts {
		var err error
		if answers[i], err = c.Classify(ctx, text); err != nil {
			return err
		}
	}
	elapsed, processor := watch.since()
	r.Micros = float64(elapsed.Microseconds()) / float64(len(test))
	r.MicrosCPU = float64(processor.Microseconds()) / float64(len(test))
	var t tally
	for i, e := range test {
		t.add(e.Intent, answers[i], r.Threshold)
	}
	t.fill(r)
	return nil
}

// A tally counts answers.
type tally struct {
	right, inScope, best, rejected, strange, caught int
	of                                              map[string]*counts
	bins                                            [10]struct{ n, right, sum float64 }
}

// counts are those of an intent.
type counts struct{ right, said, meant int }

func (t *tally) add(want string, got intent.Result, threshold float64) {
	said := got.Name
	if said == "" || got.Confidence < threshold {
		said = Outside
	}
	t.count(want).meant++
	t.count(said).said++
	if said == want {
		t.right++
		t.count(want).right++
	}
	if want == Outside {
		t.strange++
		if said == Outside {
			t.caught++
		}
	} else {
		if said == want {
			t.inScope++
		}
		if said == Outside {
			t.rejected++
		}
		if got.Name == want {
			t.best++
		}
	}
	b := &t.bins[min(int(got.Confidence*10), 9)]
	b.n++
	b.sum += got.Confidence
	if got.Name == want {
		b.right++
	}
}

func (t *tally) count(name string) *counts {
	if t.of == nil {
		t.of = make(map[string]*counts)
	}
	if t.of[name] == nil {
		t.of[name] = new(counts)
	}
	return t.of[name]
}

func (t *tally) fill(r *Report) {
	r.Accuracy = share(t.right, r.Tested)
	r.InScope, r.Best, r.Rejected = share(t.inScope, r.OfScope), share(t.best, r.OfScope), share(t.rejected, r.OfScope)
	if t.strange > 0 {
		recall := share(t.caught, t.strange)
		r.Recall = &recall
	}
	tested := 0
	for _, c := range t.of {
		if c.meant > 0 { // F1 is 2 right / (said + meant)
			tested++
			r.MacroF1 += share(2*c.right, c.said+c.meant)
		}
	}
	r.MacroF1 /= float64(max(tested, 1))
	for _, b := range t.bins {
		r.CalibrationError += math.Abs(b.right-b.sum) / float64(max(r.Tested, 1))
	}
}

func share(n, of int) float64 { return float64(n) / float64(max(of, 1)) }

// Print writes the figures for people.
func (r *Report) Print(w io.Writer) error {
	recall := "-"
	if r.Recall != nil {
		recall = fmt.Sprintf("%.1f %%", 100**r.Recall)
	}
	_, err := fmt.Fprintf(w, `learnt                      %d examples of %d intents, %d outside, in %.1f s (%.1f s of processor time)
tested                      %d utterances, %d of them in scope
accuracy                    %.1f %%
macro-F1                    %.1f %%
in-scope accuracy           %.1f %% (%.1f %% if nothing were rejected; %.1f %% are, below a confidence of %.2f)
out-of-scope recall         %s
expected calibration error  %.1f %%
µs per utterance            %.0f (%.0f of processor time)
`, r.Examples, r.Intents, r.Outside, r.TrainSeconds, r.TrainCPUSeconds, r.Tested, r.OfScope, 100*r.Accuracy, 100*r.MacroF1,
		100*r.InScope, 100*r.Best, 100*r.Rejected, r.Threshold, recall, 100*r.CalibrationError, r.Micros, r.MicrosCPU)
	return err
}
