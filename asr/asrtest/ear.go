package asrtest

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/media/g711"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// What the engine takes for speech and for its end.
const (
	window       = 20 * time.Millisecond
	loud         = 400 // mean of the absolute samples of a window
	startAfter   = 60 * time.Millisecond
	endAfter     = 500 * time.Millisecond
	reportEvery  = 200 * time.Millisecond
	partialEvery = 200 * time.Millisecond
	farthest     = 1 << 40 // samples: no stream lasts as long
)

type answer = asrv1.StreamingRecognizeResponse

// ear is the state of one stream. It counts samples and never looks at a clock.
type ear struct {
	rate     int64
	encoding speechv1.Encoding
	ends     *asrv1.Endpointing
	language string               // that it says it hears
	next     func(take bool) Turn // the script's next turn, which is another one's from then on if it is taken
	discard  bool
	silent   bool              // no progress messages
	tell     func(pcm []int16) // told what is heard; may be nil

	position int64   // samples heard, gaps included
	part     []int16 // of a window
	reported int64   // position of the last progress
	rested   int64   // position since which nobody has spoken
	told     bool    // that nobody speaks
	paused   bool

	loudFor  int64 // samples
	quietFor int64
	count    int // utterances so far
	now      *utterance
}

type utterance struct {
	id       string
	turn     Turn
	start    int64
	revision int32
}

func newEar(c *asrv1.Config, next func(take bool) Turn) (*ear, error) {
	f := c.GetFormat()
	known := f.GetEncoding() == speechv1.Encoding_ENCODING_LINEAR16 || f.GetEncoding() == speechv1.Encoding_ENCODING_MULAW
	if !known || f.GetSampleRateHz() < 8000 {
		return nil, status.Error(codes.InvalidArgument, "this audio format is not taken")
	}
	return &ear{
		rate:     int64(f.GetSampleRateHz()),
		encoding: f.GetEncoding(),
		ends:     c.GetEndpointing(),
		language: likeliest(c.GetLanguageCodes(), ""),
		next:     next,
	}, nil
}

// audio hears a message and gives the answers and the number of samples in it.
func (e *ear) audio(a *asrv1.Audio) ([]*answer, int, error) {
	gap := a.GetOffsetSamples() - e.position - int64(len(e.part))
	if gap < 0 || gap > 0 && !a.GetDiscontinuity() || a.GetOffsetSamples() > farthest {
		return nil, 0, status.Error(codes.InvalidArgument, "audio.offset_samples is not where the audio before it ended")
	}
	if e.tell != nil {
		e.tell(decode(e.encoding, a.GetData()))
	}
	if e.discard {
		answers, n := e.tally(a)
		return answers, n, nil
	}
	pcm := decode(e.encoding, a.GetData())
	if a.GetDiscontinuity() {
		e.part = e.part[:0]
		e.position = a.GetOffsetSamples()
	}
	var out []*answer
	size := int(e.samples(window))
	e.part = append(e.part, pcm...)
	for len(e.part) >= size {
		out = append(out, e.hear(e.part[:size])...)
		e.part = append(e.part[:0], e.part[size:]...)
	}
	return out, len(pcm), nil
}

// tally takes audio without looking at it.
func (e *ear) tally(a *asrv1.Audio) ([]*answer, int) {
	n := len(a.GetData())
	if e.encoding == speechv1.Encoding_ENCODING_LINEAR16 {
		n /= 2
	}
	e.position = a.GetOffsetSamples() + int64(n)
	return e.report(nil), n
}

// hear takes one window.
func (e *ear) hear(pcm []int16) []*answer {
	e.position += int64(len(pcm))
	if e.paused {
		return e.report(nil)
	}
	if level(pcm) >= loud {
		e.loudFor, e.quietFor = e.loudFor+int64(len(pcm)), 0
	} else {
		e.loudFor, e.quietFor = 0, e.quietFor+int64(len(pcm))
	}
	var out []*answer
	switch {
	case e.now == nil && e.begins():
		out = e.begin()
	case e.now != nil && e.over():
		out = e.finish(asrv1.SpeechEnded_REASON_SILENCE)
	case e.now != nil:
		out = e.partial()
	default:
		out = e.noInput()
	}
	return e.report(out)
}

// begins says whether an utterance starts here.
func (e *ear) begins() bool {
	if after := e.next(false).After; after > 0 {
		return e.position-e.rested >= e.samples(after)
	}
	return e.loudFor >= e.samples(startAfter)
}

func (e *ear) begin() []*answer {
	e.count++
	e.now = &utterance{
		id:    "u" + strconv.Itoa(e.count),
		turn:  e.next(true),
		start: e.position - e.loudFor,
	}
	return []*answer{{Response: &asrv1.StreamingRecognizeResponse_SpeechStarted{
		SpeechStarted: &asrv1.SpeechStarted{UtteranceId: e.now.id, OffsetSamples: e.now.start},
	}}}
}

// over says whether the utterance ends here.
func (e *ear) over() bool {
	if e.now.turn.After > 0 {
		return e.position-e.now.start >= e.samples(endAfter)
	}
	if e.ends.GetMode() == asrv1.Endpointing_MODE_CLIENT {
		return false
	}
	return e.quietFor >= e.orDefault(e.ends.GetSilence(), endAfter)
}

func (e *ear) partial() []*answer {
	u := e.now
	told := int(u.revision)
	due := e.position-u.start >= int64(told+1)*e.samples(partialEvery)
	if !due || told >= len(u.turn.Partials) {
		return nil
	}
	return []*answer{e.transcript(u, u.turn.Partials[told], false)}
}

func (e *ear) finish(why asrv1.SpeechEnded_Reason) []*answer {
	u := e.now
	e.now = nil
	e.rested, e.told = e.position, false
	out := []*answer{{Response: &asrv1.StreamingRecognizeResponse_SpeechEnded{
		SpeechEnded: &asrv1.SpeechEnded{UtteranceId: u.id, OffsetSamples: e.position, Reason: why},
	}}}
	if why == asrv1.SpeechEnded_REASON_DISCARDED || u.turn.Withhold {
		return out
	}
	for int(u.revision) < len(u.turn.Partials) {
		out = append(out, e.transcript(u, u.turn.Partials[u.revision], false))
	}
	out = append(out, e.transcript(u, u.turn.Text, true))
	if u.turn.Repeat {
		out = append(out, e.transcript(u, u.turn.Text, true))
	}
	if u.turn.Late {
		out = append(out, e.transcript(u, u.turn.Text, false))
	}
	return out
}

// force ends the utterance in progress, if there is one.
func (e *ear) force() []*answer {
	if e.now == nil {
		return nil
	}
	return e.finish(asrv1.SpeechEnded_REASON_FORCED)
}

func (e *ear) transcript(u *utterance, text string, final bool) *answer {
	u.revision++
	t := &asrv1.Transcript{
		UtteranceId:  u.id,
		Revision:     u.revision,
		IsFinal:      final,
		LanguageCode: e.language,
		StartSamples: u.start,
		EndSamples:   e.position,
	}
	if strings.TrimSpace(text) != "" {
		confidence := u.turn.Confidence
		if confidence == 0 {
			confidence = 0.9
		}
		t.Alternatives = []*asrv1.Alternative{{Text: text, Confidence: confidence}}
	}
	return &answer{Response: &asrv1.StreamingRecognizeResponse_Transcript{Transcript: t}}
}

func (e *ear) noInput() []*answer {
	timeout := e.orDefault(e.ends.GetNoInputTimeout(), 0)
	if timeout == 0 || e.told || e.position-e.rested < timeout {
		return nil
	}
	e.told = true
	return []*answer{{Response: &asrv1.StreamingRecognizeResponse_NoInput{
		NoInput: &asrv1.NoInput{OffsetSamples: e.position},
	}}}
}

// report adds a progress message where one is due.
func (e *ear) report(out []*answer) []*answer {
	if e.silent || e.position-e.reported < e.samples(reportEvery) {
		return out
	}
	e.reported = e.position
	return append(out, &answer{Response: &asrv1.StreamingRecognizeResponse_Progress{
		Progress: &asrv1.Progress{OffsetSamples: e.position},
	}})
}

func (e *ear) update(u *asrv1.Update) {
	if u.GetEndpointing() != nil {
		e.ends = u.GetEndpointing()
	}
	e.language = likeliest(u.GetLanguageCodes(), e.language)
	e.rested, e.told = e.position, false
}

// likeliest is the first language, or def if there is none.
func likeliest(codes []string, def string) string {
	if len(codes) == 0 {
		return def
	}
	return codes[0]
}

func (e *ear) control(a asrv1.Control_Action) ([]*answer, error) {
	switch a {
	case asrv1.Control_ACTION_FORCE_ENDPOINT:
		return e.force(), nil
	case asrv1.Control_ACTION_DISCARD_UTTERANCE:
		if e.now == nil {
			return nil, nil
		}
		return e.finish(asrv1.SpeechEnded_REASON_DISCARDED), nil
	case asrv1.Control_ACTION_PAUSE:
		e.paused = true
		return e.force(), nil
	case asrv1.Control_ACTION_RESUME:
		e.paused, e.rested, e.told = false, e.position, false
		return nil, nil
	default:
		return nil, status.Error(codes.InvalidArgument, "a control without action")
	}
}

func (e *ear) samples(d time.Duration) int64 { return e.rate * int64(d) / int64(time.Second) }

func (e *ear) orDefault(d *durationpb.Duration, def time.Duration) int64 {
	if d.AsDuration() > 0 {
		def = d.AsDuration()
	}
	return e.samples(def)
}

func decode(enc speechv1.Encoding, data []byte) []int16 {
	if enc == speechv1.Encoding_ENCODING_MULAW {
		pcm := make([]int16, len(data))
		g711.PCMU.Decode(pcm, data)
		return pcm
	}
	pcm := make([]int16, len(data)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
	}
	return pcm
}

func level(pcm []int16) int {
	sum := 0
	for _, v := range pcm {
		sum += max(int(v), -int(v))
	}
	return sum / max(len(pcm), 1)
}
