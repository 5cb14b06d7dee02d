package redact

import "time"

// A Span is a part of the sound that must not be heard, on the clock of the words'
// times: From and To count from the stream's first audio, or from where Raw.Placed
// says.
type Span struct{ From, To time.Duration }

const (
	muteBefore = 150 * time.Millisecond // recognizers put words a little late,
	muteAfter  = 250 * time.Millisecond // and cut off their ends
	muteJoin   = 500 * time.Millisecond // what is shorter between two spans is muted too
	mostSpans  = 16                     // of a number, over all utterances
)

// spans are parts of the sound, in order and apart from each other. Where there are too
// many, the two that are nearest become one: rather too much is muted than too little.
type spans struct {
	at [mostSpans + 1]Span
	n  int
}

func (s *spans) add(x Span) {
	if x.To <= x.From {
		return
	}
	i := 0
	for i < s.n && s.at[i].To+muteJoin < x.From {
		i++
	}
	j := i
	for ; j < s.n && s.at[j].From <= x.To+muteJoin; j++ {
		x.From, x.To = min(x.From, s.at[j].From), max(x.To, s.at[j].To)
	}
	copy(s.at[i+1:], s.at[j:s.n])
	s.at[i] = x
	s.n += 1 - (j - i)
	if s.n > mostSpans {
		s.joinNearest()
	}
}

func (s *spans) joinNearest() {
	least := 1
	for i := 2; i < s.n; i++ {
		if s.at[i].From-s.at[i-1].To < s.at[least].From-s.at[least-1].To {
			least = i
		}
	}
	s.at[least-1].To = s.at[least].To
	copy(s.at[least:], s.at[least+1:s.n])
	s.n--
}

func (s *spans) addAll(o *spans) {
	for _, x := range o.at[:o.n] {
		s.add(x)
	}
}

// list gives the spans, or nil.
func (s *spans) list() []Span {
	if s.n == 0 {
		return nil
	}
	return append([]Span(nil), s.at[:s.n]...)
}

// Placed brings the words to another clock: base is when their stream heard its first
// audio. A word without times gets those of the whole utterance, from and to, which are
// on the stream's clock as the words' are.
func (r Raw) Placed(base, from, to time.Duration) Raw {
	old := r.open()
	if len(old) == 0 {
		return r
	}
	words := make([]Word, len(old))
	for i, w := range old {
		if !w.timed() {
			w.Start, w.End = from, max(from, to)
		}
		w.Start, w.End = w.Start+base, w.End+base
		words[i] = w
	}
	return NewRaw(words...)
}

// muteAll is for a text that could not be redacted.
func muteAll(words []Word) []Span {
	var out spans
	out.add(whole(words).wide())
	return out.list()
}

func (w *Word) timed() bool { return w.Start >= 0 && w.End > w.Start }

// whole is the sound of all words, as far as it is known.
func whole(words []Word) (out Span) {
	for i := range words {
		w := &words[i]
		switch {
		case !w.timed():
		case out.To == 0:
			out = Span{w.Start, w.End}
		default:
			out = Span{min(out.From, w.Start), max(out.To, w.End)}
		}
	}
	return out
}

// wide is a span with what must be muted around it.
func (s Span) wide() Span {
	if s.To <= s.From {
		return Span{}
	}
	return Span{max(s.From-muteBefore, 0), s.To + muteAfter}
}

// timing finds out when parts of a text were said that was joined from words. It goes
// forward with the parts that are asked for.
type timing struct {
	words []Word
	next  int // a word
	at    int // where that begins in the text
}

// of gives the time of the bytes from first to last of the text. Where a word of them
// has no times it is the whole utterance.
func (t *timing) of(first, last int) (out Span) {
	if first < t.at {
		t.next, t.at = 0, 0
	}
	for t.next < len(t.words) && t.at+len(t.words[t.next].Text) <= first {
		t.at += len(t.words[t.next].Text) + 1
		t.next++
	}
	at := t.at
	for i := t.next; i < len(t.words) && at < last; i++ {
		w := &t.words[i]
		if at += len(w.Text) + 1; w.Text == "" {
			continue
		}
		if !w.timed() {
			return whole(t.words)
		}
		if out.To == 0 {
			out = Span{w.Start, w.End}
		}
		out = Span{min(out.From, w.Start), max(out.To, w.End)}
	}
	return out
}

// said gives when group i was said.
func (u *utterance) said(i int) Span {
	if len(u.times.words) == 0 {
		return Span{}
	}
	return u.times.of(u.lex[u.groups[i].first].start, u.lex[u.groups[i].last].end).wide()
}

// mute gives what must not be heard of an utterance: what is masked in it and, where a
// number is, all that was said of that number before, though it was shown then.
func (u *utterance) mute(m *memory) []Span {
	var out spans
	for i := 0; i < len(u.groups); i++ {
		if u.groups[i].show {
			continue
		}
		span := u.said(i)
		for i+1 < len(u.groups) && !u.groups[i+1].show && u.groups[i+1].before <= 1 {
			i++ // with the word between, as in the text
			next := u.said(i)
			span = Span{min(span.From, next.From), max(span.To, next.To)}
		}
		out.add(span)
	}
	if m.withholds(u) {
		out.addAll(&m.chain.said)
	}
	if u.cut >= 0 && len(u.times.words) > 0 {
		out.add(u.times.of(u.cut, len(u.text)).wide())
	}
	return u.sheet.keepSpans(out.at[:out.n])
}

// withholds reports whether a part of the number that is being said was withheld in
// this utterance.
func (m *memory) withholds(u *utterance) bool {
	if m.chain.n == 0 {
		return false
	}
	for i := range u.groups {
		if gr := &u.groups[i]; !gr.show && !gr.placed && (!gr.spare || gr.mask == maskIBAN || gr.mask == maskNIR) {
			return true
		}
	}
	return false
}

// open reports whether u withholds digits of what may be a card, by its context or its
// length.
func (m *memory) open(u *utterance) bool {
	return u.hiddenAfter(-1) && (m.inCard() || m.chain.most > longest)
}

// Sensitive reports whether a secret may be being said right now: the last partial
// withheld digits where a card is spoken of, or as many as only a card has, or the last
// final did and the number may go on. Sound that is not delayed is muted by it.
func (r *Redactor) Sensitive() bool { return r.sensitive }
