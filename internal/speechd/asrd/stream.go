package asrd

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/contract"
	"github.com/callward/callward/internal/speechd/endpoint"
	"github.com/callward/callward/internal/speechd/recog"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// A stream is one StreamingRecognize. Its audio flows
//
//	message -> samples -> 8 kHz frames -> endpoint -> utterance (16 kHz)
//
// and positions are kept in 8 kHz samples since the start, `at`.
type stream struct {
	server *Server
	rpc    asrv1.AsrService_StreamingRecognizeServer
	cfg    *asrv1.Config
	rate   int64

	task *upcoming // of the next utterance

	toNarrow, toWide *audio.Resampler
	narrow           []int16 // not yet a frame
	recent           *history
	detector         *endpoint.Detector
	at               int64 // 8 kHz samples consumed
	expected         int64 // next sample of the client, at its rate
	reported         int64 // at of the last progress
	paused           bool

	current *utterance
	owed    []*utterance   // ended; their finals are being worked out, oldest first
	work    sync.WaitGroup // what the stream has started beside the receiving
	count   int
	began   time.Time
	first   time.Duration // latency of the first result
}

// An upcoming task is ready, or has failed, once done is closed.
type upcoming struct {
	done   chan struct{}
	cancel context.CancelFunc
	needed bool // by an utterance
	task   *recog.Task
	err    error
}

func (u *upcoming) wait(ctx context.Context) (*recog.Task, error) {
	select {
	case <-u.done:
		return u.task, u.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func newStream(s *Server, rpc asrv1.AsrService_StreamingRecognizeServer, cfg *asrv1.Config) *stream {
	rate := int(cfg.GetFormat().GetSampleRateHz())
	return &stream{
		server:   s,
		rpc:      rpc,
		cfg:      cfg,
		rate:     int64(rate),
		toNarrow: audio.NewResampler(rate, endpoint.Rate),
		toWide:   audio.NewResampler(rate, recog.SampleRate),
		recent:   newHistory(),
		detector: endpoint.New(timing(cfg.GetEndpointing()), newVoice()),
	}
}

// pause is the silence after which the final is worked out ahead of the end. It
// is longer than postRoll, so that what is worked out is all there will be.
const pause = 220 * time.Millisecond

// longest is the longest duration that a client can set; more means as much.
const longest = time.Hour

func within(d *durationpb.Duration) time.Duration { return min(d.AsDuration(), longest) }

func timing(e *asrv1.Endpointing) endpoint.Config {
	return endpoint.Config{
		Silence:   within(e.GetSilence()),
		Eager:     max(within(e.GetEagerSilence()), pause),
		NoInput:   within(e.GetNoInputTimeout()),
		MaxLength: within(e.GetMaxUtterance()),
		Manual:    e.GetMode() == asrv1.Endpointing_MODE_CLIENT,
	}
}

// prepare begins to make the task of the next utterance ready, beside the audio.
// One that no utterance has needed is given up for it.
func (st *stream) prepare(ctx context.Context) {
	if st.task != nil && !st.task.needed {
		st.task.cancel()
	}
	ctx, cancel := context.WithCancel(ctx)
	spec, engine, next := st.spec(), st.server.engine, &upcoming{done: make(chan struct{}), cancel: cancel}
	st.work.Go(func() {
		defer cancel()
		defer close(next.done)
		next.task, next.err = engine.Prepare(ctx, spec)
	})
	st.task = next
}

// spec reads from the config what to listen for now.
func (st *stream) spec() recog.Spec {
	s := recog.Spec{Languages: st.cfg.GetLanguageCodes(), Length: int(st.cfg.GetExpectLength())}
	for _, h := range st.cfg.GetHints() {
		s.Hints = append(s.Hints, recog.Hint{Phrase: h.GetPhrase(), Class: h.GetClass(), Boost: float64(h.GetBoost())})
	}
	switch st.cfg.GetExpect() {
	case asrv1.Expect_EXPECT_DIGITS:
		s.Expect = recog.Digits
	case asrv1.Expect_EXPECT_CARD:
		s.Expect = recog.Card
	case asrv1.Expect_EXPECT_DATE:
		s.Expect = recog.Date
	case asrv1.Expect_EXPECT_YES_NO:
		s.Expect = recog.YesNo
	case asrv1.Expect_EXPECT_SPELLING:
		s.Expect = recog.Spelling
	case asrv1.Expect_EXPECT_MENU:
		s.Expect = recog.Menu
	case asrv1.Expect_EXPECT_UNSPECIFIED, asrv1.Expect_EXPECT_FREE:
		s.Expect = recog.Free
	}
	return s
}

// received is what the receiving goroutine passes on.
type received struct {
	req *asrv1.StreamingRecognizeRequest
	err error
}

// run serves the stream until the client is done or gone.
func (st *stream) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer st.release()
	st.began = time.Now()
	in := st.receive(ctx)
	for {
		select {
		case got := <-in:
			if errors.Is(got.err, io.EOF) {
				return st.finish(ctx)
			}
			if got.err != nil {
				return got.err
			}
			if err := st.handle(ctx, got.req); err != nil {
				return err
			}
		case live := <-st.opened():
			st.current.live = live
		case <-st.oldest():
			if err := st.sendOwed(); err != nil {
				return err
			}
		case <-st.guessed():
			if err := st.sendEager(); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// receive passes messages on from a goroutine of its own; it ends with the
// stream, whose context ends with the handler.
func (st *stream) receive(ctx context.Context) <-chan received {
	in := make(chan received, 8)
	go func() {
		for {
			req, err := st.rpc.Recv()
			select {
			case in <- received{req, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return in
}

func (st *stream) handle(ctx context.Context, req *asrv1.StreamingRecognizeRequest) error {
	switch m := req.GetRequest().(type) {
	case *asrv1.StreamingRecognizeRequest_Audio:
		return st.hear(ctx, m.Audio)
	case *asrv1.StreamingRecognizeRequest_Update:
		return st.update(ctx, m.Update)
	case *asrv1.StreamingRecognizeRequest_Control:
		return st.control(ctx, m.Control.GetAction())
	case *asrv1.StreamingRecognizeRequest_Config:
		return contract.Invalid("config", "only the first message may be a config")
	}
	return contract.Invalid("request", "missing")
}

// update changes the settings for the next utterance.
func (st *stream) update(ctx context.Context, u *asrv1.Update) error {
	if err := st.server.takes().CheckUpdate(u); err != nil {
		return err
	}
	if len(u.GetLanguageCodes()) > 0 {
		st.cfg.LanguageCodes = u.GetLanguageCodes()
	}
	if u.GetReplaceHints() {
		st.cfg.Hints = u.GetHints()
	}
	if u.GetExpect() != asrv1.Expect_EXPECT_UNSPECIFIED {
		st.cfg.Expect, st.cfg.ExpectLength = u.GetExpect(), u.GetExpectLength()
	}
	if u.GetEndpointing() != nil {
		st.cfg.Endpointing = u.GetEndpointing()
	}
	if st.current == nil {
		st.listen()
	}
	st.prepare(ctx)
	return nil
}

// listen begins the wait for the next utterance, by the settings of now.
func (st *stream) listen() {
	st.detector.Configure(timing(st.cfg.GetEndpointing()))
	st.detector.Listen()
}

func (st *stream) control(ctx context.Context, action asrv1.Control_Action) error {
	switch action {
	case asrv1.Control_ACTION_FORCE_ENDPOINT:
		return st.end(ctx, asrv1.SpeechEnded_REASON_FORCED)
	case asrv1.Control_ACTION_DISCARD_UTTERANCE:
		return st.discard()
	case asrv1.Control_ACTION_PAUSE:
		st.paused = true
		return st.end(ctx, asrv1.SpeechEnded_REASON_FORCED)
	case asrv1.Control_ACTION_RESUME:
		if st.paused {
			st.paused = false
			st.listen()
		}
		return nil
	case asrv1.Control_ACTION_UNSPECIFIED:
	}
	return contract.Invalid("control.action", "not set, or unknown")
}

// finish ends the stream after the client has closed its half.
func (st *stream) finish(ctx context.Context) error {
	if err := st.end(ctx, asrv1.SpeechEnded_REASON_FORCED); err != nil {
		return err
	}
	for len(st.owed) > 0 {
		select {
		case <-st.oldest():
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := st.sendOwed(); err != nil {
			return err
		}
	}
	if err := st.progress(0); err != nil {
		return err
	}
	return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Usage{Usage: &speechv1.Usage{
		Audio:              durationpb.New(time.Duration(st.at) * time.Second / endpoint.Rate),
		FirstResultLatency: durationpb.New(st.first),
	}}})
}

// release gives back what the stream still holds.
func (st *stream) release() {
	if st.current != nil {
		st.current.close()
	}
	for _, u := range st.owed {
		u.close()
	}
}

func (st *stream) send(m *asrv1.StreamingRecognizeResponse) error { return st.rpc.Send(m) }

func (st *stream) newID() string {
	st.count++
	return "u" + strconv.Itoa(st.count)
}

// offset turns a position at 8 kHz into the client's rate.
func (st *stream) offset(at int64) int64 { return max(at, 0) * st.rate / endpoint.Rate }
