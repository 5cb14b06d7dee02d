package ttsd

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/speechd/contract"
	"github.com/callward/callward/internal/speechd/voice"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// A stream is one StreamingSynthesize.
type stream struct {
	server *Server
	rpc    ttsv1.TtsService_StreamingSynthesizeServer
	cfg    *ttsv1.Config

	voice voice.Voice // for contexts that start from now on; the handler's
	style voice.Style

	sending sync.Mutex // around rpc.Send

	mu       sync.Mutex
	contexts map[string]*spoken // those that have not ended
	queue    []*spoken          // in the order they came
	changed  chan struct{}      // closed and renewed when contexts change
	endings  []ending           // the latest
	closing  bool               // no more input follows

	samples    int64 // made, at the stream's rate
	characters int64
	began      time.Time // of the first input
	first      time.Duration
}

// A spoken is one context. Its fields are guarded by stream.mu, but for those
// that only the speaking goroutine touches.
type spoken struct {
	id     string
	voice  voice.Voice
	style  voice.Style
	text   string // given and not yet taken
	size   int    // bytes ever given
	flush  bool   // speak text as it is
	last   bool
	ended  bool // done or canceled has been, or is being, sent
	cancel context.CancelFunc
	ctx    context.Context //nolint:containedctx // it is the context's life: Cancel ends it.

	seq     int32 // the speaking goroutine's
	samples int64 // sent; guarded by stream.sending
}

// An ending is what is remembered of a context that has ended, so that nothing
// of it is sent again.
type ending struct {
	id      string
	last    bool // its last piece had come
	samples int64
}

func newStream(s *Server, rpc ttsv1.TtsService_StreamingSynthesizeServer, cfg *ttsv1.Config, v voice.Voice) *stream {
	return &stream{
		server:   s,
		rpc:      rpc,
		cfg:      cfg,
		voice:    v,
		style:    voice.Style{Rate: float64(cfg.GetRate()), Pitch: float64(cfg.GetPitch()), Volume: float64(cfg.GetVolumeDb())},
		contexts: make(map[string]*spoken),
		changed:  make(chan struct{}),
	}
}

// run receives until the client has closed its half, then waits until all is
// spoken.
func (st *stream) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	spoke := make(chan error, 1)
	go func() {
		err := st.speakAll(ctx)
		cancel()
		spoke <- err
	}()
	err := st.receiveAll(ctx)
	if err != nil {
		cancel()
		<-spoke //nolint:errcheck // it was cancelled: err says why
		return err
	}
	st.update(func() { st.closing = true })
	if err := <-spoke; err != nil {
		return failed(err)
	}
	return st.send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Usage{Usage: st.usage()}})
}

func failed(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return status.FromContextError(err).Err()
	}
	return err
}

func (st *stream) usage() *speechv1.Usage {
	rate := int64(st.cfg.GetFormat().GetSampleRateHz())
	return &speechv1.Usage{
		Audio:              durationpb.New(time.Duration(st.samples) * time.Second / time.Duration(rate)),
		Characters:         st.characters,
		FirstResultLatency: durationpb.New(st.first),
	}
}

// receiveAll takes messages until the client has closed its half.
func (st *stream) receiveAll(ctx context.Context) error {
	for {
		req, err := st.rpc.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := st.handle(ctx, req); err != nil {
			return err
		}
	}
}

func (st *stream) handle(ctx context.Context, req *ttsv1.StreamingSynthesizeRequest) error {
	switch m := req.GetRequest().(type) {
	case *ttsv1.StreamingSynthesizeRequest_Input:
		return st.input(ctx, m.Input)
	case *ttsv1.StreamingSynthesizeRequest_Flush:
		return st.flush(m.Flush.GetContextId())
	case *ttsv1.StreamingSynthesizeRequest_Cancel:
		return st.cancel(m.Cancel.GetContextId())
	case *ttsv1.StreamingSynthesizeRequest_Update:
		return st.updateVoice(m.Update)
	case *ttsv1.StreamingSynthesizeRequest_Config:
		return contract.Invalid("config", "only the first message may be a config")
	}
	return contract.Invalid("request", "missing")
}

func (st *stream) input(ctx context.Context, in *ttsv1.Input) error {
	if in.GetContextId() == "" || len(in.GetContextId()) > maxID {
		return contract.Invalid("input.context_id", "missing or too long")
	}
	if in.GetSsml() != "" {
		return contract.Invalid("input.ssml", "SSML is not taken; see GetCapabilities")
	}
	var err error
	st.update(func() { err = st.add(ctx, in) })
	return err
}

// add takes a piece of text; st.mu is held.
func (st *stream) add(ctx context.Context, in *ttsv1.Input) error {
	c := st.contexts[in.GetContextId()]
	if c == nil {
		if i := st.ending(in.GetContextId()); i >= 0 {
			return contract.Late(&st.endings[i].last, in)
		}
		if len(st.queue) >= MaxContexts {
			return contract.Violation(codes.ResourceExhausted, "input.context_id", "too many contexts wait to be spoken")
		}
		c = st.begin(ctx, in.GetContextId())
	}
	if c.last {
		return contract.Late(&c.last, in)
	}
	c.size += len(in.GetText())
	if c.size > MaxText {
		return contract.Invalid("input.text", "the context's text is too long")
	}
	if st.began.IsZero() {
		st.began = time.Now()
	}
	st.characters += int64(len([]rune(in.GetText())))
	c.text += in.GetText()
	c.last = in.GetLast()
	return nil
}

func (st *stream) ending(id string) int {
	return slices.IndexFunc(st.endings, func(e ending) bool { return e.id == id })
}

// end takes a context out, known or not; st.sending and st.mu are held.
func (st *stream) end(id string) ending {
	if i := st.ending(id); i >= 0 {
		return st.endings[i]
	}
	e := ending{id: id}
	if c := st.contexts[id]; c != nil {
		c.ended = true
		e.last, e.samples = c.last, c.samples
		c.cancel()
		delete(st.contexts, id)
		st.queue = slices.DeleteFunc(st.queue, func(q *spoken) bool { return q == c })
	}
	if len(id) > maxID {
		return e
	}
	if len(st.endings) >= maxEndings {
		st.endings = slices.Delete(st.endings, 0, 1)
	}
	st.endings = append(st.endings, e)
	return e
}

func (st *stream) begin(ctx context.Context, id string) *spoken {
	c := &spoken{id: id, voice: st.voice, style: st.style}
	c.ctx, c.cancel = context.WithCancel(ctx)
	st.contexts[id] = c
	st.queue = append(st.queue, c)
	return c
}

func (st *stream) flush(id string) error {
	st.update(func() {
		if c := st.contexts[id]; c != nil {
			c.flush = true
		}
	})
	return nil
}

// cancel ends a context: nothing of it is sent after the answer.
func (st *stream) cancel(id string) error {
	st.sending.Lock()
	defer st.sending.Unlock()
	offset := int64(0)
	st.update(func() { offset = st.end(id).samples })
	return st.rpc.Send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Canceled{
		Canceled: &ttsv1.Canceled{ContextId: id, LastOffsetSamples: offset},
	}})
}

func (st *stream) updateVoice(u *ttsv1.Update) error {
	if u.GetVoice() != "" {
		v, err := st.server.speaker.Find(u.GetVoice(), "")
		if err != nil {
			return contract.Invalid("update.voice", "no such voice; see ListVoices")
		}
		st.voice = v
	}
	if err := contract.CheckRate(u); err != nil {
		return err
	}
	if u.GetRate() > 0 {
		st.style.Rate = float64(u.GetRate())
	}
	return nil
}

// update changes the contexts and tells the speaking goroutine.
func (st *stream) update(change func()) {
	st.mu.Lock()
	defer st.mu.Unlock()
	change()
	close(st.changed)
	st.changed = make(chan struct{})
}

func (st *stream) send(m *ttsv1.StreamingSynthesizeResponse) error {
	st.sending.Lock()
	defer st.sending.Unlock()
	return st.rpc.Send(m)
}
