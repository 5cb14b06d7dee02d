package asr

import (
	"encoding/binary"

	"github.com/callward/callward/media/g711"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

type upstream = asrv1.AsrService_StreamingRecognizeClient

// A batch is what the sender takes at once.
type batch struct {
	pcm      []int16
	position int64 // in the engine's stream
	gap      bool
	orders   []*asrv1.StreamingRecognizeRequest // to be sent after the audio
	half     bool                               // and nothing after them
}

// send is the goroutine that owns the way up. It ends when the stream is half
// closed or cannot take any more; the receiver learns why.
func (s *Stream) send(a *attempt, done chan<- struct{}) {
	defer close(done)
	s.mu.Lock()
	pcm := make([]int16, min(s.chunk(a)+int64(s.samples(batchMore)), a.limits.chunk))
	s.mu.Unlock()
	for s.drain(a, pcm) {
		select {
		case <-a.done:
			return
		case <-a.wake:
		}
	}
}

// drain sends what there is. It reports whether more may follow.
func (s *Stream) drain(a *attempt, pcm []int16) bool {
	for {
		b := s.take(a, pcm)
		if len(b.pcm) > 0 && a.up.Send(s.audio(b)) != nil {
			return false
		}
		for _, o := range b.orders {
			if a.up.Send(o) != nil {
				return false
			}
		}
		if b.half {
			_ = a.up.CloseSend() // the receiver learns why
			return false
		}
		if len(b.pcm) == 0 && len(b.orders) == 0 {
			return true
		}
	}
}

// take moves a batch on. Less than a chunk waits until more comes, unless an order waits
// behind it.
func (s *Stream) take(a *attempt, pcm []int16) batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != a {
		return batch{}
	}
	a.skipTo(s.ring.first)
	upTo, waits := s.due, s.half
	if at, ok := s.orderFor(a); ok {
		upTo, waits = max(at, a.at), true
	}
	if !waits && !s.ready(a) {
		return batch{}
	}
	n := s.ring.read(a.at, pcm[:min(int64(len(pcm)), max(upTo-a.at, 0))])
	b := batch{pcm: pcm[:n], position: a.at - a.base, gap: a.gap}
	a.at += int64(n)
	if n > 0 {
		a.gap = false
	}
	if a.at < upTo {
		return b // orders come after all of it
	}
	b.orders = s.takeOrders(a)
	_, more := s.orderFor(a)
	b.half = s.half && !more && a.at >= s.due
	return b
}

// orderFor gives the position of the next order that an attempt has yet to send.
func (s *Stream) orderFor(a *attempt) (at int64, ok bool) {
	for _, o := range s.orders {
		if o.waitsFor(a) {
			return o.at, true
		}
	}
	return 0, false
}

// waitsFor reports whether an attempt has yet to send an order. What is about audio that
// it does not hear is not for it.
func (o order) waitsFor(a *attempt) bool {
	return o.sent == 0 || o.replay && o.sent != a.number && o.at > a.base
}

// takeOrders takes those whose audio has been sent. What another engine would have to be
// told again is kept.
func (s *Stream) takeOrders(a *attempt) (out []*asrv1.StreamingRecognizeRequest) {
	kept := s.orders[:0]
	for _, o := range s.orders {
		if o.waitsFor(a) && o.at <= a.at {
			out = append(out, a.limits.fit(o.request))
			o.sent = a.number
		}
		if o.sent == 0 || o.replay && o.at > s.ring.first {
			kept = append(kept, o)
		}
	}
	clear(s.orders[len(kept):])
	s.orders = kept
	return out
}

func (s *Stream) audio(b batch) *asrv1.StreamingRecognizeRequest {
	return &asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Audio{Audio: &asrv1.Audio{
		Data:          encode(s.encoding, b.pcm),
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
