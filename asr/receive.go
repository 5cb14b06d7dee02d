package asr

import (
	"context"
	"errors"
	"io"
	"time"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	"github.com/callward/callward/redact"
)

// run is the goroutine that owns the way down, and the stream's end.
func (s *Stream) run(ctx context.Context) {
	err := s.listen(ctx)
	s.stopWatch()
	if err != nil && !errors.Is(err, ErrClosed) {
		s.client.stats.failed.Add(1)
		if errors.Is(err, ErrStalled) {
			s.client.stats.stalled.Add(1)
		}
		s.fail(err)
	}
	s.cancel(ErrClosed)
	s.client.stats.open.Add(-1)
	close(s.events)
	close(s.ended)
}

// listen opens the stream and takes what comes until it ends. The error is nil
// after Finish, ErrClosed after Close, and otherwise says what went wrong.
func (s *Stream) listen(ctx context.Context) error {
	up, err := s.client.api.StreamingRecognize(ctx)
	if err != nil {
		return s.reason(ctx, err)
	}
	if err := up.Send(s.config.request()); err != nil {
		_, err = up.Recv() // Send tells only that the stream is over
		return s.reason(ctx, err)
	}
	sent := make(chan struct{})
	go s.send(ctx, up, sent)
	err = s.receive(ctx, up)
	s.cancel(err) // ends the sender, and the call if the engine did not
	<-sent
	return err
}

func (s *Stream) receive(ctx context.Context, up upstream) error {
	seen := newUtterances()
	for {
		msg, err := up.Recv()
		if err != nil {
			return s.reason(ctx, err)
		}
		if ev, ok := s.event(seen, msg); ok && !s.tell(ctx, ev) {
			return ours(ctx)
		}
	}
}

// reason says why a stream ended: our own doing comes first.
func (s *Stream) reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ours(ctx)
	}
	if !errors.Is(err, io.EOF) {
		return engineError(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.half {
		return nil
	}
	return &EngineError{} // code OK, but nobody asked it to end
}

// ours says why this side gave the stream up.
func ours(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, ErrStalled) || errors.Is(cause, ErrOverrun) {
		return cause
	}
	return ErrClosed
}

// tell hands ev to the reader. It reports false when the stream is over.
func (s *Stream) tell(ctx context.Context, ev Event) bool {
	if ev.Kind == Progress || ev.Kind == Partial {
		select {
		case s.events <- ev:
		default:
			s.client.stats.dropped.Add(1)
		}
		return true
	}
	select {
	case s.events <- ev:
		return true
	case <-ctx.Done():
		return false
	}
}

// fail leaves the Failed event for the reader, even if that means taking away
// the oldest event that was not read.
func (s *Stream) fail(err error) {
	for {
		select {
		case s.events <- Event{Kind: Failed, Err: err}:
			return
		default:
		}
		select {
		case <-s.events:
			s.client.stats.dropped.Add(1)
		default:
		}
	}
}

func (s *Stream) stopWatch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.stopped = true
}

// event turns a message into an event, unless there is nothing to tell.
func (s *Stream) event(seen *utterances, msg *asrv1.StreamingRecognizeResponse) (Event, bool) {
	switch m := msg.GetResponse().(type) {
	case *asrv1.StreamingRecognizeResponse_Ready:
		return s.began()
	case *asrv1.StreamingRecognizeResponse_Progress:
		at := m.Progress.GetOffsetSamples()
		return Event{Kind: Progress, Offset: s.duration(at)}, s.believe(s.heard(at))
	case *asrv1.StreamingRecognizeResponse_SpeechStarted:
		id, at := m.SpeechStarted.GetUtteranceId(), m.SpeechStarted.GetOffsetSamples()
		return Event{Kind: SpeechStarted, Utterance: id, Offset: s.duration(at)},
			s.believe(s.heard(at) && seen.started(id))
	case *asrv1.StreamingRecognizeResponse_SpeechEnded:
		return s.speechEnded(seen, m.SpeechEnded)
	case *asrv1.StreamingRecognizeResponse_Transcript:
		return s.transcript(seen, m.Transcript)
	case *asrv1.StreamingRecognizeResponse_NoInput:
		at := m.NoInput.GetOffsetSamples()
		return Event{Kind: NoInput, Offset: s.duration(at)}, s.believe(s.heard(at))
	default: // usage and status; the end of the stream says what a status came to
		return Event{}, false
	}
}

func (s *Stream) began() (Event, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watch.ready {
		return Event{}, s.believe(false)
	}
	s.watch.began(time.Now())
	return Event{Kind: Ready}, true
}

func (s *Stream) speechEnded(seen *utterances, m *asrv1.SpeechEnded) (Event, bool) {
	discarded := m.GetReason() == asrv1.SpeechEnded_REASON_DISCARDED
	ev := Event{
		Kind:      SpeechEnded,
		Utterance: m.GetUtteranceId(),
		Offset:    s.duration(m.GetOffsetSamples()),
		Discarded: discarded,
	}
	return ev, s.believe(s.heard(m.GetOffsetSamples()) && seen.ended(ev.Utterance, discarded))
}

func (s *Stream) transcript(seen *utterances, m *asrv1.Transcript) (Event, bool) {
	ev := Event{
		Kind:      Partial,
		Utterance: m.GetUtteranceId(),
		Revision:  int(m.GetRevision()),
		Language:  m.GetLanguageCode(),
		EagerEnd:  m.GetEagerEnd(),
		Offset:    s.duration(m.GetEndSamples()),
	}
	if alts := m.GetAlternatives(); len(alts) > 0 {
		ev.Words = s.words(alts[0])
		ev.Confidence = float64(min(max(alts[0].GetConfidence(), 0), 1))
	}
	if !s.heard(m.GetEndSamples()) {
		return Event{}, s.believe(false)
	}
	if !m.GetIsFinal() {
		return ev, s.believe(seen.partial(ev.Utterance, ev.Revision))
	}
	ev.Kind, ev.EagerEnd = Final, false
	return ev, s.believe(seen.final(ev.Utterance))
}

// words makes the secret that leaves this package.
func (s *Stream) words(a *asrv1.Alternative) redact.Raw {
	if len(a.GetWords()) == 0 {
		return redact.RawText(a.GetText())
	}
	words := make([]redact.Word, len(a.GetWords()))
	for i, w := range a.GetWords() {
		words[i] = redact.Word{
			Text:       w.GetText(),
			Start:      s.duration(w.GetStartSamples()),
			End:        s.duration(w.GetEndSamples()),
			Confidence: float64(w.GetConfidence()),
		}
	}
	return redact.NewRaw(words...)
}

// heard notes how far the engine got. It reports whether that can be.
func (s *Stream) heard(position int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return position >= 0 && s.watch.heard(position, time.Now())
}

// believe counts what is dropped because it cannot be.
func (s *Stream) believe(ok bool) bool {
	if !ok {
		s.client.stats.dropped.Add(1)
	}
	return ok
}
