package asr

import (
	"slices"
	"strings"
	"time"
	"unicode"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	"github.com/callward/callward/redact"
)

// receive takes what an engine says until its stream ends.
func (s *Stream) receive(a *attempt) error {
	for {
		msg, err := a.up.Recv()
		if err != nil {
			return s.reason(a, err)
		}
		ev, ok := s.event(a, msg)
		if a.doubted >= mostDoubted {
			a.cancel(ErrNonsense)
			return s.reason(a, ErrNonsense)
		}
		s.settle(a)
		if ok && !s.tell(a, ev) {
			return s.reason(a, a.cause())
		}
	}
}

// mostDoubted is how many transcripts in a row may be such as cannot be, or not be asked
// for any more: beyond that, whoever speaks is not heard.
const mostDoubted = 8

// doubt counts transcripts that are not believed, until one is.
func (a *attempt) doubt(believed bool, why doubt) bool {
	if a.doubted++; believed {
		a.doubted = 0
	}
	return a.believe(believed, why)
}

// tell hands ev to the reader. It reports false when the attempt is over.
func (s *Stream) tell(a *attempt, ev Event) bool {
	if ev.Kind == Progress || ev.Kind == Partial {
		select {
		case s.events <- ev:
		default:
			a.provider.Client.dropped.note(unread)
		}
		return true
	}
	select {
	case s.events <- ev:
		return true
	case <-a.done:
		return false
	}
}

// fail leaves the Failed event for the reader.
func (s *Stream) fail(err error) { s.tellAnyway(Event{Kind: Failed, Err: err}) }

// tellAnyway leaves an event for the reader, even if that means taking away the oldest
// that was not read.
func (s *Stream) tellAnyway(ev Event) {
	for {
		select {
		case s.events <- ev:
			return
		default:
		}
		select {
		case <-s.events:
		default:
		}
	}
}

// settle notes what an engine owes, and that it gets on.
func (s *Stream) settle(a *attempt) {
	s.mu.Lock()
	owed := a.owing
	a.owing = len(a.seen.open) > 0
	a.over = a.over || owed && !a.owing
	if a.watch.consumed > 0 {
		s.trouble = time.Time{}
		a.succeeds()
	}
	suspected := s.standby != nil && !a.watch.suspect(time.Now())
	s.mu.Unlock()
	if suspected {
		s.drop()
	}
}

// event turns a message into an event, unless there is nothing to tell.
func (s *Stream) event(a *attempt, msg *asrv1.StreamingRecognizeResponse) (Event, bool) {
	switch m := msg.GetResponse().(type) {
	case *asrv1.StreamingRecognizeResponse_Ready:
		return s.began(a)
	case *asrv1.StreamingRecognizeResponse_Progress:
		at := m.Progress.GetOffsetSamples()
		return Event{Kind: Progress, Offset: s.offset(a, at)}, a.believe(s.heard(a, at), unheard)
	case *asrv1.StreamingRecognizeResponse_SpeechStarted:
		id, at := m.SpeechStarted.GetUtteranceId(), m.SpeechStarted.GetOffsetSamples()
		ok := a.believe(s.heard(a, at), unheard) && a.believe(a.seen.started(id), stale)
		if ok {
			a.seen.open[id].start = at
		}
		return Event{Kind: SpeechStarted, Utterance: a.utterance(id), Offset: s.offset(a, at)}, ok
	case *asrv1.StreamingRecognizeResponse_SpeechEnded:
		return s.speechEnded(a, m.SpeechEnded)
	case *asrv1.StreamingRecognizeResponse_Transcript:
		return s.transcript(a, m.Transcript)
	case *asrv1.StreamingRecognizeResponse_NoInput:
		at := m.NoInput.GetOffsetSamples()
		return Event{Kind: NoInput, Offset: s.offset(a, at)}, a.believe(s.heard(a, at), unheard)
	default: // usage and status; the end of the stream says what a status came to
		return Event{}, false
	}
}

// offset gives the time from the first audio of the stream to a position of an engine's.
func (s *Stream) offset(a *attempt, position int64) time.Duration {
	return s.duration(a.base + position)
}

func (s *Stream) began(a *attempt) (Event, bool) {
	s.mu.Lock()
	again := a.watch.ready
	if !again {
		a.watch.began(time.Now())
	}
	s.mu.Unlock()
	switch {
	case again:
		return Event{}, a.believe(false, stale)
	case a.renews:
		return Event{}, false
	case a.after == nil:
		return Event{Kind: Ready}, true
	}
	return s.switched(a), true
}

func (s *Stream) speechEnded(a *attempt, m *asrv1.SpeechEnded) (Event, bool) {
	id, at := m.GetUtteranceId(), m.GetOffsetSamples()
	ev := Event{
		Kind:      SpeechEnded,
		Offset:    s.offset(a, at),
		Discarded: m.GetReason() == asrv1.SpeechEnded_REASON_DISCARDED,
	}
	if !a.believe(s.heard(a, at), unheard) || !a.believe(a.seen.ended(id, ev.Discarded), stale) {
		return Event{}, false
	}
	ev.Utterance = a.utterance(id)
	if a.seen.open[id] == nil { // its final has been told, or none follows
		s.forget(a, at)
	}
	return ev, true
}

func (s *Stream) transcript(a *attempt, m *asrv1.Transcript) (Event, bool) {
	id, at := m.GetUtteranceId(), m.GetEndSamples()
	ev := Event{
		Kind:     Partial,
		Revision: int(m.GetRevision()),
		Language: m.GetLanguageCode(),
		EagerEnd: m.GetEagerEnd(),
		Offset:   s.offset(a, at),
	}
	from := max(m.GetStartSamples(), a.seen.start(id))
	if at <= from { // it does not say where the words lie: anywhere up to what the engine has
		ev.Offset = s.sent(a)
	}
	if alts := m.GetAlternatives(); len(alts) > 0 {
		if tooLong(alts[0]) {
			return Event{}, a.doubt(false, overlong)
		}
		ev.Words = s.words(a, alts[0], from, at)
		ev.Confidence = fraction(alts[0].GetConfidence())
	}
	if !s.heard(a, at) {
		return Event{}, a.doubt(false, unheard)
	}
	if !m.GetIsFinal() {
		ok := a.doubt(a.seen.partial(id, ev.Revision), stale)
		ev.Utterance = a.utterance(id)
		return ev, ok
	}
	ev.Kind, ev.EagerEnd = Final, false
	if !a.doubt(a.seen.final(id), stale) {
		return Event{}, false
	}
	ev.Utterance = a.utterance(id)
	s.forget(a, at)
	return ev, true
}

// forget lets go of audio that has been understood: no engine need hear it again.
func (s *Stream) forget(a *attempt, position int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ring.trim(min(a.base+position, a.at))
}

// words makes the secret that leaves this package, of a transcript that lies between two
// positions.
func (s *Stream) words(a *attempt, heard *asrv1.Alternative, from, to int64) redact.Raw {
	if len(heard.GetWords()) == 0 {
		return redact.RawText(clean(heard.GetText()))
	}
	timed := s.placed(heard.GetWords(), from, to)
	words := make([]redact.Word, len(heard.GetWords()))
	for i, w := range heard.GetWords() {
		words[i] = redact.Word{Text: clean(w.GetText()), Confidence: fraction(w.GetConfidence())}
		if timed {
			words[i].Start, words[i].End = s.offset(a, w.GetStartSamples()), s.offset(a, w.GetEndSamples())
		}
	}
	return redact.NewRaw(words...)
}

// wordSlack is how far words may lie outside the transcript that they are of.
const wordSlack = 500 * time.Millisecond

// placed reports whether all words lie where their transcript does. By the times of words
// secrets are muted in a recording: of times that cannot be, none is believed.
func (s *Stream) placed(words []*asrv1.Word, from, to int64) bool {
	slack := int64(s.samples(wordSlack))
	return !slices.ContainsFunc(words, func(w *asrv1.Word) bool {
		return w.GetStartSamples() < from-slack || w.GetEndSamples() > to+slack || w.GetEndSamples() < w.GetStartSamples()
	})
}

// sent gives the time from the first audio of the stream to what an engine has been sent.
func (s *Stream) sent(a *attempt) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.duration(a.at)
}

// fraction holds a confidence to 0 to 1; what is no number is no confidence.
func fraction(f float32) float64 {
	if !(f > 0) { // NaN is neither more nor less
		return 0
	}
	return float64(min(f, 1))
}

// clean puts a blank in place of what a terminal or a page would not show but obey:
// control characters, and those that turn the direction of the text.
func clean(text string) string {
	if strings.IndexFunc(text, obeyed) < 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if obeyed(r) {
			return ' '
		}
		return r
	}, text)
}

func obeyed(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Bidi_Control) }

// longestText is what a transcript may hold, in bytes: the contract says so.
const longestText = 16 << 10

func tooLong(heard *asrv1.Alternative) bool {
	n := 0
	for _, w := range heard.GetWords() {
		n += max(len(w.GetText()), 1) // an empty one takes room too
	}
	return max(n, len(heard.GetText())) > longestText
}

// heard notes how far the engine got. It reports whether that can be.
func (s *Stream) heard(a *attempt, position int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, before, was := time.Now(), a.watch.at, a.watch.consumed
	if position < 0 || !a.watch.heard(position, now) {
		return false
	}
	a.seen.heard(s.duration(a.watch.consumed))
	if position > was {
		a.provider.signed(now)
	}
	if was > 0 && position > was {
		a.provider.gaps.note(now.Sub(before))
	}
	return true
}

// believe counts what is dropped because it cannot be.
func (a *attempt) believe(ok bool, why doubt) bool {
	if !ok {
		a.provider.Client.dropped.note(why)
	}
	return ok
}
