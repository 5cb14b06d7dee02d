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
	core, others, began := busy(b.cores.server), busy(b.cores.others), time.Now()
	ears.begin()
	waited := pause(ctx, b.Window)
	heard := ears.end()
	after, err := p.cpu()
	if err != nil {
		return Row{}, err
	}
	took := time.Since(began)
	core, others = busy(b.cores.server)-core, busy(b.cores.others)-others
	if !waited {
		return Row{}, ctx.Err()
	}
	row := Row{
		Kind: kind, Calls: calls, MemoryMB: memory(p.cmd.Process.Pid),
		CPU:     share(after-before, took) / float64(calls) * 100,
		Others:  max(0, share(core-(after-before), took)),
		Callers: share(others, took),
		Packets: float64(heard.packets) / took.Seconds() / float64(calls),
		Voiced:  100 * float64(heard.voiced) / float64(max(heard.checked, 1)),
		Lost:    heard.lost, Unopened: heard.unopened, Pacing: quantiles(heard.apart),
	}
	row.BestPacing = row.Pacing
	return row, heard.check(calls)
}

// best measures windows. That of the least CPU counts, as what disturbs on a machine
// only ever adds; its pacing stays with it, and the best of any stands beside it.
// Memory is the most of all.
func (b *bench) best(window func() (Row, error)) (best Row, err error) {
	for n := range b.Tries {
		row, err := window()
		if err != nil {
			return row, err
		}
		if n == 0 {
			best = row
			continue
		}
		pacing, memory := best.BestPacing, max(best.MemoryMB, row.MemoryMB)
		if row.Pacing.P99 < pacing.P99 {
			pacing = row.Pacing
		}
		if row.CPU < best.CPU {
			best = row
		}
		best.BestPacing, best.MemoryMB = pacing, memory
	}
	return best, nil
}

func (h heard) check(calls int) error {
	if h.packets == 0 {
		return errNothing
	}
	if h.mute > 0 {
		return fmt.Errorf("%w to %d of %d calls", errNothing, h.mute, calls)
	}
	if h.checked == 0 {
		return fmt.Errorf("no packet could be opened: %d tried", h.unopened)
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
