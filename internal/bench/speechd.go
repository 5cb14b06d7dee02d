package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/assistants"
	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/router/assistant"
)

// speechd measures the bundled recognizer: callers who speak English requests,
// one after the other, to the open question of the bundled assistant.
func (b *bench) speechd(ctx context.Context) (_ *Speechd, err error) {
	b.Progress(fmt.Sprintf("speechd, %d callers speak", b.Speakers))
	target := "unix:" + filepath.Join(b.dir, "speechd.sock")
	p, err := start(ctx, b.cores.server, "speechd", b.Speechd, "--listen", target, "--log-level", "warn")
	if err != nil {
		return nil, err
	}
	p.mute()
	defer func() { err = errors.Join(err, p.stop()) }()
	client, err := asr.Dial(target)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if err := waitFor(ctx, client, p); err != nil {
		return nil, err
	}
	s, err := b.openSpeakers(ctx, client)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return b.listen(ctx, p, s)
}

func waitFor(ctx context.Context, c *asr.Client, p *process) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		err := c.Ready(ctx)
		if err == nil {
			return nil
		}
		if died := p.died(); died != nil {
			return died
		}
		if !pause(ctx, 100*time.Millisecond) {
			return fmt.Errorf("speechd is not ready: %w: %s", err, p.said.last())
		}
	}
}

// speakers are callers of the recognizer.
type speakers struct {
	streams []*asr.Stream
	clips   []*clip
	finals  atomic.Int64
	failed  atomic.Pointer[error]
	group   errgroup.Group
	stop    context.CancelFunc
}

func (b *bench) openSpeakers(ctx context.Context, client *asr.Client) (*speakers, error) {
	hints, err := bundledHints()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &speakers{stop: cancel}
	for n := range b.Speakers {
		c, err := speak(ctx, requests[n%len(requests)])
		if err != nil {
			cancel()
			return nil, err
		}
		st, err := client.Recognize(ctx, asr.Config{
			Tenant: "bench", Call: fmt.Sprintf("bench-%d", n), Language: "en", Hints: hints,
			ReadyWithin: startTime,
		})
		if err != nil {
			cancel()
			return nil, fmt.Errorf("speechd: %w", err)
		}
		s.streams, s.clips = append(s.streams, st), append(s.clips, c)
		s.group.Go(func() error { s.count(st); return nil })
	}
	s.group.Go(func() error { s.talk(ctx); return nil })
	return s, nil
}

// bundledHints are those of the bundled assistant: its recognizer is the one
// that callers meet.
func bundledHints() ([]asr.Hint, error) {
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		return nil, fmt.Errorf("bundled assistant: %w", err)
	}
	var hints []asr.Hint
	for _, p := range a.Phrases("en") {
		hints = append(hints, asr.Hint{Phrase: p, Class: asr.HintExample})
	}
	return hints, nil
}

// count counts what is understood until the stream ends.
func (s *speakers) count(st *asr.Stream) {
	for ev := range st.Events() {
		switch ev.Kind {
		case asr.Final:
			s.finals.Add(1)
		case asr.Failed:
			if !errors.Is(ev.Err, context.Canceled) {
				s.failed.CompareAndSwap(nil, &ev.Err)
			}
		default:
		}
	}
}

// talk writes the callers' sound in real time, each somewhere else in its cycle.
func (s *speakers) talk(ctx context.Context) {
	began := time.Now()
	for n := 0; pause(ctx, time.Until(began.Add(time.Duration(n)*frameTime))); n++ {
		for i, st := range s.streams {
			st.Write(s.clips[i].samples(n + i*cycle/frameSize/len(s.streams)))
		}
	}
}

func (s *speakers) close() {
	for _, st := range s.streams {
		_ = st.Close()
	}
	s.stop()
	_ = s.group.Wait()
}

// listen measures once each caller has been understood for the first time.
func (b *bench) listen(ctx context.Context, p *process, s *speakers) (*Speechd, error) {
	limit := time.Now().Add(startTime)
	for s.finals.Load() < int64(len(s.streams)) {
		if err := s.failed.Load(); err != nil {
			return nil, fmt.Errorf("speechd: %w", *err)
		}
		if time.Now().After(limit) || !pause(ctx, 50*time.Millisecond) {
			return nil, errors.Join(errors.New("speechd understood nothing"), p.died(), ctx.Err())
		}
	}
	before, err := p.cpu()
	if err != nil {
		return nil, err
	}
	began, finals := time.Now(), s.finals.Load()
	if !pause(ctx, b.Speaking) {
		return nil, ctx.Err()
	}
	after, err := p.cpu()
	if err != nil {
		return nil, err
	}
	return s.result(after-before, time.Since(began), int(s.finals.Load()-finals), memory(p.cmd.Process.Pid)), nil
}

func (s *speakers) result(used, took time.Duration, finals int, mb float64) *Speechd {
	speech := 0
	for _, c := range s.clips {
		speech += c.speech
	}
	r := &Speechd{Speakers: len(s.streams), Finals: finals, MemoryMB: mb}
	r.Speaking = 100 * float64(speech) / float64(cycle*len(s.clips))
	r.CPU = share(used, took) / float64(len(s.streams))
	r.PerSecond = float64(used/time.Millisecond) / (took.Seconds() * float64(speech) / cycle)
	r.CycleSeconds = float64(cycle) / voice.Rate
	return r
}
