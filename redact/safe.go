package redact

// Safe is text that may be shown, logged, stored and sent. Only this package
// makes it from what a caller said; Authored makes it from the operator's own
// words. The zero Safe is the empty text.
type Safe struct{ text string }

// Authored takes text that the operator wrote: a prompt in an assistant file, a
// fixed phrase of ours. It must never be given what a caller said or keyed, nor
// text into which such a value was put: that is what Redactor.Speech is for.
func Authored(text string) Safe { return Safe{text} }

// String gives the text.
func (s Safe) String() string { return s.text }

// Empty reports whether there is no text.
func (s Safe) Empty() bool { return s.text == "" }

// After gives the text with another before it, and a blank between them.
func (s Safe) After(before Safe) Safe {
	if s.text == "" || before.text == "" {
		return Safe{before.text + s.text}
	}
	return Safe{before.text + " " + s.text}
}

// IsZero reports whether there is no text, for the JSON option omitzero.
func (s Safe) IsZero() bool { return s.text == "" }

// MarshalText gives the text to encoders.
func (s Safe) MarshalText() ([]byte, error) { return []byte(s.text), nil }

// UnmarshalText reads back what MarshalText wrote: text that left this process
// was safe when it left.
func (s *Safe) UnmarshalText(b []byte) error {
	s.text = string(b)
	return nil
}
