package adapt

import (
	"context"
	"slices"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/contract"
	"github.com/callward/callward/internal/speechd/endpoint"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

const (
	narrowPerMs = endpoint.Rate / 1000
	// preRoll is the audio before the speech that the vendor hears too: the first
	// phone is quieter than what tells speech.
	preRoll = 250 * narrowPerMs
	// progressEvery is how often progress is sent, half of what the contract
	// promises.
	progressEvery = 100 * narrowPerMs
	// fillAtMost is the longest loss that is filled with silence; a longer one ends
	// the utterance in progress.
	fillAtMost = 2000 * narrowPerMs
	// maxOffset is the longest stream, in samples: 12 days at 8 kHz.
	maxOffset = 1 << 33
)

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

// each takes samples in pieces of 100 ms: progress is owed within a long message.
func (st *stream) each(ctx context.Context, pcm []int16) error {
	for piece := range slices.Chunk(pcm, int(progressEvery*st.ratio)) {
		if err := st.take(ctx, piece); err != nil {
			return err
		}
	}
	return nil
}

// bridge passes over audio that was lost: silence stands for a short loss, and a
// long one ends the utterance.
func (st *stream) bridge(ctx context.Context, gap int64) error {
	st.expected += gap
	fill := min(gap, fillAtMost*st.ratio)
	if err := st.each(ctx, make([]int16, fill)); err != nil {
		return err
	}
	if gap == fill {
		return nil
	}
	if err := st.end(asrv1.SpeechEnded_REASON_SILENCE); err != nil {
		return err
	}
	rest := (gap - fill) / st.ratio
	st.recent.skip(rest * st.ratio)
	st.at += rest
	st.detector.Skip(rest)
	return nil
}

// take listens to samples, frame by frame.
func (st *stream) take(ctx context.Context, pcm []int16) error {
	if st.paused {
		st.recent.skip(int64(len(pcm))) // what is said in a pause is not kept
	} else {
		st.recent.add(pcm)
	}
	st.narrow = append(st.narrow, st.toNarrow.Write(pcm)...)
	used := 0
	for ; len(st.narrow)-used >= endpoint.Frame; used += endpoint.Frame {
		st.at += endpoint.Frame
		if err := st.frame(ctx, st.narrow[used:used+endpoint.Frame]); err != nil {
			return err
		}
	}
	st.narrow = append(st.narrow[:0], st.narrow[used:]...)
	return st.progress(progressEvery * st.ratio)
}

func (st *stream) frame(ctx context.Context, frame []int16) error {
	if st.paused {
		st.detector.Skip(endpoint.Frame)
		return nil
	}
	event := st.detector.Push(frame)
	if st.current != nil {
		if err := st.feed(); err != nil {
			return err
		}
	}
	switch event {
	case endpoint.Started:
		return st.start(ctx)
	case endpoint.Eager:
		return st.eager()
	case endpoint.Ended:
		return st.end(asrv1.SpeechEnded_REASON_SILENCE)
	case endpoint.TooLong:
		return st.end(asrv1.SpeechEnded_REASON_MAX_LENGTH)
	case endpoint.NoInput:
		return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_NoInput{
			NoInput: &asrv1.NoInput{OffsetSamples: st.at * st.ratio},
		}})
	case endpoint.None:
	}
	return nil
}

// progress reports how far the audio has got, if that is far enough since the
// last time. What an utterance holds has got as far as the vendor took it.
func (st *stream) progress(least int64) error {
	at := st.at * st.ratio
	if u := st.current; u != nil {
		if taken := u.audio.taken(); taken < u.given {
			at = min(at, u.origin+taken)
		}
	}
	if at-st.reported < least {
		return nil
	}
	st.reported = at
	return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Progress{
		Progress: &asrv1.Progress{OffsetSamples: at},
	}})
}

// A history keeps the latest audio, so that an utterance can begin in the past,
// and counts all of it.
type history struct {
	pcm   []int16
	most  int
	total int64 // samples ever added
}

func (h *history) add(pcm []int16) {
	h.pcm = append(h.pcm, pcm...)
	h.total += int64(len(pcm))
	if over := len(h.pcm) - h.most; over > h.most {
		h.pcm = append(h.pcm[:0], h.pcm[over:]...)
	}
}

// oldest is the position of the first sample kept.
func (h *history) oldest() int64 { return h.total - int64(len(h.pcm)) }

// from gives the audio since a position, as far as it is kept.
func (h *history) from(position int64) []int16 {
	start := min(max(position-h.oldest(), 0), int64(len(h.pcm)))
	return h.pcm[start:]
}

// skip passes over samples that nobody heard.
func (h *history) skip(samples int64) {
	h.pcm = h.pcm[:0]
	h.total += samples
}
