package adapt_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/adapt"
	"github.com/callward/callward/internal/adapt/adapttest"
)

// A vendor is an engine in memory that can be taken away.
type vendor struct {
	mu   sync.Mutex
	down bool
}

func (v *vendor) Ready(context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.down {
		return errors.New("down")
	}
	return nil
}

func (v *vendor) Watch(ctx context.Context, tell func(bool)) {
	tell(v.Ready(ctx) == nil)
	<-ctx.Done()
}

// A turn is how the vendor hears one of its streams.
type turn struct {
	refuse error              // Listen fails
	during []adapt.Hypothesis // one after each 100 ms of audio
	after  []adapt.Hypothesis // when the audio is over
	fails  error              // instead of the end
	cuts   time.Duration      // the stream is over after so much audio
	stall  bool               // never a last word, nor an end
	linger bool               // never an end
}

// A recognizer takes a turn for each stream, and notes what it was asked.
type recognizer struct {
	mu     sync.Mutex
	turns  []turn
	setups []adapt.Setup
	heard  [][]int16
}

func (r *recognizer) Listen(ctx context.Context, s adapt.Setup) (adapt.Ear, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.setups)
	r.setups = append(r.setups, s)
	r.heard = append(r.heard, nil)
	e := &ear{ctx: ctx, of: r, n: n, rate: s.Rate, news: make(chan adapt.Hypothesis, 10000)}
	if n < len(r.turns) {
		e.turn = r.turns[n]
	}
	if e.turn.refuse != nil {
		return nil, e.turn.refuse
	}
	return e, nil
}

func (r *recognizer) samples(n int) []int16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.heard[n]
}

func (r *recognizer) setup(n int) adapt.Setup {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.setups[n]
}

type ear struct {
	ctx  context.Context //nolint:containedctx // the Ear ends with it
	of   *recognizer
	n    int
	rate int
	turn turn
	told int
	over bool
	news chan adapt.Hypothesis
}

func (e *ear) Write(pcm []int16) error {
	if e.over {
		return io.EOF
	}
	e.of.mu.Lock()
	e.of.heard[e.n] = append(e.of.heard[e.n], pcm...)
	heard := len(e.of.heard[e.n])
	e.of.mu.Unlock()
	for e.told < len(e.turn.during) && heard*10/e.rate > e.told {
		e.news <- e.turn.during[e.told]
		e.told++
	}
	if e.turn.cuts > 0 && heard >= int(e.turn.cuts.Seconds()*float64(e.rate)) {
		return e.Finish()
	}
	return nil
}

func (e *ear) Finish() error {
	e.over = true
	for _, h := range e.turn.after {
		e.news <- h
	}
	close(e.news)
	return nil
}

func (e *ear) Read() (adapt.Hypothesis, error) {
	select {
	case h, ok := <-e.news:
		if ok {
			return h, nil
		}
	case <-e.ctx.Done():
		return adapt.Hypothesis{}, status.FromContextError(e.ctx.Err()).Err()
	}
	if e.turn.stall || e.turn.linger {
		<-e.ctx.Done()
		return adapt.Hypothesis{}, status.FromContextError(e.ctx.Err()).Err()
	}
	if e.turn.fails != nil {
		return adapt.Hypothesis{}, e.turn.fails
	}
	return adapt.Hypothesis{}, io.EOF
}

func partial(text string) adapt.Hypothesis {
	return adapt.Hypothesis{Readings: []adapt.Reading{{Text: text}}}
}

func final(text string) adapt.Hypothesis {
	h := partial(text)
	h.Final = true
	return h
}

func says(text string) turn { return turn{after: []adapt.Hypothesis{final(text)}} }

// serve runs an adapter of a recognizer that takes these turns.
func serve(t *testing.T, turns ...turn) (*recognizer, grpc.DialOption) {
	t.Helper()
	r := &recognizer{turns: turns}
	return r, serveWith(t, r, func(a *adapt.ASR) {
		if slices.ContainsFunc(turns, func(u turn) bool { return u.stall || u.linger }) {
			a.Patience = 300 * time.Millisecond
		}
	})
}

func serveWith(t *testing.T, r *recognizer, more func(*adapt.ASR)) grpc.DialOption {
	t.Helper()
	a := &adapt.ASR{
		Vendor: &vendor{}, Recognizer: r, Name: "fake", Languages: []string{"en-US", "fr-FR"}, Models: []string{"small"},
		Interim: true, WordTimes: true, Patience: 20 * time.Second,
	}
	more(a)
	return adapttest.Serve(t, &adapt.Server{ASR: a})
}

var unwell = status.Error(codes.Internal, "the caller said four two")
