package asr

import (
	"context"
	"sync"
	"time"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// Sizes, in time, of what a stream handles.
const (
	ringTime  = time.Second           // audio kept for an engine that is slow to take it
	batchDue  = 40 * time.Millisecond // audio that wakes the sender
	batchFull = 60 * time.Millisecond // largest audio message
	untakenAt = 32                    // updates and controls left untaken that end the stream
	eventRoom = 64                    // events kept for a reader that is slow to take them
)

// An Action is for the utterance in progress; see Stream.Control.
type Action int

// The actions.
const (
	Pause         Action = iota + 1 // ignore audio until Resume; none reaches the engine
	Resume                          // listen again
	ForceEndpoint                   // end the utterance now and give its Final
	Discard                         // forget the utterance: no Final
)

// A Stream listens to one leg. Write, Update and Control may be called from
// any goroutine; one goroutine at a time should call Write.
type Stream struct {
	client *Client
	config Config
	rate   int64
	events chan Event
	wake   chan struct{} // has room for one: the sender has something to do
	cancel context.CancelCauseFunc
	ended  chan struct{} // closed after the last event

	mu      sync.Mutex // held for a copy of one batch at most
	ring    ring
	pending []*asrv1.StreamingRecognizeRequest
	paused  bool
	half    bool // Finish was called
	watch   watch
	timer   *time.Timer
	due     time.Time // when the timer should fire
	stopped bool      // the timer is not to be set again
}

// Recognize opens a stream. It does not wait for the engine: audio may be
// written at once and is kept until the engine is ready. An engine that cannot
// be reached gives a Failed event. The stream ends with ctx, with Close, or by
// itself after Finish.
func (c *Client) Recognize(ctx context.Context, config Config) (*Stream, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	if known := c.known.Load(); config.SampleRate == wideband && (known == nil || !known.Wideband) {
		config.SampleRate = narrowband
	}
	ctx, cancel := context.WithCancelCause(ctx)
	perSecond := int64(config.SampleRate)
	s := &Stream{
		client: c,
		config: config,
		rate:   perSecond,
		events: make(chan Event, eventRoom),
		wake:   make(chan struct{}, 1),
		cancel: cancel,
		ended:  make(chan struct{}),
		ring:   newRing(int(perSecond * int64(ringTime) / int64(time.Second))),
	}
	s.watch = newWatch(time.Now(), config, s.samples(minBacklog))
	s.startWatch()
	c.stats.streams.Add(1)
	c.stats.open.Add(1)
	go s.run(ctx)
	return s, nil
}

// Sample rates, in Hz. Every engine takes the first.
const (
	narrowband = 8000
	wideband   = 16000
)

// SampleRate is that of the audio which Write takes: 16000 only if the engine said that
// it hears so much.
func (s *Stream) SampleRate() int { return s.config.SampleRate }

// Write gives the next audio. It never blocks and keeps nothing of pcm.
func (s *Stream) Write(pcm []int16) {
	s.mu.Lock()
	if s.half {
		s.mu.Unlock()
		return
	}
	if s.paused {
		s.ring.skip(len(pcm))
		s.mu.Unlock()
		return
	}
	s.watch.wrote(s.ring.next+int64(len(pcm)), time.Now())
	lost := s.ring.put(pcm)
	due := s.ring.len() >= s.samples(batchDue)
	s.mu.Unlock()
	if lost > 0 {
		s.client.stats.lost.Add(int64(lost))
	}
	if due {
		s.poke()
	}
}

// Update changes what is expected from the next utterance on.
func (s *Stream) Update(u Update) { s.post(u.request()) }

// Control acts on the utterance in progress, after the audio written so far.
func (s *Stream) Control(a Action) {
	s.mu.Lock()
	switch a {
	case Pause:
		s.paused = true
	case Resume:
		s.paused = false
		s.watch.restart(time.Now())
	case ForceEndpoint, Discard:
	}
	s.mu.Unlock()
	s.post(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Control{
		Control: &asrv1.Control{Action: a.proto()},
	}})
}

// Finish says that no audio follows. The engine gives the finals it owes, then
// the events end without Failed.
func (s *Stream) Finish() {
	s.mu.Lock()
	s.half = true
	s.mu.Unlock()
	s.poke()
}

// Events gives what the engine hears. The channel is closed when the stream is
// over. A reader that falls behind misses Progress and Partial events, never
// the others.
func (s *Stream) Events() <-chan Event { return s.events }

// LastProgress gives the time of the last sign that the engine gets on with
// the audio: its ready, or an offset beyond the earlier ones.
func (s *Stream) LastProgress() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watch.at
}

// Lag gives how much of the audio written the engine has not yet consumed.
func (s *Stream) Lag() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.duration(s.watch.written - s.watch.consumed)
}

// Close ends the stream and waits for its goroutines. It may be called twice.
func (s *Stream) Close() error {
	s.cancel(ErrClosed)
	<-s.ended
	return nil
}

func (s *Stream) post(req *asrv1.StreamingRecognizeRequest) {
	s.mu.Lock()
	over := len(s.pending) >= untakenAt
	if !over && !s.half {
		s.pending = append(s.pending, req)
	}
	s.mu.Unlock()
	if over {
		s.cancel(ErrOverrun)
		return
	}
	s.poke()
}

func (s *Stream) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Stream) samples(d time.Duration) int {
	return int(s.rate * int64(d) / int64(time.Second))
}

func (s *Stream) duration(samples int64) time.Duration {
	return time.Duration(samples) * time.Second / time.Duration(s.rate)
}

func (a Action) proto() asrv1.Control_Action {
	switch a {
	case Pause:
		return asrv1.Control_ACTION_PAUSE
	case Resume:
		return asrv1.Control_ACTION_RESUME
	case ForceEndpoint:
		return asrv1.Control_ACTION_FORCE_ENDPOINT
	case Discard:
		return asrv1.Control_ACTION_DISCARD_UTTERANCE
	default:
		return asrv1.Control_ACTION_UNSPECIFIED
	}
}
