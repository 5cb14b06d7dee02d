package dialog

// Fraction is shown to tests.
func Fraction(f float32) float64 { return fraction(f) }
