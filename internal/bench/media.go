package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callward/callward/media/sdp"
)

// FullMedia is what RunMedia measures by default: about fifteen minutes. The suite
// is the one that every phone with SRTP has, and the dearest.
func FullMedia() Options {
	return Options{
		Calls: []int{100, 300, 600, 1000}, Tries: 3, Rate: 100, Settle: time.Second, Window: 5 * time.Second,
		Suite: "AES_CM_128_HMAC_SHA1_80",
	}
}

// QuickMedia shows that the measurement works; its figures are rough.
func QuickMedia() Options {
	o := FullMedia()
	o.Calls, o.Tries, o.Settle, o.Window = []int{10, 20}, 1, 200*time.Millisecond, time.Second
	return o
}

// RunMedia measures what calls that stand cost the server, plain and protected, from
// few to many, and whether a stall leaves a delay. Errors are as those of Run; that some
// kind of call cannot be measured with more calls than the fewest is none: the report
// says so.
func RunMedia(ctx context.Context, o Options) (report MediaReport, err error) {
	suite, err := suiteOf(o.Suite)
	if err != nil {
		return report, err
	}
	report.Suite, report.Tries = o.Suite, o.Tries
	err = o.run(ctx, &report.Conditions, func(b *bench) error { return b.media(ctx, &report, &suite) })
	return report, err
}

func (b *bench) media(ctx context.Context, r *MediaReport, suite *sdp.Suite) error {
	if err := b.files(); err != nil {
		return err
	}
	for _, tail := range []int{0, tagSize(*suite)} {
		rows, err := b.floors(ctx, tail)
		if err != nil {
			return err
		}
		r.Rows = append(r.Rows, rows...)
	}
	e, err := b.startEngine(ctx, filepath.Join(b.dir, "engine.sock"))
	if err != nil {
		return err
	}
	defer func() { _ = e.stop() }()
	for _, kind := range []string{Music, Echo, Bot} {
		for _, s := range []*sdp.Suite{nil, suite} {
			if err := b.series(ctx, r, e, kind, s); err != nil {
				return fmt.Errorf("%s%s: %w", kind, protection(s != nil), err)
			}
		}
	}
	compare(r.Rows)
	r.measureSlopes()
	return nil
}

// filesOfCall is how many sockets a program opens for a call, at most.
const filesOfCall = 2

// files sees that the programs may open as many as they need: those in Go take the
// hard limit by themselves.
func (b *bench) files() error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("bench: limit of open files: %w", err)
	}
	if need := uint64(filesOfCall*b.most() + 200); limit.Max < need {
		return fmt.Errorf("bench: %d open files are allowed, %d are needed: raise ulimit -Hn", limit.Max, need)
	}
	return nil
}

// series measures one kind of call, from few to many, with a server of its own: what
// another left in memory is not this one's.
func (b *bench) series(ctx context.Context, r *MediaReport, e *engine, kind string, suite *sdp.Suite) (err error) {
	l, err := b.startLine(ctx, e)
	if err != nil {
		return err
	}
	defer func() {
		if err := l.stop(); err != nil {
			b.Progress(err.Error()) // how it ends is not what is measured
		}
	}()
	idle, err := b.idle(ctx, l, kind, suite)
	if err != nil {
		return err
	}
	stood := 0
	for _, calls := range b.Calls {
		row, err := b.line(ctx, l, kind, calls, suite)
		switch {
		case err != nil && (stood == 0 || ctx.Err() != nil || l.died() != nil):
			return fmt.Errorf("%d calls: %w", calls, err)
		case err != nil:
			r.Unmeasured = append(r.Unmeasured, Unmeasured{Kind: kind, SRTP: suite != nil, Calls: calls, Why: oneLine(err)})
			b.Progress("not measured: " + oneLine(err))
			continue
		}
		row.CallMB = (row.MemoryMB - idle) / float64(calls)
		r.Rows = append(r.Rows, row)
		stood = max(stood, calls)
	}
	if kind == Music && suite == nil && stood > 0 {
		r.Stall, err = b.stall(ctx, l, min(stallCalls, stood))
	}
	return err
}

// oneLine is an error in a report.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// idle is the memory of a server that has had one call, so that what is made once is
// made.
func (b *bench) idle(ctx context.Context, l *line, kind string, suite *sdp.Suite) (mb float64, err error) {
	b.Progress(kind + protection(suite != nil) + ", one call")
	if kind == Bot {
		err = b.warm(ctx, l) // which fills the memory of prompts
	} else {
		err = b.touch(ctx, l, numbers[kind], suite)
	}
	if err != nil {
		return 0, fmt.Errorf("first call: %w", err)
	}
	if !pause(ctx, b.Settle) {
		return 0, ctx.Err()
	}
	return memory(l.cmd.Process.Pid), nil
}

// touch places one call and lets it stand for a moment.
func (b *bench) touch(ctx context.Context, l *line, user string, suite *sdp.Suite) error {
	ears, err := openCallers(b.clip, 0)
	if err != nil {
		return err
	}
	defer ears.close()
	p, err := b.place(ctx, l, user, 1, ears, suite)
	if err != nil {
		return err
	}
	pause(ctx, b.Settle)
	p.hangUp(ctx)
	return ctx.Err()
}
