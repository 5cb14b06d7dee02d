package fake

import (
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// ttsFaults are those of synthesis.
func ttsFaults() []Kind {
	all := []Kind{
		{Name: "false-voice", Means: "lists a voice that it refuses", Breaks: "tts.voices", stream: ttsRequests(refuseVoice)},
		{Name: "wrong-voice", Means: "is ready with another voice than was asked for", Breaks: "tts.voices", stream: ttsAnswers(func(m *ttsResponse) []*ttsResponse {
			if m.GetReady() != nil {
				m.GetReady().Voice = "another"
			}
			return []*ttsResponse{m}
		})},
		{Name: "gap", Means: "leaves out a piece of audio", Breaks: "tts.audio.contiguous", stream: ttsDropping(func(m *ttsResponse) bool {
			return m.GetAudio() != nil && m.GetAudio().GetSeq() == 1
		})},
		{Name: "wrong-length", Means: "says a wrong total", Breaks: "tts.done", stream: ttsAnswers(func(m *ttsResponse) []*ttsResponse {
			if m.GetDone() != nil {
				m.GetDone().TotalSamples += 80
			}
			return []*ttsResponse{m}
		})},
		{Name: "duplicate-done", Means: "says done twice", Breaks: "tts.done", stream: ttsAnswers(func(m *ttsResponse) []*ttsResponse {
			if m.GetDone() != nil {
				return []*ttsResponse{m, proto.Clone(m).(*ttsResponse)} //nolint:forcetypeassert // a clone has its type
			}
			return []*ttsResponse{m}
		})},
		{Name: "container", Means: "sends audio with a WAV header", Breaks: "tts.audio.raw", stream: ttsAnswers(riff)},
		{Name: "half-sample", Means: "sends half a sample", Breaks: "tts.audio.raw", stream: eachTTS(func(w *wire) func(*ttsResponse) []*ttsResponse {
			return func(m *ttsResponse) []*ttsResponse {
				if a := m.GetAudio(); a != nil && w.format.GetEncoding() == speechv1.Encoding_ENCODING_LINEAR16 {
					a.Data = append(a.GetData(), 0)
				}
				return []*ttsResponse{m}
			}
		})},
		{Name: "silent", Means: "sends silence", Breaks: "tts.audio.sound", stream: ttsAnswers(func(m *ttsResponse) []*ttsResponse {
			clear(m.GetAudio().GetData())
			return []*ttsResponse{m}
		})},
		{Name: "garbage", Means: "sends random bytes as audio", Breaks: "tts.audio.sound", stream: ttsAnswers(noise)},
		{Name: "no-cancel", Means: "does not stop when cancelled", Breaks: "tts.cancel", stream: ttsRequestsKept(func(m *ttsRequest) bool { return m.GetCancel() == nil })},
		{Name: "audio-after-cancel", Means: "sends audio of a context after its canceled", Breaks: "tts.cancel", stream: ttsAnswers(encore)},
		{Name: "no-unknown-cancel", Means: "does not answer the cancel of an unknown context", Breaks: "tts.cancel.unknown", stream: ttsDropping(func(m *ttsResponse) bool {
			return m.GetCanceled() != nil && m.GetCanceled().GetLastOffsetSamples() == 0
		})},
		{Name: "no-ssml", Means: "claims SSML and refuses it", Breaks: "tts.ssml", stream: ttsRequests(func(m *ttsRequest) error {
			if m.GetInput().GetSsml() != "" {
				return status.Error(codes.InvalidArgument, "SSML is not taken")
			}
			return nil
		})},
		{Name: "hidden-ssml", Means: "speaks SSML and does not claim it", Breaks: "tts.ssml.unclaimed", caps: func(c *speechv1.Capabilities) {
			c.Ssml, c.Marks = false, false
		}},
		{Name: "any-ssml", Means: "speaks SSML that cannot be read", Breaks: "tts.ssml.errors", stream: ttsRequests(func(m *ttsRequest) error {
			if in := m.GetInput(); in.GetSsml() != "" {
				in.Content = &ttsv1.Input_Text{Text: in.GetSsml()}
			}
			return nil
		})},
		{Name: "wrong-offsets", Means: "marks lie beyond the audio", Breaks: "tts.marks", stream: ttsAnswers(func(m *ttsResponse) []*ttsResponse {
			if m.GetMark() != nil {
				m.GetMark().OffsetSamples += 1 << 30
			}
			return []*ttsResponse{m}
		})},
		{Name: "wrong-words", Means: "words lie beyond the audio", Breaks: "tts.words", stream: ttsAnswers(func(m *ttsResponse) []*ttsResponse {
			for _, w := range m.GetWords().GetWords() {
				w.EndSamples += 1 << 30
			}
			return []*ttsResponse{m}
		})},
		{Name: "speak-nothing", Means: "speaks where there is no text", Breaks: "tts.text.empty", stream: ttsRequests(func(m *ttsRequest) error {
			if in := m.GetInput(); in != nil && in.GetText()+in.GetSsml() == "" {
				in.Content = &ttsv1.Input_Text{Text: "nothing"}
			}
			return nil
		})},
		{Name: "ascii", Means: "refuses letters beyond ASCII", Breaks: "tts.text.utf8", stream: ttsRequests(func(m *ttsRequest) error {
			for _, r := range m.GetInput().GetText() {
				if r > 127 {
					return status.Error(codes.InvalidArgument, "this letter is not spoken")
				}
			}
			return nil
		})},
		{Name: "no-streaming", Means: "claims text in pieces and waits for the last", Breaks: "tts.text.pieces", stream: ttsRequestsKept(func(m *ttsRequest) bool {
			return m.GetInput() == nil || m.GetInput().GetLast()
		})},
		{Name: "mixed-contexts", Means: "mixes up contexts", Breaks: "tts.contexts", stream: ttsAnswers(mixUp)},
		{Name: "no-lead", Means: "runs ahead without limit", Breaks: "tts.max_lead", stream: ttsRequests(func(m *ttsRequest) error {
			if m.GetConfig() != nil {
				m.GetConfig().MaxLead = nil
			}
			return nil
		})},
	}
	for i := range all {
		all[i].Service = TTS
	}
	return all
}

func eachTTS(of func(*wire) func(*ttsResponse) []*ttsResponse) func(Fault) func(*wire) hooks {
	return func(f Fault) func(*wire) hooks {
		return func(w *wire) hooks {
			change := of(w)
			return hooks{send: func(m proto.Message) ([]proto.Message, error) {
				a, ok := m.(*ttsResponse)
				if !ok || w.made.long() < f.After {
					return []proto.Message{m}, nil
				}
				var out []proto.Message
				for _, x := range change(a) {
					out = append(out, x)
				}
				return out, nil
			}}
		}
	}
}

func ttsAnswers(change func(*ttsResponse) []*ttsResponse) func(Fault) func(*wire) hooks {
	return eachTTS(func(*wire) func(*ttsResponse) []*ttsResponse { return change })
}

func ttsDropping(drop func(*ttsResponse) bool) func(Fault) func(*wire) hooks {
	return ttsAnswers(func(m *ttsResponse) []*ttsResponse {
		if drop(m) {
			return nil
		}
		return []*ttsResponse{m}
	})
}

func ttsRequests(change func(*ttsRequest) error) func(Fault) func(*wire) hooks {
	return each(func(_ *wire, _ Fault) hooks {
		return hooks{recv: func(m proto.Message) (bool, error) {
			if r, ok := m.(*ttsRequest); ok {
				return true, change(r)
			}
			return true, nil
		}}
	})
}

func ttsRequestsKept(keep func(*ttsRequest) bool) func(Fault) func(*wire) hooks {
	return each(func(_ *wire, _ Fault) hooks {
		return hooks{recv: func(m proto.Message) (bool, error) {
			r, ok := m.(*ttsRequest)
			return !ok || keep(r), nil
		}}
	})
}

func refuseVoice(m *ttsRequest) error {
	if m.GetConfig().GetVoice() == "tone-fr" {
		return status.Error(codes.InvalidArgument, "there is no such voice")
	}
	return nil
}

func riff(m *ttsResponse) []*ttsResponse {
	if a := m.GetAudio(); a.GetSeq() == 0 && len(a.GetData()) > 44 {
		copy(a.GetData(), "RIFF\x00\x00\x00\x00WAVEfmt ")
	}
	return []*ttsResponse{m}
}

func noise(m *ttsResponse) []*ttsResponse {
	seed := uint32(9)
	data := m.GetAudio().GetData()
	for i := range data {
		seed = seed*1664525 + 1013904223
		data[i] = byte(seed >> 24)
	}
	return []*ttsResponse{m}
}

func encore(m *ttsResponse) []*ttsResponse {
	c := m.GetCanceled()
	if c == nil {
		return []*ttsResponse{m}
	}
	return []*ttsResponse{m, {Response: &ttsv1.StreamingSynthesizeResponse_Audio{Audio: &ttsv1.Audio{
		ContextId: c.GetContextId(), OffsetSamples: c.GetLastOffsetSamples(), Data: make([]byte, 320),
	}}}}
}

// mixUp gives the third context of ten the audio of the fourth.
func mixUp(m *ttsResponse) []*ttsResponse {
	if a := m.GetAudio(); a != nil && a.GetContextId() == "conformance-"+strconv.Itoa(3) {
		a.ContextId = "conformance-" + strconv.Itoa(4)
	}
	return []*ttsResponse{m}
}
