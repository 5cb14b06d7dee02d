package asr

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// Sizes of what a stream handles.
const (
	keptAlone  = time.Second           // audio kept for an engine that is slow to take it
	keptInPool = 20 * time.Second      // and for one that takes over: the longest utterance
	keptHeard  = 2 * time.Second       // of silence, for one that takes over from an engine which is sent it: it is used to it
	batchMore  = 20 * time.Millisecond // what an audio message may hold beyond a chunk
	untakenAt  = 32                    // updates and controls left untaken that end the attempt
	eventRoom  = 64                    // events kept for a reader that is slow to take them
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

// A Stream listens to one leg. Hear, Update and Control may be called from
// any goroutine; one goroutine at a time should call Hear.
type Stream struct {
	pool     *Pool
	rate     int64
	encoding Encoding
	events   chan Event
	cancel   context.CancelCauseFunc
	ended    chan struct{} // closed after the last event
	prepare  func()        // gets a standby ready, or asks how an engine is that has none; called with mu held
	helpers  sync.WaitGroup

	mu      sync.Mutex // held for a copy of one batch at most
	config  Config     // as it stands: for engines that are to take over
	updated int        // how often it has changed
	ring    ring
	gate    gate
	quiet   int64 // samples since the last voice
	due     int64 // position up to which audio is for the engine
	reached int64 // position up to which audio was sent to some engine, or not meant for any
	orders  []order
	paused  bool
	half    bool // Finish was called
	current *attempt
	standby *standby
	tries   int       // attempts so far
	trouble time.Time // when an engine failed, and none has got on since
	timer   *time.Timer
	alarmed bool // the timer has been set off
	stopped bool // the timer is not to be set again
}

// An order is an update or a control, to be sent after the audio before it.
type order struct {
	at      int64
	request *asrv1.StreamingRecognizeRequest
	replay  bool // to an engine that takes over, too
	sent    int  // the attempt that sent it last
}

// Recognize opens a stream at this engine alone. It does not wait for the engine: audio
// may be written at once and is kept until the engine is ready. An engine that cannot
// be reached gives a Failed event. The stream ends with ctx, with Close, or by
// itself after Finish.
func (c *Client) Recognize(ctx context.Context, config Config) (*Stream, error) {
	return c.alone.Recognize(ctx, config)
}

// Recognize opens a stream, as that of a Client does, which another engine takes over
// when one fails: a Switched event tells. Failed comes when no engine has got on for as
// long as the pool's patience.
func (p *Pool) Recognize(ctx context.Context, config Config) (*Stream, error) {
	config, err := config.withDefaults(p.standbys(config))
	if err != nil {
		return nil, err
	}
	if config.SampleRate == wideband && !p.wide(config) {
		config.SampleRate = narrowband
	}
	ctx, cancel := context.WithCancelCause(ctx)
	s := &Stream{
		pool:     p,
		config:   config,
		rate:     int64(config.SampleRate),
		encoding: config.Encoding,
		events:   make(chan Event, eventRoom),
		cancel:   cancel,
		ended:    make(chan struct{}),
	}
	s.gate = newGate(s.rate)
	s.ring = newRing(s.samples(keptInPool))
	if p.alone && p.providers[0].limits(s.encoding).stream == 0 { // nobody will take over
		s.ring = newRing(s.samples(keptAlone))
	}
	s.prepare = func() { s.prepareFor(ctx, time.Now()) }
	s.startJudging()
	go s.run(ctx)
	return s, nil
}

// Sample rates, in Hz. Every engine takes the first.
const (
	narrowband = 8000
	wideband   = 16000
)

// SampleRate is that of the audio which Hear takes: 16000 only if the engines said that
// they hear so much.
func (s *Stream) SampleRate() int { return int(s.rate) }

// Write gives the next audio, whatever is in it, to the engine.
func (s *Stream) Write(pcm []int16) { s.Hear(pcm, true) }

// Hear gives the next audio. voice says whether somebody may be speaking in it: silence
// is kept from the engine, but for what is around speech. It never blocks and keeps
// nothing of pcm.
func (s *Stream) Hear(pcm []int16, voice bool) {
	now := time.Now()
	s.mu.Lock()
	if s.half {
		s.mu.Unlock()
		return
	}
	a := s.current
	if s.paused {
		s.ring.skip(len(pcm))
		s.due, s.reached = s.ring.next, s.ring.next
		if a != nil {
			a.watch.open = false
			a.skipTo(s.ring.first)
		}
		s.mu.Unlock()
		return
	}
	voiced := s.keep(pcm, voice)
	ready := false
	if a != nil {
		if s.ring.first > a.at {
			if lost := s.ring.first - max(a.at, s.reached); lost > 0 { // an engine before it may have heard it
				a.provider.Client.stats.lost.Add(lost)
			}
			a.skipTo(s.ring.first)
		}
		a.watch.wrote(s.due-a.base, voiced, now)
		if !s.alarmed && a.watch.suspect(now) {
			s.alarmed = true
			s.timer.Reset(0)
		}
		ready = s.ready(a)
	}
	s.mu.Unlock()
	if ready {
		a.poke()
	}
}

// keep puts audio into the ring, and makes it due unless it is nothing but silence. It
// gives how many samples of speech that was.
func (s *Stream) keep(pcm []int16, voice bool) (voiced int64) {
	n, a := int64(len(pcm)), s.current
	s.ring.put(pcm)
	s.quiet += n
	busy, over, speaks := false, false, voice
	if speaks {
		s.quiet = 0
	}
	if a != nil {
		voice = voice || a.silence
		a.over = a.over && !voice
		busy, over = a.owes(), a.over
	}
	s.gate.hear(n, voice, busy, over)
	if a != nil {
		a.watch.open = a.owing && s.gate.shut && !s.pool.alone
	}
	lead := s.ring.next - s.gate.lead
	if !s.gate.shut {
		s.due = s.ring.next
		if a != nil && !busy && s.quiet >= s.gate.hang { // it is sent the silence too
			s.ring.trim(min(s.ring.next-int64(s.samples(keptHeard)), a.base+a.watch.consumed))
		}
		if speaks {
			voiced = n
		}
		return voiced
	}
	if a != nil && a.at >= s.due { // it has all that it is to hear
		if !busy {
			s.ring.trim(lead)
		}
		a.skipTo(lead)
		s.pool.withheld.Add(n)
	}
	return 0
}

// ready reports whether there is enough for a message: a chunk, or the last before a
// silence.
func (s *Stream) ready(a *attempt) bool {
	waits := s.due - a.at
	return waits >= s.chunk(a) || s.gate.shut && waits > 0
}

// chunk is what an audio message holds, in samples.
func (s *Stream) chunk(a *attempt) int64 {
	return min(int64(s.samples(s.config.Chunk)), a.limits.chunk)
}

// Update changes what is expected from the next utterance on.
func (s *Stream) Update(u Update) {
	s.mu.Lock()
	s.config.take(u)
	s.updated++
	s.mu.Unlock()
	s.post(u.request(), false)
}

// take makes an update part of what an engine that takes over is told.
func (c *Config) take(u Update) {
	if u.Language != "" {
		c.Language, c.Others = u.Language, u.Others
	}
	if u.Hints != nil {
		c.Hints = u.Hints
	}
	if u.Expect != nil {
		c.Expect, c.ExpectLength = *u.Expect, u.ExpectLength
	}
	if u.Endpointing != nil {
		c.Endpointing = *u.Endpointing
	}
}

// update makes all that may change of a configuration an update.
func (c *Config) update() Update {
	return Update{Language: c.Language, Others: c.Others, Hints: c.Hints, Expect: &c.Expect, ExpectLength: c.ExpectLength, Endpointing: &c.Endpointing}
}

// Control acts on the utterance in progress, after the audio written so far.
func (s *Stream) Control(a Action) {
	s.mu.Lock()
	switch a {
	case Pause:
		s.paused = true
	case Resume:
		s.paused = false
		if s.current != nil {
			s.current.watch.restart(time.Now())
		}
	case ForceEndpoint, Discard:
	}
	s.mu.Unlock()
	s.post(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Control{
		Control: &asrv1.Control{Action: a.proto()},
	}}, a == ForceEndpoint || a == Discard)
}

// Finish says that no audio follows. The engine gives the finals it owes, then
// the events end without Failed.
func (s *Stream) Finish() {
	s.mu.Lock()
	s.half = true
	a := s.current
	s.mu.Unlock()
	a.poke()
}

// Events gives what the engine hears. The channel is closed when the stream is
// over. A reader that falls behind misses Progress and Partial events, never
// the others.
func (s *Stream) Events() <-chan Event { return s.events }

// Close ends the stream and waits for its goroutines. It may be called twice.
func (s *Stream) Close() error {
	s.cancel(ErrClosed)
	<-s.ended
	return nil
}

func (s *Stream) post(req *asrv1.StreamingRecognizeRequest, replay bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.half {
		return
	}
	untaken := 0
	for _, o := range s.orders {
		if o.sent == 0 {
			untaken++
		}
	}
	if untaken >= untakenAt {
		if s.current != nil {
			s.current.cancel(ErrOverrun)
		}
		return
	}
	s.orders = append(s.orders, order{at: s.due, request: req, replay: replay})
	s.current.poke()
}

// run is the goroutine that takes what engines say, and owns the stream's end.
func (s *Stream) run(ctx context.Context) {
	err := s.listen(ctx)
	s.stopJudging()
	if err != nil && !errors.Is(err, ErrClosed) {
		s.fail(err)
	}
	s.cancel(ErrClosed)
	s.drop()
	s.helpers.Wait()
	s.mu.Lock()
	s.half = true
	s.ring.free()
	s.mu.Unlock()
	close(s.events)
	close(s.ended)
}

// listen lets one engine after the other hear the stream until it ends. The error is nil
// after Finish, ErrClosed after Close, and otherwise says what went wrong last.
func (s *Stream) listen(ctx context.Context) error {
	var failed *attempt
	var last *provider // of an attempt that is renewed
	for renews := false; ; {
		a, err := s.next(ctx, failed, last)
		if err != nil {
			return err
		}
		a.after, a.renews = failed, renews
		err = s.follow(ctx, a)
		if renews = errors.Is(err, errRenewed) && s.wasReady(a); renews {
			s.renewed(a)
			failed, last = nil, a.provider
			continue
		}
		if errors.Is(err, errRenewed) { // its time was over before it listened
			err = ErrStalled
		}
		if err == nil || errors.Is(err, ErrClosed) {
			s.release(a, nil)
			return err
		}
		a.failure = err
		s.release(a, err)
		failed, last = a, nil
	}
}

func (s *Stream) wasReady(a *attempt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return a.watch.ready
}

// againAfter is the time between two looks for an engine while none is to be had.
const againAfter = 50 * time.Millisecond

// next gives an engine to go on with: the standby, or another than the one that failed.
// One that is only to begin anew goes on itself if it can.
func (s *Stream) next(ctx context.Context, failed *attempt, last *provider) (*attempt, error) {
	why := cmp.Or(failed.why(), ErrNoEngine)
	for first := true; ; first = false {
		if s.pool.alone && (failed != nil || !first) || s.troubled(time.Now()) >= s.pool.config.Patience && !s.pool.alone {
			return nil, why
		}
		if a := s.takeStandby(); a != nil {
			return a, nil
		}
		if last != nil && slices.Contains(s.pool.list(), last) && last.take(time.Now()) {
			return s.begin(last), nil
		}
		if p := s.pool.pick(s.wanted(), failed.whose(), time.Now()); p != nil {
			return s.begin(p), nil
		}
		s.worry(time.Now())
		if !s.pool.alone && !pause(ctx, againAfter) {
			return nil, ours(ctx)
		}
	}
}

func (s *Stream) wanted() Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config
}

// worry notes that there is no engine that gets on.
func (s *Stream) worry(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trouble.IsZero() {
		s.trouble = now
	}
}

// troubled gives how long there has been none.
func (s *Stream) troubled(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trouble.IsZero() {
		return 0
	}
	return now.Sub(s.trouble)
}

// pause waits. It reports false when ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
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
