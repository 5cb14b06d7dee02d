package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Options say what is measured, and for how long.
type Options struct {
	Callward string // the programs
	Speechd  string // "": its part is left out
	Part     Part   // required

	Calls    []int         // at once, for each row of the table
	Rate     float64       // calls placed a second
	Settle   time.Duration // before a window
	Window   time.Duration // that is measured
	Setups   []int         // calls begun and ended a second, for each row of the second table; none: leave it out
	Further  bool          // and ever more over UDP, until it is too much
	Speakers int           // callers who speak to speechd at once
	Speaking time.Duration // that speechd is measured

	Progress func(what string) // hears what is done; may be nil
}

// Part gives the command line that runs RunPart with these arguments.
type Part func(args ...string) (program string, all []string)

// Full is what a run measures by default: about four minutes.
func Full() Options {
	return Options{
		Calls: []int{50, 200}, Rate: 50, Settle: 2 * time.Second, Window: 8 * time.Second,
		Setups: []int{100, 400, 800}, Further: true,
		Speakers: 3, Speaking: 12 * time.Second,
	}
}

// Quick shows that the measurement works; its figures are rough.
func Quick() Options {
	return Options{
		Calls: []int{20}, Rate: 50, Settle: time.Second, Window: 2 * time.Second,
		Setups:   []int{20},
		Speakers: 1, Speaking: 4 * time.Second,
	}
}

// check refuses what cannot be measured.
func (o Options) check() error {
	if o.Rate <= 0 || o.Window <= 0 || len(o.Calls) == 0 {
		return errors.New("bench: rate, window and calls are above 0")
	}
	for _, n := range o.Calls {
		if n <= 0 || n > mostCalls {
			return fmt.Errorf("bench: %d calls: 1 to %d can be measured", n, mostCalls)
		}
	}
	if err := isBuilt(o.Callward); err != nil || o.Speechd == "" {
		return err
	}
	if o.Speakers <= 0 || o.Speaking <= 0 {
		return errors.New("bench: speakers and their time are above 0")
	}
	return isBuilt(o.Speechd)
}

func isBuilt(program string) error {
	if _, err := os.Stat(program); err != nil {
		return fmt.Errorf("bench: %w; build it with: make build", err)
	}
	return nil
}

const mostCalls = 1000

// longest is how long the most calls take to be placed and measured.
func (o Options) longest() time.Duration {
	most := 0
	for _, n := range o.Calls {
		most = max(most, n)
	}
	return time.Duration(float64(most)/o.Rate*float64(time.Second)) + o.Settle + o.Window
}

// bench is a run.
type bench struct {
	Options
	cores cores
	clip  *clip
	dir   string // ours alone: sockets and the server's configuration
}

// Run measures. An error says that the measurement is broken: a program does not
// start, calls fail, nothing is heard. No figure is an error.
func Run(ctx context.Context, o Options) (report Report, err error) {
	if err := o.check(); err != nil {
		return Report{}, err
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	b := &bench{Options: o}
	report.Machine, report.Load = machine()
	if b.clip, err = speak(ctx, requests[0]); err != nil {
		return report, err
	}
	if b.dir, err = os.MkdirTemp("", "callward-bench-"); err != nil {
		return report, fmt.Errorf("bench: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	var release func()
	if b.cores, release, err = takeCores(); err != nil {
		return report, err
	}
	defer release()
	report.ServerCore, report.OtherCore = b.cores.server, b.cores.others
	report.WindowSeconds = o.Window.Seconds()
	return report, b.all(ctx, &report)
}

func (b *bench) all(ctx context.Context, r *Report) error {
	if err := b.floors(ctx, r); err != nil {
		return err
	}
	if err := b.server(ctx, r); err != nil {
		return err
	}
	if err := b.setups(ctx, r); err != nil {
		return err
	}
	r.compare()
	return nil
}

// floors measures the raw program.
func (b *bench) floors(ctx context.Context, r *Report) error {
	for _, kind := range []string{RawPaced, RawEcho} {
		for _, calls := range b.Calls {
			row, err := b.floor(ctx, kind, calls)
			if err != nil {
				return fmt.Errorf("%s, %d calls: %w", kind, calls, err)
			}
			r.Rows = append(r.Rows, row)
		}
	}
	return nil
}

func (b *bench) floor(ctx context.Context, kind string, calls int) (row Row, err error) {
	b.Progress(fmt.Sprintf("%s, %d calls", kind, calls))
	ears, err := openCallers(b.clip)
	if err != nil {
		return Row{}, err
	}
	defer ears.close()
	f, err := b.startFloor(ctx, kind, calls, ears.address())
	if err != nil {
		return Row{}, err
	}
	defer func() { err = errors.Join(err, f.stop()) }()
	for _, port := range f.ports {
		ears.add(port)
	}
	return b.window(ctx, kind, calls, f.process, ears)
}

// server measures callward, and speechd while callward's memory fills.
func (b *bench) server(ctx context.Context, r *Report) (err error) {
	e, err := b.startEngine(ctx, filepath.Join(b.dir, "engine.sock"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.stop()) }()
	l, err := b.startLine(ctx, e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.stop()) }()
	if err := b.beside(ctx, r, l); err != nil {
		return err
	}
	for _, kind := range []string{Music, Bot} {
		for _, calls := range b.Calls {
			row, err := b.line(ctx, l, kind, calls)
			if err != nil {
				return fmt.Errorf("%s, %d calls: %w", kind, calls, err)
			}
			r.Rows = append(r.Rows, row)
		}
	}
	return nil
}

// beside lets one call hear the whole prompt, so that the prompt is in callward's
// memory, and measures speechd meanwhile.
func (b *bench) beside(ctx context.Context, r *Report, l *line) error {
	warm := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { warm <- b.warm(ctx, l) }()
	var err error
	if b.Speechd != "" {
		r.Speechd, err = b.speechd(ctx)
	}
	if err != nil {
		cancel()
	} else {
		b.Progress("one call hears the prompt, so that it is in memory")
	}
	return errors.Join(err, <-warm)
}
