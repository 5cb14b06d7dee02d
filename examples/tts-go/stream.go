package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

type response = ttsv1.StreamingSynthesizeResponse

// stream is one call that is spoken to.
type stream struct {
	rpc  ttsv1.TtsService_StreamingSynthesizeServer
	rate int
	lead time.Duration // how far audio may run ahead of who plays it; 0: no limit
	wake chan struct{} // there is something to speak, or no more will come

	mu    sync.Mutex // of what follows, and of sending: what is cancelled is not sent after it
	voice string
	texts []*text // in the order in which they began
	over  bool    // no more will come
}

// text is a context.
type text struct {
	id, voice string
	waiting   string // not yet spoken
	flush     int    // bytes of waiting that may be spoken as they are
	last      bool   // no more pieces follow
	gone      bool   // cancelled
	seq       int32
	offset    int64 // end of the audio sent
}

// send sends a message. That the client is gone, Recv tells. It is called with mu,
// or before there is a second goroutine.
func (s *stream) send(m *response) { _ = s.rpc.Send(m) }

func (s *stream) take(m *ttsv1.StreamingSynthesizeRequest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.tell()
	switch r := m.GetRequest().(type) {
	case *ttsv1.StreamingSynthesizeRequest_Input:
		return s.input(r.Input)
	case *ttsv1.StreamingSynthesizeRequest_Flush:
		if t := s.find(r.Flush.GetContextId()); t != nil {
			t.flush = len(t.waiting)
		}
	case *ttsv1.StreamingSynthesizeRequest_Cancel:
		s.cancel(r.Cancel.GetContextId())
	case *ttsv1.StreamingSynthesizeRequest_Update:
		if v := r.Update.GetVoice(); v != "" {
			s.voice = known(v)
		}
	case *ttsv1.StreamingSynthesizeRequest_Config:
		return status.Error(codes.InvalidArgument, "a second config")
	}
	return nil // else it is of a later version
}

func (s *stream) input(in *ttsv1.Input) error {
	if _, ssml := in.GetContent().(*ttsv1.Input_Ssml); ssml {
		return status.Error(codes.InvalidArgument, "SSML is not claimed")
	}
	waiting := len(in.GetText())
	for _, t := range s.texts {
		waiting += len(t.waiting)
	}
	if waiting > maxChunk || len(s.texts) == 100 {
		return status.Error(codes.ResourceExhausted, "too much text waits to be spoken")
	}
	t := s.find(in.GetContextId())
	if t == nil {
		t = &text{id: in.GetContextId(), voice: s.voice}
		s.texts = append(s.texts, t)
	}
	if !t.last {
		t.waiting += in.GetText()
		t.last = in.GetLast()
	}
	return nil
}

func (s *stream) cancel(id string) {
	c := &ttsv1.Canceled{ContextId: id}
	if t := s.find(id); t != nil {
		c.LastOffsetSamples = t.offset
		s.drop(t)
	}
	s.send(&response{Response: &ttsv1.StreamingSynthesizeResponse_Canceled{Canceled: c}})
}

func (s *stream) drop(t *text) {
	t.gone = true
	s.texts = slices.DeleteFunc(s.texts, func(x *text) bool { return x == t })
}

func (s *stream) find(id string) *text {
	i := slices.IndexFunc(s.texts, func(t *text) bool { return t.id == id })
	if i < 0 {
		return nil
	}
	return s.texts[i]
}

// end says that no more will come: what there is is all.
func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	for _, t := range s.texts {
		t.last = true
	}
	s.tell()
}

func (s *stream) tell() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// speak speaks sentence by sentence until nothing more will come.
func (s *stream) speak(ctx context.Context) {
	played := time.Now() // when the audio sent so far will have been played
	for ctx.Err() == nil {
		t, sentence, over := s.next()
		switch {
		case over:
			return
		case t == nil:
			select {
			case <-s.wake:
			case <-ctx.Done():
			}
			continue
		}
		pcm := synthesize(sentence, t.voice, s.rate)
		for n := s.rate * int(piece) / int(time.Second); len(pcm) > 0; pcm = pcm[min(n, len(pcm)):] {
			if now := time.Now(); played.Before(now) {
				played = now
			}
			if s.lead > 0 {
				pause(ctx, time.Until(played.Add(piece-s.lead)))
			}
			if ctx.Err() != nil || !s.audio(t, pcm[:min(n, len(pcm))]) {
				break
			}
			played = played.Add(piece)
		}
	}
}

// next gives a sentence that may be spoken, and says of texts that end here that they
// are done. Over says that there will be none.
func (s *stream) next() (t *text, sentence string, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.texts) > 0 { // the first to its end: texts are never mixed
		t := s.texts[0]
		if sentence := t.sentence(); sentence != "" {
			return t, sentence, false
		}
		if !t.last {
			return nil, "", false
		}
		s.drop(t)
		s.send(&response{Response: &ttsv1.StreamingSynthesizeResponse_Done{Done: &ttsv1.Done{
			ContextId: t.id, TotalSamples: t.offset, Cause: ttsv1.Done_CAUSE_COMPLETE,
		}}})
	}
	return nil, "", s.over
}

// sentence takes the next one, if it is complete or may be spoken as it is.
func (t *text) sentence() string {
	end := min(len(t.waiting), t.flush)
	if t.last {
		end = len(t.waiting)
	}
	for i, r := range t.waiting {
		if after := i + utf8.RuneLen(r); strings.ContainsRune(".!?", r) && strings.HasPrefix(t.waiting[after:], " ") {
			end = after + 1
			break
		}
	}
	sentence := t.waiting[:end]
	t.waiting, t.flush = t.waiting[end:], max(0, t.flush-end)
	if strings.TrimSpace(sentence) == "" {
		return ""
	}
	return sentence
}

// audio sends a piece, unless its text was cancelled.
func (s *stream) audio(t *text, pcm []int16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.gone {
		return false
	}
	s.send(&response{Response: &ttsv1.StreamingSynthesizeResponse_Audio{Audio: &ttsv1.Audio{
		ContextId: t.id, Seq: t.seq, Data: bytesOf(pcm), OffsetSamples: t.offset,
	}}})
	t.seq++
	t.offset += int64(len(pcm))
	return true
}

// pause waits, but not beyond the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
