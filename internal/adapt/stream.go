package adapt

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/contract"
	"github.com/callward/callward/internal/speechd/endpoint"
	"github.com/callward/callward/media/vad"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// A stream is one StreamingRecognize. Its audio flows
//
//	message -> samples -> 8 kHz frames -> endpoint -> utterance -> vendor
//
// The detector counts samples at 8 kHz; all else counts the client's.
type stream struct {
	server *ASR
	rpc    asrv1.AsrService_StreamingRecognizeServer
	cfg    *asrv1.Config
	ratio  int64 // of the client's rate to 8 kHz

	toNarrow *audio.Resampler
	narrow   []int16 // not yet a frame
	recent   history
	detector *endpoint.Detector
	at       int64 // 8 kHz samples consumed
	expected int64 // next sample of the client
	cut      int64 // where the last utterance was cut off
	reported int64 // the last progress
	paused   bool

	current *utterance
	owed    []*utterance // over; their finals have not come, oldest first
	heard   chan heard
	taken   chan struct{} // has room for one: the vendor took audio
	late    *time.Timer   // for the oldest that is owed
	work    sync.WaitGroup
	count   int
	began   time.Time
	first   time.Duration // latency of the first result
}

// voice tells speech by the product's own detector.
type voice struct{ vad *vad.Detector }

// Speech reports whether a frame is speech.
func (v voice) Speech(frame []int16) bool {
	v.vad.Frame(frame)
	return v.vad.Speech()
}

func newStream(r *ASR, rpc asrv1.AsrService_StreamingRecognizeServer, cfg *asrv1.Config) *stream {
	rate := int(cfg.GetFormat().GetSampleRateHz())
	st := &stream{
		server:   r,
		rpc:      rpc,
		cfg:      cfg,
		ratio:    int64(rate / endpoint.Rate),
		toNarrow: audio.NewResampler(rate, endpoint.Rate),
		recent:   history{most: 2 * rate},
		detector: endpoint.New(timing(cfg.GetEndpointing()), voice{vad.New(vad.Config{})}),
		heard:    make(chan heard),
		taken:    make(chan struct{}, 1),
		late:     time.NewTimer(time.Hour),
		began:    time.Now(),
	}
	st.late.Stop()
	return st
}

// Longest durations that a client can set; more means as much.
const (
	longestWait      = time.Hour
	longestUtterance = 10 * time.Minute // it is kept until the vendor has taken it
)

func within(d *durationpb.Duration, most time.Duration) time.Duration {
	return min(d.AsDuration(), most)
}

func timing(e *asrv1.Endpointing) endpoint.Config {
	return endpoint.Config{
		Silence:   within(e.GetSilence(), longestWait),
		Eager:     within(e.GetEagerSilence(), longestWait),
		NoInput:   within(e.GetNoInputTimeout(), longestWait),
		MaxLength: within(e.GetMaxUtterance(), longestUtterance),
		Manual:    e.GetMode() == asrv1.Endpointing_MODE_CLIENT,
	}
}

// received is what the receiving goroutine passes on.
type received struct {
	req *asrv1.StreamingRecognizeRequest
	err error
}

// run serves the stream until the client is done or gone.
func (st *stream) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer st.work.Wait()
	defer cancel()
	defer st.late.Stop()
	in := st.receive(ctx)
	for {
		err := st.next(ctx, in)
		if errors.Is(err, io.EOF) {
			return st.finish(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// next takes what comes next: from the client if in is not nil, from the vendor
// in any case. It gives io.EOF when the client has closed its half.
func (st *stream) next(ctx context.Context, in <-chan received) error {
	select {
	case got := <-in:
		if got.err != nil {
			return got.err
		}
		return st.handle(ctx, got.req)
	case h := <-st.heard:
		return st.hypothesis(h)
	case <-st.taken:
		return st.progress(progressEvery * st.ratio)
	case <-st.late.C:
		return st.overdue()
	case <-ctx.Done():
		return ended(ctx)
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
		return st.update(m.Update)
	case *asrv1.StreamingRecognizeRequest_Control:
		return st.control(m.Control.GetAction())
	case *asrv1.StreamingRecognizeRequest_Config:
		return contract.Invalid("config", "only the first message may be a config")
	}
	return contract.Invalid("request", "missing")
}

// update changes the settings for the next utterance.
func (st *stream) update(u *asrv1.Update) error {
	if err := st.server.takes().CheckUpdate(u); err != nil {
		return err
	}
	if len(u.GetLanguageCodes()) > 0 {
		st.cfg.LanguageCodes = u.GetLanguageCodes()
	}
	if u.GetReplaceHints() {
		st.cfg.Hints = u.GetHints()
	}
	if u.GetEndpointing() != nil {
		st.cfg.Endpointing = u.GetEndpointing()
	}
	if st.current == nil {
		st.listen()
	}
	return nil
}

// listen begins the wait for the next utterance, by the settings of now.
func (st *stream) listen() {
	st.detector.Configure(timing(st.cfg.GetEndpointing()))
	st.detector.Listen()
}

func (st *stream) control(action asrv1.Control_Action) error {
	switch action {
	case asrv1.Control_ACTION_FORCE_ENDPOINT:
		return st.end(asrv1.SpeechEnded_REASON_FORCED)
	case asrv1.Control_ACTION_DISCARD_UTTERANCE:
		return st.discard()
	case asrv1.Control_ACTION_PAUSE:
		st.paused = true
		return st.end(asrv1.SpeechEnded_REASON_FORCED)
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
	if err := st.end(asrv1.SpeechEnded_REASON_FORCED); err != nil {
		return err
	}
	for len(st.owed) > 0 {
		if err := st.next(ctx, nil); err != nil {
			return err
		}
	}
	if err := st.progress(1); err != nil {
		return err
	}
	return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Usage{Usage: &speechv1.Usage{
		Audio:              durationpb.New(time.Duration(st.at) * time.Second / endpoint.Rate),
		FirstResultLatency: durationpb.New(st.first),
	}}})
}

// overdue ends the stream because the oldest final has not come in time, unless
// the vendor had said its last word and only left its stream open.
func (st *stream) overdue() error {
	if len(st.owed) == 0 {
		return nil
	}
	u := st.owed[0]
	if !u.answered {
		return st.server.failed(status.Error(codes.DeadlineExceeded, "no final"))
	}
	u.done = true
	u.cancel()
	return st.sendOwed()
}

func (st *stream) send(m *asrv1.StreamingRecognizeResponse) error { return st.rpc.Send(m) }

func (st *stream) newID() string {
	st.count++
	return "u" + strconv.Itoa(st.count)
}
