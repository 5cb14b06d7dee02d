package redact

import "strings"

// sheet is what results are written on. What was cut from it is never written again, so
// it may be kept; a full sheet is left to those who keep parts of it, and a new one is
// taken. So a result costs no allocation of its own. Nothing raw is written on it.
type sheet struct {
	text     strings.Builder
	numbers  []Safe
	findings []Finding
	spans    []Span
}

const (
	sheetText  = 4096 // bytes of a new sheet
	sheetParts = 64   // and its numbers, findings and spans
)

// keep copies what may be shown.
func (s *sheet) keep(b []byte) string {
	if s.text.Cap()-s.text.Len() < len(b) {
		s.text.Reset()
		s.text.Grow(max(len(b), sheetText))
	}
	from := s.text.Len()
	s.text.Write(b)
	return s.text.String()[from:]
}

// cutOff takes n parts off what is left of a block, or off a new one.
func cutOff[T any](block *[]T, n int) []T {
	if n == 0 {
		return nil
	}
	if len(*block) < n {
		*block = make([]T, max(n, sheetParts))
	}
	out := (*block)[:n:n]
	*block = (*block)[n:]
	return out
}

// keepFindings copies findings.
func (s *sheet) keepFindings(from []Finding) []Finding {
	out := cutOff(&s.findings, len(from))
	copy(out, from)
	return out
}

// keepSpans copies spans.
func (s *sheet) keepSpans(from []Span) []Span {
	out := cutOff(&s.spans, len(from))
	copy(out, from)
	return out
}
