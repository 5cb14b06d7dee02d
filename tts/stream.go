package tts

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/redact"
)

// A Voice says who speaks, how, and for which call.
type Voice struct {
	Language string  // BCP 47
	Name     string  // one of the engine's voices; empty: its best for Language
	Rate     float64 // speed; 0 means 1
	Class    string  // of the engine, where a pool has one of it
	// SSML says that the text is a document of SSML (package ssml). Engines that do not
	// speak it are given its plain text.
	SSML bool
	// Cacheable says that the text is the operator's own, so that its audio may
	// be kept. It must not be set when a caller's value was put into the text.
	Cacheable bool
	// Tenant and Call tell the engine for whom it works.
	Tenant, Call string
}

// Origin says where the audio of a stream comes from.
type Origin int32

// The origins.
const (
	Engine Origin = iota
	Cache         // the engine, some time ago
	Prompt        // rendered at build time: the engine has failed
)

// A Stream is one text being spoken. One goroutine reads it; Close may be
// called from any.
type Stream struct {
	pool    *Pool
	text    string
	voice   Voice
	asked   time.Time
	counted bool        // it is of a call
	alone   bool        // it asks an engine, whoever else does
	ahead   bool        // no caller waits for it
	asks    atomic.Bool // others may wait for it
	safe    redact.Safe
	stopped func() bool
	cancel  context.CancelCauseFunc
	next    func() ([]int16, error) // the next piece; io.EOF after the last
	tell    *telling                // nil: no engine is needed

	left   []int16 // of the piece in hand
	kept   []int16 // all audio so far, while it may go to the cache
	failed error

	origin atomic.Int32
	first  atomic.Int64 // nanoseconds from asked to the first audio; 0: none yet
}

func newStream(ctx context.Context, p *Pool, words string, voice Voice) (*Stream, error) {
	t, err := newText(words, voice)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	s := &Stream{pool: p, text: words, voice: voice, asked: time.Now(), cancel: cancel}
	s.stopped = func() bool { return ctx.Err() != nil }
	s.next = s.source(ctx, t)
	return s, nil
}

// Read fills pcm with the next samples at 8 kHz and blocks until there are
// some. It gives io.EOF when all was spoken, and nothing once Close was called.
func (s *Stream) Read(pcm []int16) (int, error) {
	for len(s.left) == 0 && s.failed == nil {
		s.left, s.failed = s.next()
		s.note()
	}
	if len(s.left) > 0 && s.stopped() {
		s.left, s.failed = nil, ErrClosed
	}
	n := copy(pcm, s.left)
	s.left = s.left[n:]
	if n > 0 || len(pcm) == 0 {
		return n, nil
	}
	return 0, s.failed
}

// Close stops the text at the engines, ends a Read under way and waits for what the
// stream has started. It may be called twice.
func (s *Stream) Close() error {
	s.cancel(ErrClosed)
	if s.asks.Swap(false) {
		s.pool.leave(s.key())
	}
	if s.tell != nil {
		s.tell.close()
	}
	return nil
}

// FirstAudio gives the time from Speak to the first audio, once there is some.
func (s *Stream) FirstAudio() (time.Duration, bool) {
	d := time.Duration(s.first.Load())
	return d, d > 0
}

// Origin says where the audio comes from; it is final once Read gave some.
func (s *Stream) Origin() Origin { return Origin(s.origin.Load()) }

// source chooses where the audio comes from: memory before an engine. The first piece is
// looked for by the first Read, since a disk may be slow.
func (s *Stream) source(ctx context.Context, t text) func() ([]int16, error) {
	if s.text == "" {
		return atOnce(nil)
	}
	s.tell = newTelling(s.pool, t)
	_, s.tell.canned = s.pool.prompt(s.voice.Language, s.text)
	engine := func() ([]int16, error) {
		pcm, err := s.tell.next(ctx)
		return s.orPrompt(pcm, err)
	}
	return func() ([]int16, error) {
		s.next = engine
		if s.voice.Cacheable && !s.stopped() {
			pcm, ok := s.pool.kept(s.key(), s.ahead)
			if !ok && !s.alone {
				pcm, ok = s.shared(ctx)
			}
			if ok {
				s.count(&s.pool.hits)
				s.origin.Store(int32(Cache))
				s.next = atOnce(pcm)
			}
		}
		return s.next()
	}
}

// orPrompt puts what was rendered at build time in place of engines that
// failed before one said anything.
func (s *Stream) orPrompt(pcm []int16, err error) ([]int16, error) {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, ErrClosed) {
		return pcm, err
	}
	if code, ok := s.pool.prompt(s.voice.Language, s.text); ok && s.first.Load() == 0 {
		s.count(&s.pool.fallbacks)
		s.origin.Store(int32(Prompt))
		s.next = inPieces(code)
		return s.next()
	}
	s.count(&s.pool.failed)
	return nil, err
}

// count counts what became of a text of a call.
func (s *Stream) count(c *atomic.Int64) {
	if s.counted {
		c.Add(1)
	}
}

// note keeps what was read, and the time of the first of it. A text that two engines
// spoke is not kept: it may say a part of a sentence twice, or change its voice.
func (s *Stream) note() {
	if len(s.left) > 0 && s.first.Load() == 0 {
		s.first.Store(int64(max(time.Since(s.asked), 1)))
	}
	if !s.voice.Cacheable || s.Origin() != Engine || s.tell.heardBy > 1 {
		return
	}
	s.kept = append(s.kept, s.left...)
	if errors.Is(s.failed, io.EOF) && len(s.kept) > 0 {
		standIn := !slices.Contains(s.pool.foremost(s.key()), s.tell.spoke)
		s.pool.keep(s.key(), s.kept, standIn)
	}
}

func (s *Stream) key() key { return keyOf(s.text, s.voice) }

func atOnce(pcm []int16) func() ([]int16, error) {
	return func() ([]int16, error) {
		if len(pcm) == 0 {
			return nil, io.EOF
		}
		out := pcm
		pcm = nil
		return out, nil
	}
}

// inPieces decodes a rendered text as it is played: many callers may be told the same
// at once, and some hang up.
func inPieces(code []byte) func() ([]int16, error) {
	const piece = 1600 // samples
	return func() ([]int16, error) {
		n := min(piece, len(code))
		if n == 0 {
			return nil, io.EOF
		}
		pcm := make([]int16, n)
		g711.PCMU.Decode(pcm, code[:n])
		code = code[n:]
		return pcm, nil
	}
}
