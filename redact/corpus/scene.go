package corpus

import (
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scene is a conversation while it is made.
type scene struct {
	tongue
	r   *rand.Rand
	d   Dialogue
	now int64
	utt int

	// How this recognizer writes, and this caller speaks.
	cased    bool // sentences, not bare words in lower case
	partials int  // per cent of the utterances that have partials
	accent   accent
}

// accent is how a caller says numbers.
type accent struct {
	swiss   bool // septante, nonante, and huitante; Belgians say quatre-vingts
	belgian bool
	and     bool // "four hundred and six"
	hyphen  int  // 0: none, 1: below a hundred, 2: everywhere
	zero    string
}

func newScene(t tongue, r *rand.Rand) *scene {
	s := &scene{tongue: t, r: r}
	s.d.Lang = t.lang
	s.d.Spans = []Span{}
	s.d.Keep = []string{}
	s.cased = s.chance(40)
	s.partials = pick(s, []int{0, 30, 30, 60, 100})
	s.accent = accent{and: s.chance(50), hyphen: pick(s, []int{0, 1, 1, 2}), zero: pick(s, t.zeros)}
	if s.chance(8) {
		s.accent.belgian = true
		s.accent.swiss = s.chance(40)
	}
	s.now = int64(400 + s.r.IntN(3000))
	return s
}

func pick[T any](s *scene, from []T) T { return from[s.r.IntN(len(from))] }

// chance is true in so many per cent of cases.
func (s *scene) chance(percent int) bool { return s.r.IntN(100) < percent }

// bot lets the bot say a template.
func (s *scene) bot(template string) {
	text := s.fill(template)
	s.now += int64(300 + s.r.IntN(1500))
	s.add(Turn{Who: "bot", Final: true, Text: text})
	s.utt++
}

// caller lets the caller say a template.
func (s *scene) caller(template string) { s.says(s.fill(template)) }

// says gives the hypotheses of text.
func (s *scene) says(text string) {
	if s.chance(s.partials) {
		s.grow(text, false)
	}
	s.final(text)
}

// revised gives hypotheses of which some are wrong before the right one comes.
func (s *scene) revised(text string) {
	s.grow(text, true)
	s.final(text)
}

// lost gives hypotheses that no final follows.
func (s *scene) lost(text string) {
	s.grow(text, s.chance(30))
	s.utt++
}

// reformatted gives hypotheses in words and a final in which the recognizer has
// written figures, or the other way round.
func (s *scene) reformatted(partial, final string) {
	s.grow(partial, s.chance(30))
	s.final(final)
}

func (s *scene) final(text string) {
	s.now += int64(200 + 60*len(text)/(1+s.r.IntN(3)))
	s.add(Turn{Who: "caller", Final: true, Text: s.written(text)})
	s.utt++
}

// grow gives the partials of text.
func (s *scene) grow(text string, revise bool) {
	words := strings.Fields(strings.ToLower(text))
	for n := 1 + s.r.IntN(3); n < len(words); n += 1 + s.r.IntN(4) {
		shown := append([]string(nil), words[:n]...)
		if revise && s.chance(50) {
			shown[len(shown)-1-s.r.IntN(min(3, len(shown)))] = pick(s, s.wrong)
		}
		s.now += int64(150 + s.r.IntN(500))
		s.add(Turn{Who: "caller", Text: strings.Join(shown, " ")})
	}
}

// written is how this recognizer writes a final.
func (s *scene) written(text string) string {
	if !s.cased {
		return text
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + pick(s, []string{".", ".", "", "…"})
}

// keys lets the caller key digits, one or several at a time.
func (s *scene) keys(digits string, most int) {
	for len(digits) > 0 {
		n := min(1+s.r.IntN(most), len(digits))
		s.now += int64(500 + s.r.IntN(1500))
		s.add(Turn{Who: "caller", Final: true, Text: digits[:n], Src: "dtmf"})
		s.utt++
		digits = digits[n:]
	}
}

func (s *scene) add(t Turn) {
	t.AtMs, t.Utt = s.now, s.utt
	s.d.Turns = append(s.d.Turns, t)
}

func (s *scene) secret(kind, digits string) {
	s.d.Spans = append(s.d.Spans, Span{kind, digits})
}

// fill puts values in the place of a template's {slots} and notes what must be
// kept: what stands in <angles>, and every value.
func (s *scene) fill(template string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		out.WriteString(before)
		if !found {
			break
		}
		slot, after, _ := strings.Cut(rest, "}")
		value := s.value(slot)
		out.WriteString(value)
		s.d.Keep = append(s.d.Keep, value)
		if !strings.HasPrefix(slot, "long") {
			s.d.Numbers = append(s.d.Numbers, value)
		}
		template = after
	}
	return s.kept(out.String())
}

// kept takes the angles away and notes what stood in them.
func (s *scene) kept(text string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "<")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		phrase, after, _ := strings.Cut(rest, ">")
		out.WriteString(phrase)
		s.d.Keep = append(s.d.Keep, phrase)
		text = after
	}
}
