package fake

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

type (
	asrRequest  = asrv1.StreamingRecognizeRequest
	asrResponse = asrv1.StreamingRecognizeResponse
)

// asrFaults are those of recognition.
func asrFaults() []Kind {
	all := []Kind{
		{Name: "mute", Means: "finals have no words", Breaks: "asr.final.words", stream: answers(mute)},
		{Name: "duplicate-final", Means: "sends each final twice", Breaks: "asr.final.once", stream: answers(duplicateFinal)},
		{Name: "lost-final", Means: "sends no finals", Breaks: "asr.final.once", stream: dropping(func(m *asrResponse) bool { return m.GetTranscript().GetIsFinal() })},
		{Name: "reorder", Means: "sends the final before the partials", Breaks: "asr.final.once", stream: each(reorder)},
		{Name: "late-final", Means: "sends the final of the utterance before again, after the next", Breaks: "asr.final.once", stream: each(lateFinal)},
		{Name: "no-partials", Means: "claims partials and sends none", Breaks: "asr.partials", stream: dropping(func(m *asrResponse) bool {
			return m.GetTranscript() != nil && !m.GetTranscript().GetIsFinal()
		})},
		{Name: "wrong-revision", Means: "all transcripts are revision 1", Breaks: "asr.revisions", stream: answers(func(m *asrResponse) []*asrResponse {
			if m.GetTranscript() != nil {
				m.GetTranscript().Revision = 1
			}
			return one(m)
		})},
		{Name: "reused-id", Means: "all utterances have one id", Breaks: "asr.ids", stream: answers(reuse)},
		{Name: "unknown-utterance", Means: "answers for an utterance that never began", Breaks: "asr.ids", stream: answers(foreign)},
		{Name: "wrong-offsets", Means: "offsets lie an hour beyond the audio", Breaks: "asr.offsets", stream: answers(shift)},
		{Name: "half-offsets", Means: "offsets of what is heard are those of half the rate", Breaks: "asr.offsets", stream: answers(halve)},
		{Name: "no-speech-ended", Means: "does not say that the caller stopped", Breaks: "asr.speech_ended", stream: dropping(func(m *asrResponse) bool { return m.GetSpeechEnded() != nil })},
		{Name: "twice-ended", Means: "says twice that the caller stopped", Breaks: "asr.speech_ended", stream: answers(func(m *asrResponse) []*asrResponse {
			if m.GetSpeechEnded() != nil {
				return []*asrResponse{m, copyOf(m)}
			}
			return one(m)
		})},
		{Name: "garbage", Means: "random bytes are the text", Breaks: "asr.text", stream: answers(wording("\x1b[2J\x00\x07\u202e\ufffd\ufffd"))},
		{Name: "huge", Means: "texts of 1 MB", Breaks: "asr.text", stream: answers(wording(strings.Repeat("word ", 200_000)))},
		{Name: "no-progress", Means: "claims progress and sends none", Breaks: "asr.progress", stream: dropping(func(m *asrResponse) bool { return m.GetProgress() != nil })},
		{Name: "half-progress", Means: "progress is that of half the rate", Breaks: "asr.progress", stream: answers(func(m *asrResponse) []*asrResponse {
			if p := m.GetProgress(); p != nil {
				p.OffsetSamples /= 2
			}
			return one(m)
		})},
		{Name: "sleepy", Means: "says nothing of its progress for 300 ms after a pause in the audio, or for=TIME", Breaks: "asr.progress.resume", stream: each(sleepy)},
		{Name: "leak", Means: "the words of an utterance show in the next", Breaks: "asr.leak", stream: each(spill)},
		{Name: "no-no-input", Means: "says nothing of silence", Breaks: "asr.silence.no_input", stream: dropping(func(m *asrResponse) bool { return m.GetNoInput() != nil })},
		{Name: "no-force", Means: "claims forced endpoints and ignores them", Breaks: "asr.endpoint.force", stream: controls(func(c *asrv1.Control) bool {
			return c.GetAction() != asrv1.Control_ACTION_FORCE_ENDPOINT
		})},
		{Name: "no-discard", Means: "has a final of a discarded utterance", Breaks: "asr.discard", stream: controls(func(c *asrv1.Control) bool {
			if c.GetAction() == asrv1.Control_ACTION_DISCARD_UTTERANCE {
				c.Action = asrv1.Control_ACTION_FORCE_ENDPOINT
			}
			return true
		})},
		{Name: "no-pause", Means: "listens in a pause", Breaks: "asr.pause", stream: controls(func(c *asrv1.Control) bool {
			return c.GetAction() != asrv1.Control_ACTION_PAUSE
		})},
		{Name: "any-control", Means: "takes a control without an action", Breaks: "asr.control.unset", stream: controls(func(c *asrv1.Control) bool {
			return c.GetAction() != asrv1.Control_ACTION_UNSPECIFIED
		})},
		{Name: "stuck-language", Means: "keeps to the language of the config", Breaks: "asr.language.switch", stream: requests(func(m *asrRequest) error {
			if u := m.GetUpdate(); u != nil {
				u.LanguageCodes = nil
			}
			return nil
		})},
		{Name: "no-hints", Means: "refuses hints", Breaks: "asr.hints", stream: requests(func(m *asrRequest) error {
			return invalidIf(len(m.GetConfig().GetHints()) > 0, "hints")
		})},
		{Name: "no-gaps", Means: "refuses audio after a loss", Breaks: "asr.discontinuity", stream: requests(func(m *asrRequest) error {
			return invalidIf(m.GetAudio().GetDiscontinuity(), "discontinuity")
		})},
		{Name: "any-offset", Means: "takes audio wherever it says it lies", Breaks: "asr.offsets.leap", stream: each(anyOffset)},
		{Name: "shared-context", Means: "has one set of hints for all streams: that of the newest", Breaks: "asr.apart", stream: sharedContext},
		{Name: "deaf-g711", Means: "hears nothing in G.711", Breaks: "asr.g711", stream: each(deaf)},
		{Name: "leaky-streams", Means: "takes 60 streams and never more", Breaks: "asr.cancel", stream: limit(func(_, ever int64) bool { return ever > 60 })},
		{Name: "few-streams", Means: "takes 5 streams at once", Breaks: "asr.parallel", stream: limit(func(open, _ int64) bool { return open > 5 })},
		{Name: "impatient", Means: "cuts connections that are not read for two seconds", Breaks: "asr.slow_reader", server: impatient},
		{Name: "fragile", Means: "serves nobody after a client has gone amid a stream", Breaks: "asr.client.killed", stream: fragile},
		{Name: "swallow", Means: "takes audio of any size", Breaks: "asr.oversized", stream: requests(func(m *asrRequest) error {
			if a := m.GetAudio(); a != nil && len(a.GetData()) > 1<<15 {
				a.Data = a.GetData()[:320]
			}
			return nil
		})},
	}
	for i := range all {
		all[i].Service = ASR
	}
	return all
}

func one(m *asrResponse) []*asrResponse { return []*asrResponse{m} }

// answers makes a fault that changes answers and remembers nothing.
func answers(change func(*asrResponse) []*asrResponse) func(Fault) func(*wire) hooks {
	return each(func(w *wire, f Fault) hooks { return answering(w, f, change) })
}

// answering applies a change once enough has been heard.
func answering(w *wire, f Fault, change func(*asrResponse) []*asrResponse) hooks {
	return hooks{send: func(m proto.Message) ([]proto.Message, error) {
		a, ok := m.(*asrResponse)
		if !ok || w.heard.long() < f.After {
			return []proto.Message{m}, nil
		}
		var out []proto.Message
		for _, x := range change(a) {
			out = append(out, x)
		}
		return out, nil
	}}
}

func dropping(drop func(*asrResponse) bool) func(Fault) func(*wire) hooks {
	return answers(func(m *asrResponse) []*asrResponse {
		if drop(m) {
			return nil
		}
		return one(m)
	})
}

func requests(change func(*asrRequest) error) func(Fault) func(*wire) hooks {
	return each(func(_ *wire, _ Fault) hooks {
		return hooks{recv: func(m proto.Message) (bool, error) {
			if r, ok := m.(*asrRequest); ok {
				return true, change(r)
			}
			return true, nil
		}}
	})
}

func controls(keep func(*asrv1.Control) bool) func(Fault) func(*wire) hooks {
	return each(func(_ *wire, _ Fault) hooks {
		return hooks{recv: func(m proto.Message) (bool, error) {
			r, ok := m.(*asrRequest)
			return !ok || r.GetControl() == nil || keep(r.GetControl()), nil
		}}
	})
}

func invalidIf(bad bool, what string) error {
	if bad {
		return status.Error(codes.InvalidArgument, what+" is not taken")
	}
	return nil
}

func mute(m *asrResponse) []*asrResponse {
	if t := m.GetTranscript(); t.GetIsFinal() {
		t.Alternatives = nil
	}
	return one(m)
}

func duplicateFinal(m *asrResponse) []*asrResponse {
	if m.GetTranscript().GetIsFinal() {
		return []*asrResponse{m, copyOf(m)}
	}
	return one(m)
}

func copyOf(m *asrResponse) *asrResponse {
	return proto.Clone(m).(*asrResponse) //nolint:forcetypeassert // a clone has its type
}

func reorder(w *wire, f Fault) hooks {
	var kept []*asrResponse
	return answering(w, f, func(m *asrResponse) []*asrResponse {
		switch t := m.GetTranscript(); {
		case t == nil:
			return one(m)
		case !t.GetIsFinal():
			kept = append(kept, copyOf(m))
			return nil
		}
		out := append(one(m), kept...)
		kept = nil
		return out
	})
}

func lateFinal(w *wire, f Fault) hooks {
	var before *asrResponse
	return answering(w, f, func(m *asrResponse) []*asrResponse {
		if !m.GetTranscript().GetIsFinal() {
			return one(m)
		}
		out := one(m)
		if before != nil {
			out = append(out, before)
		}
		before = copyOf(m)
		return out
	})
}

func spill(w *wire, f Fault) hooks {
	text := ""
	return answering(w, f, func(m *asrResponse) []*asrResponse {
		t := m.GetTranscript()
		if t.GetIsFinal() && len(t.GetAlternatives()) > 0 {
			a := t.GetAlternatives()[0]
			own := a.GetText()
			a.Text = strings.TrimSpace(text + " " + own)
			text = own
		}
		return one(m)
	})
}

// ofUtterance applies a change to the id of a message's utterance.
func ofUtterance(m *asrResponse, change func(string) string) []*asrResponse {
	switch r := m.GetResponse().(type) {
	case *asrv1.StreamingRecognizeResponse_SpeechStarted:
		r.SpeechStarted.UtteranceId = change(r.SpeechStarted.GetUtteranceId())
	case *asrv1.StreamingRecognizeResponse_SpeechEnded:
		r.SpeechEnded.UtteranceId = change(r.SpeechEnded.GetUtteranceId())
	case *asrv1.StreamingRecognizeResponse_Transcript:
		r.Transcript.UtteranceId = change(r.Transcript.GetUtteranceId())
	}
	return one(m)
}

func reuse(m *asrResponse) []*asrResponse {
	return ofUtterance(m, func(string) string { return "u" })
}

func foreign(m *asrResponse) []*asrResponse {
	if m.GetTranscript() == nil {
		return one(m)
	}
	return ofUtterance(m, func(id string) string { return "not-" + id })
}

func shift(m *asrResponse) []*asrResponse {
	const hour = 3600 * 8000
	switch r := m.GetResponse().(type) {
	case *asrv1.StreamingRecognizeResponse_SpeechStarted:
		r.SpeechStarted.OffsetSamples += hour
	case *asrv1.StreamingRecognizeResponse_SpeechEnded:
		r.SpeechEnded.OffsetSamples += hour
	case *asrv1.StreamingRecognizeResponse_Transcript:
		r.Transcript.StartSamples += hour
		r.Transcript.EndSamples += hour
	}
	return one(m)
}

// halve is what an engine does that works at 16 kHz and counts in samples of 8 kHz.
func halve(m *asrResponse) []*asrResponse {
	switch r := m.GetResponse().(type) {
	case *asrv1.StreamingRecognizeResponse_SpeechStarted:
		r.SpeechStarted.OffsetSamples /= 2
	case *asrv1.StreamingRecognizeResponse_SpeechEnded:
		r.SpeechEnded.OffsetSamples /= 2
	case *asrv1.StreamingRecognizeResponse_Transcript:
		r.Transcript.StartSamples /= 2
		r.Transcript.EndSamples /= 2
	}
	return one(m)
}

// sleepy drops progress after a pause in the audio.
func sleepy(_ *wire, f Fault) hooks {
	var awake atomic.Pointer[time.Time]
	return hooks{
		recv: func(m proto.Message) (bool, error) {
			if r, ok := m.(*asrRequest); ok && r.GetAudio().GetDiscontinuity() {
				at := time.Now().Add(f.lasts(300 * time.Millisecond))
				awake.Store(&at)
			}
			return true, nil
		},
		send: func(m proto.Message) ([]proto.Message, error) {
			at := awake.Load()
			if a, ok := m.(*asrResponse); ok && a.GetProgress() != nil && at != nil && time.Now().Before(*at) {
				return nil, nil
			}
			return []proto.Message{m}, nil
		},
	}
}

func wording(text string) func(*asrResponse) []*asrResponse {
	return func(m *asrResponse) []*asrResponse {
		for _, a := range m.GetTranscript().GetAlternatives() {
			a.Text = text
		}
		return one(m)
	}
}

// deaf gives the engine silence in place of G.711.
func deaf(w *wire, _ Fault) hooks {
	return hooks{recv: func(m proto.Message) (bool, error) {
		r, ok := m.(*asrRequest)
		if ok && r.GetAudio() != nil && w.format.GetEncoding() != speechv1.Encoding_ENCODING_LINEAR16 {
			for i := range r.GetAudio().GetData() {
				r.GetAudio().Data[i] = 0xff
			}
		}
		return true, nil
	}}
}

// anyOffset says of each piece that it begins where the one before it ended.
func anyOffset(w *wire, _ Fault) hooks {
	next := int64(0)
	return hooks{recv: func(m proto.Message) (bool, error) {
		r, ok := m.(*asrRequest)
		if !ok || r.GetAudio() == nil {
			return true, nil
		}
		a := r.GetAudio()
		if !a.GetDiscontinuity() {
			a.OffsetSamples = next
		}
		next = a.GetOffsetSamples() + int64(w.length(a.GetData()))*int64(w.format.GetSampleRateHz())/int64(time.Second)
		return true, nil
	}}
}

// sharedContext answers every stream with the hints of the one that was opened last.
func sharedContext(Fault) func(*wire) hooks {
	var mu sync.Mutex
	var newest *wire
	var hints []*asrv1.Hint
	return func(w *wire) hooks {
		return hooks{
			recv: func(m proto.Message) (bool, error) {
				mu.Lock()
				defer mu.Unlock()
				if r, ok := m.(*asrRequest); ok && r.GetConfig() != nil {
					newest, hints = w, r.GetConfig().GetHints()
				}
				return true, nil
			},
			send: func(m proto.Message) ([]proto.Message, error) {
				mu.Lock()
				defer mu.Unlock()
				if a, ok := m.(*asrResponse); ok && newest != w {
					text := "what was said on another line"
					if len(hints) > 0 {
						text = hints[0].GetPhrase()
					}
					wording(text)(a)
				}
				return []proto.Message{m}, nil
			},
		}
	}
}

func impatient(p *plant, _ Fault) {
	p.options = append(p.options, grpc.KeepaliveParams(keepalive.ServerParameters{Time: time.Second, Timeout: time.Second}))
}

func fragile(Fault) func(*wire) hooks {
	var broken atomic.Bool
	return func(*wire) hooks {
		return hooks{
			open: func() error {
				if broken.Load() {
					return status.Error(codes.Unavailable, "broken")
				}
				return nil
			},
			fail: func(err error) error {
				broken.Store(true)
				return err
			},
		}
	}
}
