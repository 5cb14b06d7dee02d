package asrd_test

import (
	"fmt"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// A judge holds what the contract allows to come next.
type judge struct {
	ready    bool
	usage    bool
	progress int64
	seen     map[string]*life
}

// A life is how far an utterance has come.
type life struct {
	start     int64
	revision  int32
	ended     bool
	discarded bool
	final     bool
}

// broken says which rule of the contract the messages of a stream break, or
// nothing. A stream that ended well owes finals and its usage.
func broken(got []*asrv1.StreamingRecognizeResponse, well bool) string {
	j := &judge{seen: make(map[string]*life)}
	for i, m := range got {
		if problem := j.take(m); problem != "" {
			return fmt.Sprintf("message %d: %s", i, problem)
		}
	}
	if !well {
		return ""
	}
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
		return j.moved(r.Progress.GetOffsetSamples())
	case *asrv1.StreamingRecognizeResponse_Usage:
		j.usage = true
	}
	return ""
}

func (j *judge) moved(to int64) string {
	if to <= j.progress {
		return fmt.Sprintf("progress from %d to %d", j.progress, to)
	}
	j.progress = to
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
	if e.GetOffsetSamples() < u.start || e.GetReason() == asrv1.SpeechEnded_REASON_UNSPECIFIED {
		return fmt.Sprintf("%s starts at %d and ends at %d, reason %v", e.GetUtteranceId(), u.start, e.GetOffsetSamples(), e.GetReason())
	}
	u.ended = true
	u.discarded = e.GetReason() == asrv1.SpeechEnded_REASON_DISCARDED
	return ""
}

func (j *judge) transcript(t *asrv1.Transcript) string {
	u := j.seen[t.GetUtteranceId()]
	switch {
	case u == nil || u.final || u.discarded:
		return fmt.Sprintf("a transcript of %s, which is over or unknown", t.GetUtteranceId())
	case t.GetRevision() != u.revision+1:
		return fmt.Sprintf("revision %d of %s follows %d", t.GetRevision(), t.GetUtteranceId(), u.revision)
	case t.GetIsFinal() != u.ended:
		return fmt.Sprintf("%s has ended: %v; final: %v", t.GetUtteranceId(), u.ended, t.GetIsFinal())
	case t.GetStartSamples() != u.start || t.GetEndSamples() < u.start:
		return fmt.Sprintf("%s starts at %d; its transcript lies from %d to %d", t.GetUtteranceId(), u.start, t.GetStartSamples(), t.GetEndSamples())
	}
	u.revision, u.final = t.GetRevision(), t.GetIsFinal()
	return ""
}
