package adapt

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/contract"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// A speech is one StreamingSynthesize. Its handler owns all of it; a goroutine
// receives, and another makes the sound of one text at a time.
type speech struct {
	server *TTS
	rpc    ttsv1.TtsService_StreamingSynthesizeServer
	cfg    *ttsv1.Config
	voice  Voice // for contexts that start from now on
	speed  float64

	queue   []*said // in the order they came
	endings []ending
	closing bool // no more input follows
	talking *said
	sound   chan sound
	work    sync.WaitGroup

	samples    int64
	characters int64
	began      time.Time // of the first input
	first      time.Duration
}

// said is one context.
type said struct {
	id     string
	voice  Voice
	speed  float64
	text   strings.Builder // not yet said
	size   int             // bytes ever given
	flush  bool            // what is given is to be said
	last   bool
	pace   *contract.Pacer
	cancel context.CancelFunc // of what is being said

	seq     int32
	samples int64
}

// An ending is what is remembered of a context that has ended, so that nothing
// of it is sent again.
type ending struct {
	id      string
	last    bool
	samples int64
}

const maxEndings = 1024

// sound is what the goroutine that speaks passes on; io.EOF ends the text.
type sound struct {
	of  *said
	pcm []int16
	err error
}

func newSpeech(r *TTS, rpc ttsv1.TtsService_StreamingSynthesizeServer, cfg *ttsv1.Config, v Voice) *speech {
	s := &speech{server: r, rpc: rpc, cfg: cfg, voice: v, speed: 1, sound: make(chan sound)}
	if cfg.GetRate() > 0 {
		s.speed = float64(cfg.GetRate())
	}
	return s
}

// run serves the stream until all is said and the client has closed its half.
func (s *speech) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer s.work.Wait()
	defer cancel()
	in := s.receive(ctx)
	for {
		if err := s.speak(ctx); err != nil {
			return err
		}
		if s.closing && len(s.queue) == 0 {
			return s.send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Usage{Usage: s.usage()}})
		}
		if err := s.next(ctx, in); err != nil {
			return err
		}
	}
}

func (s *speech) next(ctx context.Context, in <-chan inbound) error {
	select {
	case got := <-in:
		if errors.Is(got.err, io.EOF) {
			s.closing = true
			return nil
		}
		if got.err != nil {
			return got.err
		}
		return s.handle(got.req)
	case got := <-s.sound:
		return s.heard(got)
	case <-ctx.Done():
		return ended(ctx)
	}
}

// inbound is what the receiving goroutine passes on.
type inbound struct {
	req *ttsv1.StreamingSynthesizeRequest
	err error
}

func (s *speech) receive(ctx context.Context) <-chan inbound {
	in := make(chan inbound, 8)
	go func() {
		for {
			req, err := s.rpc.Recv()
			select {
			case in <- inbound{req, err}:
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

func (s *speech) handle(req *ttsv1.StreamingSynthesizeRequest) error {
	switch m := req.GetRequest().(type) {
	case *ttsv1.StreamingSynthesizeRequest_Input:
		return s.input(m.Input)
	case *ttsv1.StreamingSynthesizeRequest_Flush:
		if c := s.find(m.Flush.GetContextId()); c != nil {
			c.flush = true
		}
		return nil
	case *ttsv1.StreamingSynthesizeRequest_Cancel:
		return s.cancel(m.Cancel.GetContextId())
	case *ttsv1.StreamingSynthesizeRequest_Update:
		return s.update(m.Update)
	case *ttsv1.StreamingSynthesizeRequest_Config:
		return contract.Invalid("config", "only the first message may be a config")
	}
	return contract.Invalid("request", "missing")
}

func (s *speech) find(id string) *said {
	if i := slices.IndexFunc(s.queue, func(c *said) bool { return c.id == id }); i >= 0 {
		return s.queue[i]
	}
	return nil
}

func (s *speech) input(in *ttsv1.Input) error {
	if in.GetContextId() == "" || len(in.GetContextId()) > maxID {
		return contract.Invalid("input.context_id", "missing or too long")
	}
	if in.GetSsml() != "" {
		return contract.Invalid("input.ssml", "SSML is not taken; see GetCapabilities")
	}
	c := s.find(in.GetContextId())
	if c == nil {
		if i := slices.IndexFunc(s.endings, func(e ending) bool { return e.id == in.GetContextId() }); i >= 0 {
			return contract.Late(&s.endings[i].last, in)
		}
		if len(s.queue) >= MaxContexts {
			return contract.Violation(codes.ResourceExhausted, "input.context_id", "too many contexts wait to be spoken")
		}
		c = &said{id: in.GetContextId(), voice: s.voice, speed: s.speed, pace: contract.NewPacer(s.cfg)}
		s.queue = append(s.queue, c)
	}
	if c.last {
		return contract.Late(&c.last, in)
	}
	if c.size += len(in.GetText()); c.size > MaxText {
		return contract.Invalid("input.text", "the context's text is too long")
	}
	if s.began.IsZero() {
		s.began = time.Now()
	}
	s.characters += int64(utf8.RuneCountInString(in.GetText()))
	c.text.WriteString(in.GetText())
	c.last = in.GetLast()
	return nil
}

func (s *speech) update(u *ttsv1.Update) error {
	if err := contract.CheckRate(u); err != nil {
		return err
	}
	if u.GetRate() > 0 {
		s.speed = float64(u.GetRate())
	}
	if u.GetVoice() == "" {
		return nil
	}
	v, ok := s.server.find(u.GetVoice(), s.voice.Language)
	if !ok {
		return contract.Invalid("update.voice", "no such voice; see ListVoices")
	}
	s.voice = v
	return nil
}

// speak begins the next text that is ready, unless one is being spoken, and ends
// the contexts that have nothing left to say.
func (s *speech) speak(ctx context.Context) error {
	for _, c := range slices.Clone(s.queue) {
		if due := c.last || c.flush || s.closing; !due || c == s.talking {
			continue
		}
		text := strings.TrimSpace(c.text.String())
		switch {
		case text != "" && s.talking == nil:
			c.text.Reset()
			s.begin(ctx, c, text)
		case text != "":
		case c.last || s.closing:
			if err := s.done(c, ttsv1.Done_CAUSE_COMPLETE); err != nil {
				return err
			}
		default:
			c.flush = false
		}
	}
	return nil
}

func (s *speech) begin(ctx context.Context, c *said, text string) {
	c.flush = false
	ctx, c.cancel = context.WithCancel(ctx)
	s.talking = c
	name := c.voice.Name
	if name == ownChoice {
		name = ""
	}
	rate := int(s.cfg.GetFormat().GetSampleRateHz())
	p := Phrase{Text: text, Language: c.voice.Language, Voice: name, Speed: c.speed, Rate: rate}
	if s.server.Rate > 0 {
		p.Rate = s.server.Rate
	}
	s.work.Go(func() {
		tell := func(pcm []int16, err error) error {
			select {
			case s.sound <- sound{of: c, pcm: pcm, err: err}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		err := s.server.make(ctx, p, rate, func(pcm []int16) error {
			for chunk := range slices.Chunk(pcm, c.pace.Most) {
				if err := c.pace.Wait(ctx, len(chunk)); err != nil {
					return err
				}
				if err := tell(chunk, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			err = io.EOF
		}
		_ = tell(nil, err) // a context that was cancelled has been answered
	})
}

// heard sends sound of a context, unless it has ended.
func (s *speech) heard(got sound) error {
	c := got.of
	if s.find(c.id) != c {
		return nil
	}
	if got.err == nil {
		return s.audio(c, got.pcm)
	}
	c.cancel()
	s.talking = nil
	if errors.Is(got.err, io.EOF) {
		return nil // speak sees whether there is more to say
	}
	s.server.failed(got.err)
	trouble := &speechv1.Status{Code: int32(codes.Unavailable), Message: "the engine behind the adapter failed", Recoverable: true}
	if err := s.send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Status{Status: trouble}}); err != nil {
		return err
	}
	return s.done(c, ttsv1.Done_CAUSE_ERROR)
}

func (s *speech) audio(c *said, pcm []int16) error {
	m := &ttsv1.Audio{ContextId: c.id, Seq: c.seq, Data: audio.Encode(s.cfg.GetFormat().GetEncoding(), pcm), OffsetSamples: c.samples}
	c.seq++
	c.samples += int64(len(pcm))
	s.samples += int64(len(pcm))
	if s.first == 0 {
		s.first = time.Since(s.began)
	}
	return s.send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Audio{Audio: m}})
}

// cancel ends a context: nothing of it is sent after the answer.
func (s *speech) cancel(id string) error {
	offset := int64(0)
	if i := slices.IndexFunc(s.endings, func(e ending) bool { return e.id == id }); i >= 0 {
		offset = s.endings[i].samples
	}
	if c := s.find(id); c != nil {
		offset = c.samples
		s.end(c)
	} else if len(id) <= maxID {
		s.remember(ending{id: id, samples: offset})
	}
	return s.send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Canceled{
		Canceled: &ttsv1.Canceled{ContextId: id, LastOffsetSamples: offset},
	}})
}

func (s *speech) done(c *said, cause ttsv1.Done_Cause) error {
	s.end(c)
	return s.send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Done{
		Done: &ttsv1.Done{ContextId: c.id, TotalSamples: c.samples, Cause: cause},
	}})
}

// end takes a context out.
func (s *speech) end(c *said) {
	if s.talking == c {
		s.talking = nil
	}
	if c.cancel != nil {
		c.cancel()
	}
	s.queue = slices.DeleteFunc(s.queue, func(q *said) bool { return q == c })
	s.remember(ending{id: c.id, last: c.last, samples: c.samples})
}

func (s *speech) remember(e ending) {
	s.endings = slices.DeleteFunc(s.endings, func(old ending) bool { return old.id == e.id })
	if len(s.endings) >= maxEndings {
		s.endings = slices.Delete(s.endings, 0, 1)
	}
	s.endings = append(s.endings, e)
}

func (s *speech) send(m *ttsv1.StreamingSynthesizeResponse) error { return s.rpc.Send(m) }

func (s *speech) usage() *speechv1.Usage {
	rate := time.Duration(s.cfg.GetFormat().GetSampleRateHz())
	return &speechv1.Usage{
		Audio:              durationpb.New(time.Duration(s.samples) * time.Second / rate),
		Characters:         s.characters,
		FirstResultLatency: durationpb.New(s.first),
	}
}

// failed logs what became of the vendor, once a second at most.
func (r *TTS) failed(err error) {
	if n, ok := r.warns.allow(time.Now()); ok && r.Log != nil {
		r.Log.Warn("the engine failed", slog.String("engine", r.Name), slog.String("code", status.Code(err).String()), slog.Int("times", n))
	}
}
