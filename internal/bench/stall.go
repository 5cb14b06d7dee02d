package bench

import (
	"cmp"
	"context"
	"fmt"
	"syscall"
	"time"
)

const (
	stallTime  = 200 * time.Millisecond
	stallCalls = 300 // or the most that were measured
	recovery   = time.Second
)

// A Stall tells what is left of a server that stood still while calls played.
type Stall struct {
	Calls   int       `json:"calls"`
	Stood   float64   `json:"stood_ms"`
	Longest float64   `json:"longest_gap_off_ms"` // from 20 ms, as the callers heard it
	Before  Quantiles `json:"pacing_before_ms"`   // |gap - 20 ms| in a window
	After   Quantiles `json:"pacing_after_ms"`    // in a window from a second after it on
	Seconds float64   `json:"seconds"`            // in which packets were counted, from before to after
	Lost    int       `json:"packets_lost"`       // on the way to the callers, from its beginning on
	// Missing is by how many packets the worst call came short of one for each 20 ms
	// that passed; negative where the worst had more.
	Missing int `json:"packets_missing"`
	// Delay is by how much later the packets of the worst call come afterwards, by the
	// grid on which they came before.
	Delay float64 `json:"lasting_delay_ms"`
}

// stall stops the server for a moment while calls play.
func (b *bench) stall(ctx context.Context, l *line, calls int) (*Stall, error) {
	b.Progress(fmt.Sprintf("%s, %d calls, stopped for %s", Music, calls, stallTime))
	ears, err := openCallers(b.clip, 0)
	if err != nil {
		return nil, err
	}
	defer ears.close()
	p, err := b.place(ctx, l, numbers[Music], calls, ears, nil)
	if err != nil {
		return nil, err
	}
	defer p.hangUp(ctx)
	return b.standStill(ctx, l.process, calls, ears)
}

func (b *bench) standStill(ctx context.Context, p *process, calls int, ears *callers) (*Stall, error) {
	if !pause(ctx, b.Settle) {
		return nil, ctx.Err()
	}
	ears.begin()
	pause(ctx, b.Window)
	from := ears.progress()
	before := ears.end()
	ears.begin()
	stood, err := p.standStill(ctx)
	if err != nil {
		return nil, fmt.Errorf("stop %s: %w", p.name, err)
	}
	pause(ctx, recovery)
	during := ears.end()
	ears.begin()
	pause(ctx, b.Window)
	to := ears.progress()
	after := ears.end()
	if err := cmp.Or(ctx.Err(), before.check(calls), after.check(calls)); err != nil {
		return nil, err
	}
	s := &Stall{
		Calls: calls, Stood: milliseconds(stood), Lost: during.lost + after.lost, Longest: quantiles(during.apart).Max,
		Before: quantiles(before.apart), After: quantiles(after.apart),
	}
	s.compare(from, to)
	return s, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// standStill stops the program for stallTime, and gives for how long it was.
func (p *process) standStill(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return 0, err
	}
	pause(ctx, stallTime)
	return time.Since(began), p.cmd.Process.Signal(syscall.SIGCONT)
}

// progress is how far a call is.
type progress struct {
	packets int
	last    time.Duration // when the last of them came
	early   time.Duration // by the grid of the first, the earliest in the window
}

func (c *callers) progress() []progress {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]progress, len(c.ends))
	for i, e := range c.ends {
		out[i] = progress{e.total, e.last, e.early}
	}
	return out
}

// compare finds the worst call.
func (s *Stall) compare(from, to []progress) {
	for i := range from {
		passed := to[i].last - from[i].last
		s.Seconds = max(s.Seconds, passed.Seconds())
		missing := int((passed+frameTime/2)/frameTime) - (to[i].packets - from[i].packets)
		if abs(missing) > abs(s.Missing) {
			s.Missing = missing
		}
		if late := milliseconds(to[i].early - from[i].early); i == 0 || late > s.Delay {
			s.Delay = late
		}
	}
}

func abs(n int) int { return max(n, -n) }
