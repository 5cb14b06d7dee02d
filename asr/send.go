package asr

import (
	"context"
	"encoding/binary"

	"github.com/callward/callward/media/g711"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

type upstream = asrv1.AsrService_StreamingRecognizeClient

// A batch is what the sender takes from the ring at once.
type batch struct {
	pcm      []int16
	position int64
	gap      bool
	controls []*asrv1.StreamingRecognizeRequest // to be sent after the audio
	half     bool                               // and nothing after them
}

// send is the goroutine that owns the way up. It ends when the stream is half
// closed or cannot take any more; the receiver learns why.
func (s *Stream) send(ctx context.Context, up upstream, done chan<- struct{}) {
	defer close(done)
	pcm := make([]int16, s.samples(batchFull))
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		if !s.drain(up, pcm) {
			return
		}
	}
}

// drain sends what there is. It reports whether more may follow.
func (s *Stream) drain(up upstream, pcm []int16) bool {
	for {
		b := s.take(pcm)
		if len(b.pcm) > 0 && up.Send(s.audio(b)) != nil {
			return false
		}
		for _, c := range b.controls {
			if up.Send(c) != nil {
				return false
			}
		}
		if b.half {
			_ = up.CloseSend() // the receiver learns why
			return false
		}
		if len(b.pcm) == 0 && len(b.controls) == 0 {
			return true
		}
	}
}

// take moves a batch out of the ring. Less than batchDue stays there until more
// comes, unless a control waits behind it.
func (s *Stream) take(pcm []int16) batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	flush := len(s.pending) > 0 || s.half
	if !flush && s.ring.len() < s.samples(batchDue) {
		return batch{}
	}
	n, position, gap := s.ring.take(pcm)
	b := batch{pcm: pcm[:n], position: position, gap: gap}
	if s.ring.len() > 0 {
		return b // controls come after all of it
	}
	b.controls, s.pending = s.pending, nil
	b.half = s.half
	return b
}

func (s *Stream) audio(b batch) *asrv1.StreamingRecognizeRequest {
	return &asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Audio{Audio: &asrv1.Audio{
		Data:          encode(s.config.Encoding, b.pcm),
		OffsetSamples: b.position,
		Discontinuity: b.gap,
	}}}
}

func encode(e Encoding, pcm []int16) []byte {
	if e == Mulaw {
		out := make([]byte, len(pcm))
		g711.PCMU.Encode(out, pcm)
		return out
	}
	out := make([]byte, 2*len(pcm))
	for i, v := range pcm {
		binary.LittleEndian.PutUint16(out[2*i:], uint16(v))
	}
	return out
}
