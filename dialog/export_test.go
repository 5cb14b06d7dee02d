package dialog

import (
	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
	"github.com/callward/callward/router/intent"
)

// Fraction is shown to tests.
func Fraction(f float32) float64 { return fraction(f) }

// Judged gives what is made of an answer of one intent.
func Judged(name string, confidence float32) (intent.Result, error) {
	return result([]*dialogv1.Intent{{Name: name, Confidence: confidence}}, []string{name})
}
