package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errNothing says that a measurement is broken.
var errNothing = errors.New("no packets came back")

// window lets the calls settle, then measures a process and what the callers
// hear of it.
func (b *bench) window(ctx context.Context, kind string, calls int, p *process, ears *callers) (Row, error) {
	if !pause(ctx, b.Settle) {
		return Row{}, ctx.Err()
	}
	before, err := p.cpu()
	if err != nil {
		return Row{}, err
	}
	core, began := busy(b.cores.server), time.Now()
	ears.begin()
	waited := pause(ctx, b.Window)
	heard := ears.end()
	after, err := p.cpu()
	if err != nil {
		return Row{}, err
	}
	took := time.Since(began)
	core = busy(b.cores.server) - core
	if !waited {
		return Row{}, ctx.Err()
	}
	row := Row{
		Kind: kind, Calls: calls, MemoryMB: memory(p.cmd.Process.Pid),
		CPU:     share(after-before, took) / float64(calls) * 100,
		Others:  max(0, share(core-(after-before), took)),
		Packets: float64(heard.packets) / took.Seconds() / float64(calls),
		Voiced:  100 * float64(heard.voiced) / float64(max(heard.packets, 1)),
		Lost:    heard.lost, Pacing: quantiles(heard.apart),
	}
	return row, heard.check(calls)
}

func (h heard) check(calls int) error {
	if h.packets == 0 {
		return errNothing
	}
	if h.mute > 0 {
		return fmt.Errorf("%w to %d of %d calls", errNothing, h.mute, calls)
	}
	return nil
}

// share is in percent.
func share(part, whole time.Duration) float64 { return 100 * float64(part) / float64(whole) }

// pause reports false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
