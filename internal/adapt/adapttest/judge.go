package adapttest

import (
	"fmt"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// A judge holds what the contract allows to come next.
type judge struct {
	ready    bool
	usage    bool
	progress int64
	sent     int64 // samples that the engine can have heard
	seen     map[string]*life
}

// A life is how far an utterance has come.
type life struct {
	start, end int64
	revision   int32
	ended      bool
	discarded  bool
	final      bool
}

// take says which rule of the contract a message breaks, or nothing.
func (j *judge) take(m *asrv1.StreamingRecognizeResponse) string {
	if j.usage {
		return "something follows the usage"
	}
	if (m.GetReady() != nil) == j.ready {
		return "ready does not come first, or comes twice"
	}
	switch r := m.GetResponse().(type) {
	case *asrv1.StreamingRecognizeResponse_Ready:
		j.ready = true
	case *asrv1.StreamingRecognizeResponse_SpeechStarted:
		return j.started(r.SpeechStarted)
	case *asrv1.StreamingRecognizeResponse_SpeechEnded:
		return j.ended(r.SpeechEnded)
	case *asrv1.StreamingRecognizeResponse_Transcript:
		return j.transcript(r.Transcript)
	case *asrv1.StreamingRecognizeResponse_Progress:
		at := r.Progress.GetOffsetSamples()
		if at <= j.progress || at > j.sent {
			return fmt.Sprintf("progress from %d to %d of %d", j.progress, at, j.sent)
		}
		j.progress = at
	case *asrv1.StreamingRecognizeResponse_Usage:
		j.usage = true
	}
	return ""
}

func (j *judge) started(s *asrv1.SpeechStarted) string {
	id := s.GetUtteranceId()
	if id == "" || j.seen[id] != nil {
		return fmt.Sprintf("the id %q is used again", id)
	}
	for other, u := range j.seen {
		if !u.ended {
			return fmt.Sprintf("%s starts before %s has ended", id, other)
		}
	}
	j.seen[id] = &life{start: s.GetOffsetSamples()}
	return ""
}

func (j *judge) ended(e *asrv1.SpeechEnded) string {
	u := j.seen[e.GetUtteranceId()]
	if u == nil || u.ended || u.final {
		return fmt.Sprintf("an end of %s, which does not speak", e.GetUtteranceId())
	}
	at := e.GetOffsetSamples()
	if at < u.start || at > j.sent || e.GetReason() == asrv1.SpeechEnded_REASON_UNSPECIFIED {
		return fmt.Sprintf("%s starts at %d and ends at %d of %d, reason %v", e.GetUtteranceId(), u.start, at, j.sent, e.GetReason())
	}
	u.ended = true
	u.discarded = e.GetReason() == asrv1.SpeechEnded_REASON_DISCARDED
	return ""
}

func (j *judge) transcript(t *asrv1.Transcript) string {
	u, id := j.seen[t.GetUtteranceId()], t.GetUtteranceId()
	switch {
	case u == nil || u.final || u.discarded:
		return fmt.Sprintf("a transcript of %s, which is over or unknown", id)
	case t.GetRevision() != u.revision+1:
		return fmt.Sprintf("revision %d of %s follows %d", t.GetRevision(), id, u.revision)
	case t.GetIsFinal() != u.ended:
		return fmt.Sprintf("%s has ended: %v; final: %v", id, u.ended, t.GetIsFinal())
	case t.GetStartSamples() != u.start || t.GetEndSamples() < u.end || t.GetEndSamples() > j.sent:
		return fmt.Sprintf("%s starts at %d, got to %d; its transcript lies from %d to %d of %d", id, u.start, u.end, t.GetStartSamples(), t.GetEndSamples(), j.sent)
	}
	for _, a := range t.GetAlternatives() {
		at := u.start
		for _, w := range a.GetWords() {
			if w.GetStartSamples() < at || w.GetEndSamples() < w.GetStartSamples() || w.GetEndSamples() > t.GetEndSamples() {
				return fmt.Sprintf("a word of %s lies from %d to %d", id, w.GetStartSamples(), w.GetEndSamples())
			}
			at = w.GetStartSamples()
		}
	}
	u.revision, u.final, u.end = t.GetRevision(), t.GetIsFinal(), t.GetEndSamples()
	return ""
}

// owes says what is missing at the end of a stream that ended well, or nothing.
func (j *judge) owes() string {
	for id, u := range j.seen {
		if !u.ended || u.final == u.discarded {
			return fmt.Sprintf("%s: ended %v, discarded %v, final %v", id, u.ended, u.discarded, u.final)
		}
	}
	if !j.usage {
		return "no usage at the end"
	}
	return ""
}
