package main

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

const (
	window       = 20 * time.Millisecond
	startAfter   = 60 * time.Millisecond  // of voice
	preroll      = 200 * time.Millisecond // kept from before it
	endAfter     = 600 * time.Millisecond // of quiet, if the config does not say
	mostLength   = 30 * time.Second       // the same
	partialEvery = 300 * time.Millisecond
	reportEvery  = 100 * time.Millisecond // the contract: 200 ms at most
)

// ear finds utterances. Its clock is the audio: every time below is in samples
// since the start of the stream, and it never looks at another clock.
type ear struct {
	rate     int64
	encoding speechv1.Encoding
	language string
	ends     *asrv1.Endpointing

	position int64   // end of what was heard
	recent   []int16 // what was heard in the utterance, or just now if there is none
	part     int     // samples of recent that do not yet fill a window
	floor    int     // level of the line when nobody speaks
	voice    int64   // how long somebody has been speaking
	quiet    int64   // how long nobody has, in an utterance
	eager    bool    // that it may be over was said
	rested   int64   // since when no_input counts
	told     bool    // that nobody speaks
	paused   bool
	reported int64 // position of the last progress
	partial  int64 // position of the last partial
	count    int   // utterances so far
	now      *utterance
}

type utterance struct {
	id        string
	start     int64 // of the voice
	from      int64 // of the audio that is transcribed: a word may begin softly
	language  string
	revision  int32
	ended     bool
	discarded bool
}

func (e *ear) samples(d time.Duration) int64 { return e.rate * int64(d) / int64(time.Second) }

// rest starts the time of no_input anew.
func (e *ear) rest() { e.rested, e.told = e.position, false }

// audio hears a message and tells how far it has got.
func (s *stream) audio(a *asrv1.Audio) error {
	if len(a.GetData()) > maxChunk {
		return status.Error(codes.InvalidArgument, "audio is larger than max_chunk")
	}
	pcm, ok := decode(s.encoding, a.GetData())
	if !ok {
		return status.Error(codes.InvalidArgument, "half a sample")
	}
	gap := a.GetOffsetSamples() - s.position
	if gap < 0 || gap > 0 && !a.GetDiscontinuity() {
		return status.Error(codes.InvalidArgument, "audio does not begin where the piece before it ends")
	}
	if gap > 0 {
		s.skip(gap)
	}
	step := int(s.samples(window))
	for len(pcm) > 0 {
		n := min(step-s.part, len(pcm))
		s.recent = append(s.recent, pcm[:n]...)
		s.position += int64(n)
		s.part += n
		pcm = pcm[n:]
		if s.part == step {
			s.part = 0
			s.hear(s.recent[len(s.recent)-step:])
		}
	}
	if s.position-s.reported >= s.samples(reportEvery) {
		s.reported = s.position
		s.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Progress{Progress: &asrv1.Progress{OffsetSamples: s.position}}})
	}
	return nil
}

// skip passes what the client kept back: silence, most likely. The utterance goes
// on after it if it is not too long.
func (s *stream) skip(gap int64) {
	s.position += gap
	if s.now != nil {
		s.quiet += gap
		if r := s.over(); r != asrv1.SpeechEnded_REASON_UNSPECIFIED {
			s.finish(r)
		}
	}
	if s.now == nil {
		s.recent, s.part, s.voice = s.recent[:0], 0, 0
		return
	}
	s.recent = append(s.recent, make([]int16, gap)...)
}

// hear judges a window, the last of what was heard.
func (s *stream) hear(pcm []int16) {
	if s.paused {
		s.recent, s.voice = s.recent[:0], 0
		return
	}
	level := 0
	for _, v := range pcm {
		level += max(int(v), -int(v))
	}
	level /= len(pcm)
	if loud := level > 250+3*s.floor; loud {
		s.voice, s.quiet, s.eager = s.voice+int64(len(pcm)), 0, false
	} else {
		s.floor += (level - s.floor) / 8
		s.voice, s.quiet = 0, s.quiet+int64(len(pcm))
	}
	if s.now == nil {
		s.wait()
		return
	}
	pause := s.samples(s.ends.GetEagerSilence().AsDuration())
	so := job{u: s.now, pcm: s.recent, end: s.position}
	switch r := s.over(); {
	case r != asrv1.SpeechEnded_REASON_UNSPECIFIED:
		s.finish(r)
	case pause > 0 && s.quiet >= pause && !s.eager: // the caller may have finished: say early what it would be
		s.eager, so.eager = true, true
		s.transcribe(so)
	case s.interim && s.position-s.partial >= s.samples(partialEvery) && len(s.jobs) == 0:
		s.partial = s.position // not while the last one is being worked on
		s.transcribe(so)
	}
}

// transcribe has it done on a copy: more comes meanwhile.
func (s *stream) transcribe(j job) {
	j.pcm = slices.Clone(j.pcm)
	s.jobs <- j
}

// wait listens for the start of an utterance.
func (s *stream) wait() {
	if over := len(s.recent) - int(s.samples(preroll+startAfter)); over > 0 {
		s.recent = append(s.recent[:0], s.recent[over:]...)
	}
	if s.voice >= s.samples(startAfter) {
		s.count++
		s.now = &utterance{
			id: strconv.Itoa(s.count), language: s.language,
			start: s.position - s.voice, from: s.position - int64(len(s.recent)),
		}
		s.partial = s.position
		s.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_SpeechStarted{SpeechStarted: &asrv1.SpeechStarted{
			UtteranceId: s.now.id, OffsetSamples: s.now.start,
		}}})
		return
	}
	if t := s.ends.GetNoInputTimeout().AsDuration(); t > 0 && !s.told && s.position-s.rested >= s.samples(t) {
		s.told = true
		s.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_NoInput{NoInput: &asrv1.NoInput{OffsetSamples: s.position}}})
	}
}

// over says why the utterance is over, if it is.
func (e *ear) over() asrv1.SpeechEnded_Reason {
	silence := cmp.Or(e.ends.GetSilence().AsDuration(), endAfter)
	most := cmp.Or(e.ends.GetMaxUtterance().AsDuration(), mostLength)
	switch {
	case e.ends.GetMode() != asrv1.Endpointing_MODE_CLIENT && e.quiet >= e.samples(silence):
		return asrv1.SpeechEnded_REASON_SILENCE
	case e.position-e.now.start >= e.samples(min(most, mostLength)):
		return asrv1.SpeechEnded_REASON_MAX_LENGTH
	}
	return asrv1.SpeechEnded_REASON_UNSPECIFIED
}

// finish ends the utterance, if there is one. Its final comes of the transcriber.
func (s *stream) finish(r asrv1.SpeechEnded_Reason) {
	u := s.now
	if u == nil {
		return
	}
	end := max(u.start, s.position-s.quiet)
	s.mu.Lock()
	u.ended, u.discarded = true, r == asrv1.SpeechEnded_REASON_DISCARDED
	s.mu.Unlock()
	s.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_SpeechEnded{SpeechEnded: &asrv1.SpeechEnded{
		UtteranceId: u.id, OffsetSamples: end, Reason: r,
	}}})
	if !u.discarded {
		s.jobs <- job{u: u, pcm: s.recent[:min(end-u.from, int64(len(s.recent)))], end: end, final: true}
	}
	s.now, s.recent, s.part, s.voice, s.quiet, s.eager = nil, nil, 0, 0, 0, false
	s.rest()
}

// decode gives the samples of a message; ok is false if the last one is cut.
func decode(e speechv1.Encoding, data []byte) (pcm []int16, ok bool) {
	if e == speechv1.Encoding_ENCODING_LINEAR16 {
		pcm = make([]int16, len(data)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
		}
		return pcm, len(data)%2 == 0
	}
	pcm = make([]int16, len(data))
	for i, b := range data {
		if e == speechv1.Encoding_ENCODING_MULAW {
			pcm[i] = mulaw(b)
		} else {
			pcm[i] = alaw(b)
		}
	}
	return pcm, true
}

// mulaw and alaw give the sample of a byte (ITU-T G.711).
func mulaw(b byte) int16 {
	b = ^b
	v := (int16(b&0x0f)<<3+0x84)<<(b>>4&7) - 0x84
	if b&0x80 != 0 {
		return -v
	}
	return v
}

func alaw(b byte) int16 {
	b ^= 0x55
	v, segment := int16(b&0x0f)<<4+8, b>>4&7
	if segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		return -v
	}
	return v
}
