package intent_test

import (
	"testing"

	"github.com/callward/callward/router/intent"
)

// BenchmarkLoad reads what was learnt of CLINC150, as a start does whose examples have not
// changed: their fingerprint, and the file. The aim is half a second for 15,000 examples.
func BenchmarkLoad(b *testing.B) {
	examples := readCSV(b, shared(b, "data", "nlu", "clinc150_train.csv"))
	c, err := intent.Train(b.Context(), examples, intent.Options{Passes: 1}) // as many features as after more
	if err != nil {
		b.Fatal(err)
	}
	data, err := c.MarshalBinary()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportMetric(float64(len(examples)), "examples")
	for b.Loop() {
		intent.Fingerprint(examples, intent.Options{})
		if err := new(intent.Classifier).UnmarshalBinary(data); err != nil {
			b.Fatal(err)
		}
	}
}
