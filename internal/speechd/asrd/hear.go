package asrd

import (
	"context"
	"slices"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/contract"
	"github.com/callward/callward/internal/speechd/endpoint"
	"github.com/callward/callward/internal/speechd/recog"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

const (
	// preRoll is the audio before the speech that the recognizer hears too: the
	// first phone is quieter than what tells speech.
	preRoll = 250 // ms
	// postRoll is the audio after the last speech that it hears.
	postRoll = 200 // ms
	// progressEvery is how often progress is sent, half of what the contract
	// promises.
	progressEvery = 100 // ms
	// fillAtMost is the longest loss that is filled with silence; after a longer
	// one the utterance in progress is ended first.
	fillAtMost = 2000 // ms
	// maxOffset is the longest stream, in samples: 12 days at 8 kHz.
	maxOffset = 1 << 33
)

const narrowPerMs = endpoint.Rate / 1000

// hear takes a piece of audio.
func (st *stream) hear(ctx context.Context, a *asrv1.Audio) error {
	if len(a.GetData()) > MaxChunk {
		return contract.Invalid("audio.data", "too long")
	}
	pcm, err := audio.Decode(st.cfg.GetFormat().GetEncoding(), a.GetData())
	if err != nil {
		return contract.Invalid("audio.data", "half a sample at the end")
	}
	switch gap := a.GetOffsetSamples() - st.expected; {
	case a.GetOffsetSamples() > maxOffset:
		return contract.Invalid("audio.offset_samples", "too large")
	case gap < 0:
		return contract.Invalid("audio.offset_samples", "goes back")
	case gap > 0 && !a.GetDiscontinuity():
		return contract.Invalid("audio.offset_samples", "moves on without discontinuity")
	case gap > 0:
		if err := st.bridge(ctx, gap); err != nil {
			return err
		}
	}
	st.expected += int64(len(pcm))
	return st.each(ctx, pcm)
}

// each takes samples in pieces of 100 ms: a message may be longer than what
// recent keeps, and progress is owed within it.
func (st *stream) each(ctx context.Context, pcm []int16) error {
	for piece := range slices.Chunk(pcm, int(st.rate/10)) {
		if err := st.take(ctx, piece); err != nil {
			return err
		}
	}
	return nil
}

// bridge passes over audio that was lost: silence stands for a short loss, and
// a long one ends the utterance.
func (st *stream) bridge(ctx context.Context, gap int64) error {
	st.expected += gap
	fill := min(gap, fillAtMost*st.rate/1000)
	if err := st.each(ctx, make([]int16, fill)); err != nil {
		return err
	}
	if gap == fill {
		return nil
	}
	if err := st.end(ctx, asrv1.SpeechEnded_REASON_SILENCE); err != nil {
		return err
	}
	rest := (gap - fill) * endpoint.Rate / st.rate
	st.recent.skip(rest * wide)
	st.at += rest
	st.detector.Skip(rest)
	return nil
}

// take listens to samples, frame by frame.
func (st *stream) take(ctx context.Context, pcm []int16) error {
	heard := st.toWide.Write(pcm)
	if st.paused {
		st.recent.skip(int64(len(heard))) // what is said in a pause is not kept
	} else {
		st.recent.add(heard)
	}
	st.narrow = append(st.narrow, st.toNarrow.Write(pcm)...)
	for len(st.narrow) >= endpoint.Frame {
		frame := st.narrow[:endpoint.Frame]
		st.at += endpoint.Frame
		if err := st.frame(ctx, frame); err != nil {
			return err
		}
		st.narrow = st.narrow[endpoint.Frame:]
	}
	st.narrow = append([]int16(nil), st.narrow...)
	if err := st.progress(progressEvery * narrowPerMs); err != nil {
		return err
	}
	return st.follow() // it may take a while, of which whoever waits for progress need not know
}

func (st *stream) frame(ctx context.Context, frame []int16) error {
	if st.paused {
		st.detector.Skip(endpoint.Frame)
		return nil
	}
	event := st.detector.Push(frame)
	if st.current != nil {
		st.feed()
	}
	switch event {
	case endpoint.Started:
		return st.start(ctx)
	case endpoint.Eager:
		return st.eager(ctx)
	case endpoint.Ended:
		return st.end(ctx, asrv1.SpeechEnded_REASON_SILENCE)
	case endpoint.TooLong:
		return st.end(ctx, asrv1.SpeechEnded_REASON_MAX_LENGTH)
	case endpoint.NoInput:
		return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_NoInput{
			NoInput: &asrv1.NoInput{OffsetSamples: st.offset(st.at)},
		}})
	case endpoint.None:
	}
	return nil
}

// progress reports how far the stream has listened, if it is far enough since
// the last time.
func (st *stream) progress(least int64) error {
	if st.at-st.reported < max(least, 1) {
		return nil
	}
	st.reported = st.at
	return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Progress{
		Progress: &asrv1.Progress{OffsetSamples: st.offset(st.at)},
	}})
}

// A history keeps the latest wide audio, so that an utterance can begin in the
// past, and counts all of it.
type history struct {
	pcm   []int16
	total int64 // samples ever added
}

const historySize = 2 * recog.SampleRate

func newHistory() *history { return &history{} }

func (h *history) add(pcm []int16) {
	h.pcm = append(h.pcm, pcm...)
	h.total += int64(len(pcm))
	if over := len(h.pcm) - historySize; over > historySize {
		h.pcm = append(h.pcm[:0], h.pcm[over:]...)
	}
}

// from gives the audio since a position, as far as it is kept.
func (h *history) from(position int64) []int16 {
	start := max(position-(h.total-int64(len(h.pcm))), 0)
	if start >= int64(len(h.pcm)) {
		return nil
	}
	return h.pcm[start:]
}

func (h *history) clear() { h.pcm = h.pcm[:0] }

// skip passes over samples that nobody heard.
func (h *history) skip(samples int64) {
	h.clear()
	h.total += samples
}
