package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Options say what is measured, and for how long.
type Options struct {
	Callward string // the programs
	Speechd  string // "": its part is left out
	Part     Part   // required

	Calls    []int         // at once, for each row of the table
	Tries    int           // windows of each row, of which the best counts
	Rate     float64       // calls placed a second
	Settle   time.Duration // before a window
	Window   time.Duration // that is measured
	Setups   []int         // calls begun and ended a second, for each row of the second table; none: leave it out
	Further  bool          // and ever more over UDP, until it is too much
	Speakers int           // callers who speak to speechd at once
	Speaking time.Duration // that speechd is measured
	Suite    string        // of SRTP, under its name in RFC 4568; of RunMedia alone

	Progress func(what string) // hears what is done; may be nil
}

// Part gives the command line that runs RunPart with these arguments.
type Part func(args ...string) (program string, all []string)

// Full is what a run measures by default: about four minutes.
func Full() Options {
	return Options{
		Calls: []int{50, 200}, Tries: 1, Rate: 50, Settle: 2 * time.Second, Window: 8 * time.Second,
		Setups: []int{100, 400, 800}, Further: true,
		Speakers: 3, Speaking: 12 * time.Second,
	}
}

// Quick shows that the measurement works; its figures are rough.
func Quick() Options {
	return Options{
		Calls: []int{20}, Tries: 1, Rate: 50, Settle: time.Second, Window: 2 * time.Second,
		Setups:   []int{20},
		Speakers: 1, Speaking: 4 * time.Second,
	}
}

// check refuses what cannot be measured.
func (o Options) check() error {
	if o.Rate <= 0 || o.Window <= 0 || o.Tries <= 0 || len(o.Calls) == 0 {
		return errors.New("bench: rate, windows and calls are above 0")
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

// most is the most calls at once.
func (o Options) most() int { return slices.Max(o.Calls) }

// longest is how long the most calls take to be placed and measured.
func (o Options) longest() time.Duration {
	return time.Duration(float64(o.most())/o.Rate*float64(time.Second)) + time.Duration(o.Tries)*(o.Settle+o.Window)
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
	err = o.run(ctx, &report.Conditions, func(b *bench) error { return b.all(ctx, &report) })
	return report, err
}

// run does what is measured with a folder and cores of its own.
func (o Options) run(ctx context.Context, c *Conditions, measure func(*bench) error) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	b := &bench{Options: o}
	c.Machine, c.Load = machine()
	if b.clip, err = speak(ctx, requests[0]); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "callward-bench-"); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	var release func()
	if b.cores, release, err = takeCores(); err != nil {
		return err
	}
	defer release()
	c.ServerCore, c.OtherCore = b.cores.server, b.cores.others
	c.WindowSeconds = o.Window.Seconds()
	return measure(b)
}

func (b *bench) all(ctx context.Context, r *Report) error {
	rows, err := b.floors(ctx, 0)
	if err != nil {
		return err
	}
	r.Rows = rows
	if err := b.server(ctx, r); err != nil {
		return err
	}
	if err := b.setups(ctx, r); err != nil {
		return err
	}
	compare(r.Rows)
	return nil
}

// floors measures the raw program with packets that are tail bytes longer than plain
// ones.
func (b *bench) floors(ctx context.Context, tail int) (rows []Row, err error) {
	for _, kind := range []string{RawPaced, RawEcho} {
		for _, calls := range b.Calls {
			row, err := b.floor(ctx, kind, calls, tail)
			if err != nil {
				return nil, fmt.Errorf("%s, %d calls: %w", kind, calls, err)
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (b *bench) floor(ctx context.Context, kind string, calls, tail int) (row Row, err error) {
	b.Progress(fmt.Sprintf("%s%s, %d calls", kind, protection(tail > 0), calls))
	ears, err := openCallers(b.clip, tail)
	if err != nil {
		return Row{}, err
	}
	defer ears.close()
	f, err := b.startFloor(ctx, kind, calls, ears.address(), packetSize+tail)
	if err != nil {
		return Row{}, err
	}
	defer func() { err = errors.Join(err, f.stop()) }()
	for _, port := range f.ports {
		ears.add(port, nil)
	}
	row, err = b.best(func() (Row, error) { return b.window(ctx, kind, calls, f.process, ears) })
	row.SRTP = tail > 0
	return row, err
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
			row, err := b.line(ctx, l, kind, calls, nil)
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
