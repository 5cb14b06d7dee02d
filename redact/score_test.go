package redact_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/redact/corpus"
)

// middleRun is how many digits in a row, of those between the first six and the
// last four, are a leak wherever they show.
const middleRun = 5

// share is a part of a whole.
type share struct{ part, whole int }

func (s *share) add(part, whole int) { s.part, s.whole = s.part+part, s.whole+whole }

func (s *share) count(ok bool) {
	s.whole++
	if ok {
		s.part++
	}
}

func (s *share) percent() float64 { return 100 * float64(s.part) / float64(max(s.whole, 1)) }

func (s *share) String() string {
	return fmt.Sprintf("%d of %d (%.1f %%)", s.part, s.whole, s.percent())
}

// event is what a dialogue shows at one of its turns.
type event struct {
	turn     corpus.Turn
	shown    string
	released string // at its front, of the utterance before
}

// eventsOf runs a dialogue through a Redactor, an event for each turn.
func eventsOf(d corpus.Dialogue) []event {
	r := redact.New(d.Lang)
	out := make([]event, 0, len(d.Turns)+1)
	for _, t := range d.Turns {
		id := string(rune('a' + t.Utt))
		e := event{turn: t}
		switch {
		case t.Who == "bot":
			e.shown = r.Speech(t.Text).String()
		case t.Src == "dtmf":
			for _, k := range []byte(t.Text) {
				if res, done := r.Press(k); done {
					e.shown += res.Text.String() + " "
				}
			}
		case t.Final:
			res := r.Final(id, redact.RawText(t.Text))
			e.shown, e.released = res.Text.After(res.Released).String(), res.Released.String()
		default:
			e.shown = r.Partial(id, redact.RawText(t.Text)).After(r.Released()).String()
		}
		out = append(out, e)
	}
	end := event{turn: corpus.Turn{Who: "caller", Final: true}, released: r.Settle().String()}
	if n := len(d.Turns); n > 0 {
		end.turn.AtMs, end.turn.Utt = d.Turns[n-1].AtMs, d.Turns[n-1].Utt+1
	}
	end.shown = end.released + " " + r.EndKeys().Text.String()
	return append(out, end)
}

// viewsOf gives what can be looked at: each event alone, each partial after the
// finals before it, all finals and everything together.
func viewsOf(events []event) (finals, partials []string) {
	var all, out strings.Builder
	for _, e := range events {
		all.WriteString(e.shown + "\n")
		if e.turn.Final {
			out.WriteString(e.shown + "\n")
			finals = append(finals, e.shown)
		} else {
			partials = append(partials, e.shown, out.String()+e.shown)
		}
	}
	return append(finals, out.String()), append(partials, all.String())
}

// score is what a set of dialogues gave.
type score struct {
	readers map[string]*reader
	byKind  map[string]*kindScore

	leaks, leaksInFinals, strict share // of secrets
	middle                       share // of cards, digits of the middle
	kept, decoys                 share // of phrases
	masked, maskedLong           share // of the ordinary numbers, and the long ones, in decoys
	beside                       share // of the ordinary numbers in dialogues with secrets, masked
	words                        share // kept in partials of decoys
	plain                        share // of words without digits, late or lost in partials and finals of decoys
	late                         []int // ms from a number's last word to when it could be read
	lateUtterances               share // of the numbers that could be read, not in the utterance that said them
}

type kindScore struct {
	leaks, strict, kept, masked share
	dialogues                   int
}

func newScore() *score {
	return &score{
		readers: map[string]*reader{"en": newReader("en"), "fr": newReader("fr"), "both": newReader("")},
		byKind:  map[string]*kindScore{},
	}
}

// run has a Redactor redact a dialogue, scores it, and tells what is wrong with it.
func (sc *score) run(d corpus.Dialogue) (faults []string) { return sc.score(d, eventsOf(d)) }

// score scores what was shown of a dialogue.
func (sc *score) score(d corpus.Dialogue, events []event) (faults []string) {
	k := sc.byKind[d.Lang+" "+d.Kind]
	if k == nil {
		k = &kindScore{}
		sc.byKind[d.Lang+" "+d.Kind] = k
	}
	k.dialogues++
	finals, partials := viewsOf(events)
	joined := finals[len(finals)-1]
	for _, s := range d.Spans {
		if s.Type == "cvv" {
			finals, partials := viewsOf(sc.sinceSaid(d, s.Digits, events))
			faults = append(faults, sc.secret(k, d, s, finals, partials)...)
			continue
		}
		faults = append(faults, sc.secret(k, d, s, finals, partials)...)
	}
	for _, phrase := range d.Keep {
		ok := contains(joined, phrase)
		sc.kept.count(ok)
		k.kept.count(ok)
		if len(d.Spans) == 0 {
			sc.decoys.count(ok)
		}
		if !ok {
			faults = append(faults, fmt.Sprintf("lost %q", phrase))
		}
	}
	if len(d.Spans) > 0 {
		for _, n := range d.Numbers {
			sc.beside.count(!contains(joined, n))
		}
		return faults
	}
	sc.useful(k, d, events, joined)
	return faults
}

// sinceSaid leaves out what was shown before a code was said: three digits stand
// in many a date.
func (sc *score) sinceSaid(d corpus.Dialogue, code string, events []event) []event {
	r := sc.readers[d.Lang]
	for i := len(d.Turns) - 1; i >= 0; i-- {
		if r.readable(d.Turns[i].Text, code) < len(code) {
			continue
		}
		for i > 0 && d.Turns[i-1].Utt == d.Turns[i].Utt {
			i--
		}
		return events[i:]
	}
	return events
}

// secret scores one secret of a dialogue.
func (sc *score) secret(k *kindScore, d corpus.Dialogue, s corpus.Span, finals, partials []string) (faults []string) {
	r := sc.readers[d.Lang]
	if bilingual(d) {
		r = sc.readers["both"]
	}
	digits := strings.TrimLeft(s.Digits, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	limit := 6
	if s.Type == "cvv" {
		limit = len(digits) - 1
	} else {
		others := slices.Concat(d.Numbers, d.Beside)
		finals, partials = without(slices.Clone(finals), others), without(slices.Clone(partials), others)
	}
	inFinals, view := worst(r, finals, digits)
	n, seen := worst(r, partials, digits)
	if n = max(n, inFinals); n == inFinals {
		seen = view
	}
	if s.Type == "pan" && len(digits) >= middleRun+6+4 {
		k, seen := worst(r, append(slices.Clone(finals), partials...), digits[6:len(digits)-4])
		sc.middle.count(k >= middleRun)
		if k >= middleRun {
			faults = append(faults, fmt.Sprintf("LEAK: %d middle digits of the pan %s can be read in %q, said %q", k, digits, seen, said(d)))
		}
	}
	sc.leaks.count(n > limit)
	sc.leaksInFinals.count(inFinals > limit)
	sc.strict.count(n > min(limit, 4))
	k.leaks.count(n > limit)
	k.strict.count(n > min(limit, 4))
	if n > limit {
		faults = append(faults, fmt.Sprintf("LEAK: %d digits of the %s %s can be read in %q, said %q", n, s.Type, s.Digits, seen, said(d)))
	}
	return faults
}

// useful scores what remains of a decoy.
func (sc *score) useful(k *kindScore, d corpus.Dialogue, events []event, joined string) {
	for _, phrase := range d.Keep {
		switch {
		case slices.Contains(d.Numbers, phrase):
			ok := contains(joined, phrase)
			sc.masked.count(!ok)
			k.masked.count(!ok)
			if ok {
				sc.delay(events, phrase)
			}
		case strings.ContainsAny(phrase, "0123456789") || len(strings.Fields(phrase)) > 6:
			sc.maskedLong.count(!contains(joined, phrase))
		}
	}
	for _, e := range events {
		if e.turn.Final || e.turn.Src != "" {
			continue
		}
		sc.words.add(len(strings.Fields(strings.ReplaceAll(e.shown, "[…]", ""))), len(strings.Fields(e.turn.Text)))
		for w := range strings.FieldsSeq(e.turn.Text) {
			if numeric := sc.readers[d.Lang].edge(tokens(w)); len(numeric) == 0 && !strings.ContainsAny(w, "0123456789") && strings.ContainsFunc(w, unicode.IsLetter) && !partOfNumber(w) {
				sc.plain.count(!contains(e.shown, w))
			}
		}
	}
}

// partOfNumber knows the words that are a number only together with others.
func partOfNumber(w string) bool {
	return slices.Contains([]string{"hundred", "thousand", "double", "triple", "treble", "quadruple", "ones", "and", "et", "mille", "cents", "zero", "quatre-vingts"}, w)
}

// delay counts from the moment at which a number was heard whole to that at
// which it could be read.
func (sc *score) delay(events []event, number string) {
	var heard *corpus.Turn
	for i := range events {
		e := &events[i]
		if heard == nil && contains(e.turn.Text, number) {
			heard = &e.turn
		}
		if heard != nil && contains(e.shown, number) {
			sc.late = append(sc.late, int(e.turn.AtMs-heard.AtMs))
			sc.lateUtterances.count(e.turn.Utt != heard.Utt)
			return
		}
	}
}

func (sc *score) mustNotLeak(t *testing.T) {
	t.Helper()
	if sc.middle.part > 0 {
		t.Errorf("cards of which %d digits of the middle show: %v", middleRun, &sc.middle)
	}
	if sc.leaks.part > 0 {
		t.Errorf("leaks: %v", &sc.leaks)
	}
}

// table prints the score by kind.
func (sc *score) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s %9s %8s %12s %8s %8s\n", "language and kind", "dialogues", "leaks", "over 4 in row", "kept", "masked")
	for _, name := range slices.Sorted(maps.Keys(sc.byKind)) {
		k := sc.byKind[name]
		fmt.Fprintf(&b, "%-28s %9d %8d %12.1f%% %7.1f%% %7.1f%%\n", name, k.dialogues, k.leaks.part, k.strict.percent(), k.kept.percent(), k.masked.percent())
	}
	slices.Sort(sc.late)
	p95 := 0
	if len(sc.late) > 0 {
		p95 = sc.late[len(sc.late)*95/100]
	}
	fmt.Fprintf(&b, "\nsecrets that leak: %v; in finals alone: %v; of which more than four digits in a row can be read: %v\n", &sc.leaks, &sc.leaksInFinals, &sc.strict)
	fmt.Fprintf(&b, "phrases kept: %v; in decoys: %v\n", &sc.kept, &sc.decoys)
	fmt.Fprintf(&b, "ordinary numbers masked, in decoys: %v; beside secrets: %v; numbers of 12 digits and more: %v\n", &sc.masked, &sc.beside, &sc.maskedLong)
	fmt.Fprintf(&b, "words of decoys kept in partials: %v; words without digits that were late: %v\n", &sc.words, &sc.plain)
	fmt.Fprintf(&b, "delay of numbers in decoys, p95: %d ms; shown in a later utterance: %v\n", p95, &sc.lateUtterances)
	return b.String()
}

// without takes ordinary numbers out of views: by chance they hold a card's digits.
func without(views, numbers []string) []string {
	for i := range views {
		for _, n := range numbers {
			if len(n) < 6 { // it could be a part of the card
				continue
			}
			views[i] = strings.ReplaceAll(strings.ToLower(views[i]), strings.ToLower(n), "|")
		}
	}
	return views
}

func contains(text, phrase string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(phrase))
}

func said(d corpus.Dialogue) string {
	var out []string
	for _, t := range d.Turns {
		if t.Final {
			out = append(out, t.Who+": "+t.Text)
		}
	}
	return strings.Join(out, " | ")
}

// worst is the greatest number of digits of secret that can be read in a view,
// and that view.
func worst(r *reader, views []string, secret string) (n int, view string) {
	for _, v := range views {
		if k := r.readable(v, secret); k > n {
			n, view = k, v
		}
	}
	return n, view
}

// bilingual reports whether numbers of two languages are in a dialogue.
func bilingual(d corpus.Dialogue) bool {
	return d.Kind == "language_switch" || d.Kind == "two_languages"
}
