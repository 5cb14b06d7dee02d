package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/internal/engines"
	"github.com/callward/callward/internal/telemetry"
)

// recognizers is the engines that hear callers, and what is known of each.
type recognizers struct {
	pool *asr.Pool
	log  *slog.Logger
	gap  *prometheus.HistogramVec // from the last of one engine to the ready of the next

	mu   sync.Mutex
	all  map[string]*recognizer
	said time.Time // when a switch was last logged
}

type recognizer struct {
	config Provider
	client *asr.Client
	known  bool // its capabilities have been asked for
	is     verdict
	hears  []string
}

func newRecognizers(log *slog.Logger) *recognizers {
	r := &recognizers{log: log, all: map[string]*recognizer{}}
	r.gap = telemetry.Seconds("callward_asr_switch_seconds", "From the last sign of a recognizer to another being ready for its stream.", "to", "cause")
	r.pool = asr.NewPool(asr.PoolConfig{Switched: r.switched})
	return r
}

// errUnasked is the state of an engine that has not been asked yet.
var errUnasked = errors.New("it has not answered yet")

// apply puts engines in place of those there were.
func (r *recognizers) apply(wanted map[string]Provider, bundledAt string) error {
	return now(r.next(wanted, bundledAt))
}

// next prepares engines. One that is reached as before keeps its connection. bundledAt is where
// our own listens.
func (r *recognizers) next(wanted map[string]Provider, bundledAt string) (change, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := map[string]*recognizer{}
	var fresh []*asr.Client
	for name, p := range wanted {
		if was := r.all[name]; was != nil && was.config.Target == p.Target && was.config.credentials() == p.credentials() {
			next[name] = &recognizer{config: p, client: was.client}
			continue
		}
		c, err := dialRecognizer(p, bundledAt)
		if err != nil {
			closeAll(fresh)
			return change{}, fmt.Errorf("speech.providers[%s]: %w", name, err)
		}
		fresh = append(fresh, c)
		next[name] = &recognizer{config: p, client: c, is: verdict{err: errUnasked}}
	}
	return change{make: func() { r.put(next) }, drop: func() { closeAll(fresh) }}, nil
}

// put takes what next made. What is known of an engine stays with its connection.
func (r *recognizers) put(next map[string]*recognizer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, e := range next {
		if was := r.all[name]; was != nil && was.client == e.client {
			e.known, e.is, e.hears = was.known, was.is, was.hears
		}
	}
	r.all = next
	var providers []asr.Provider
	for _, name := range names(next) {
		p := next[name].config
		providers = append(providers, asr.Provider{
			Name: name, Client: next[name].client, Streams: p.Streams, Silence: p.Silence, ReadyWithin: p.Ready, StallAfter: p.Stall,
			Rank: engines.Rank{Languages: p.Languages, Class: p.Class, Priority: p.Priority, Weight: p.Weight},
		})
	}
	r.pool.Swap(providers...)
}

func dialRecognizer(p Provider, bundledAt string) (*asr.Client, error) {
	target := p.Target
	if target == bundled {
		target = bundledAt
	}
	opts, err := p.credentials().DialOptions()
	if err != nil {
		return nil, err
	}
	return asr.Dial(target, opts...)
}

// ask learns which engines serve, and what they hear. The error is nil if one does.
func (r *recognizers) ask(ctx context.Context) error {
	r.mu.Lock()
	all := r.all
	r.mu.Unlock()
	var group sync.WaitGroup
	for name, e := range all {
		group.Go(func() { r.askOne(ctx, name, e) })
	}
	group.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, name := range names(all) {
		err := all[name].is.err
		if err == nil {
			return nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", name, err))
	}
	return errors.Join(errs...)
}

func (r *recognizers) askOne(ctx context.Context, name string, e *recognizer) {
	r.mu.Lock()
	was, known := e.is.err, e.known
	r.mu.Unlock()
	err := e.client.Ready(ctx)
	var hears []string
	if err == nil && (was != nil || !known) { // it may be another than before
		var c asr.Capabilities
		c, err = e.client.Capabilities(ctx)
		hears = c.Languages
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled): // it was not let answer
		return
	case ctx.Err() != nil && err != nil:
		err = errors.Join(errUnasked, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil && hears != nil {
		e.known, e.hears = true, hears
	}
	log := r.log.With(slog.String("kind", "recognizer"), slog.String("engine", name))
	var failed *asr.EngineError
	away := errors.As(err, &failed) && failed.Unreached != ""
	if e.config.Target == bundled && (len(r.all) == 1 || away) { // our child: its start and its end are told of already
		e.is.err = err
		return
	}
	e.is.becomes(err, log, time.Now())
}

// serves reports whether an engine did when it was last asked.
func (r *recognizers) serves(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.all[name]
	return e != nil && e.is.err == nil
}

// hears gives the languages that an engine which serves is there for.
func (r *recognizers) hears() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, e := range r.all {
		for _, l := range e.hears {
			rank := engines.Rank{Languages: e.config.Languages}
			if e.is.err == nil && rank.Speaks(l) && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	slices.Sort(out)
	return out
}

func (r *recognizers) switched(w asr.Switch) {
	r.gap.WithLabelValues(w.To, asr.Cause(w.Cause)).Observe(w.Took.Seconds())
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now(); now.Sub(r.said) >= switchSaid {
		r.said = now
		r.log.Warn("recognizer gave way", slog.String("from", w.From), slog.String("to", w.To), slog.Any("cause", w.Cause),
			slog.Duration("took", w.Took.Round(time.Millisecond)), slog.Duration("heard_again", w.Replayed))
	}
}

// byCause reads a count of each engine that is kept by cause.
func (r *recognizers) byCause(counts func(asr.ProviderStats) map[string]int64) func() []telemetry.Sample {
	return func() (out []telemetry.Sample) {
		for _, p := range r.pool.Stats().Providers {
			count := counts(p)
			for _, cause := range names(count) {
				out = append(out, telemetry.Sample{Value: float64(count[cause]), Labels: []string{p.Name, cause}})
			}
		}
		return out
	}
}

// readings is what /metrics shows of the engines.
func (r *recognizers) readings() []telemetry.Reading {
	of := func(name, help string, counter bool, value func(s asr.ProviderStats) float64) telemetry.Reading {
		return telemetry.Reading{Name: name, Help: help, Labels: []string{"engine"}, Counter: counter, Read: func() (out []telemetry.Sample) {
			for _, s := range r.pool.Stats().Providers {
				out = append(out, telemetry.Sample{Value: value(s), Labels: []string{s.Name}})
			}
			return out
		}}
	}
	all := func(name, help string, value func(s asr.PoolStats) int64) telemetry.Reading {
		return telemetry.Reading{Name: name, Help: help, Counter: true, Read: telemetry.One(func() float64 { return float64(value(r.pool.Stats())) })}
	}
	return []telemetry.Reading{
		of("callward_asr_streams_open", "Recognition streams open.", false, func(s asr.ProviderStats) float64 { return float64(s.Open) }),
		of("callward_asr_streams_total", "Recognition streams opened.", true, func(s asr.ProviderStats) float64 { return float64(s.Streams) }),
		of("callward_asr_streams_failed_total", "Recognition streams ended by the engine or the watchdog.", true, func(s asr.ProviderStats) float64 { return float64(s.Failed) }),
		of("callward_asr_streams_stalled_total", "Recognition streams ended by the watchdog: the engine got nowhere.", true, func(s asr.ProviderStats) float64 { return float64(s.Stalled) }),
		of("callward_asr_samples_lost_total", "Samples the engine did not take in time.", true, func(s asr.ProviderStats) float64 { return float64(s.Lost) }),
		of("callward_asr_engine_up", "1 if the engine said that it serves when it was last asked, every 2 s or so.", false, func(s asr.ProviderStats) float64 { return truth(s.Up && r.serves(s.Name)) }),
		of("callward_asr_breaker", "0: the engine is asked; 1: it is left alone for a while; 2: one call finds out.", false, func(s asr.ProviderStats) float64 { return float64(s.Breaker) }),
		of("callward_asr_progress_seconds", "p99 of the time between two signs of progress, of the latest.", false, func(s asr.ProviderStats) float64 { return s.Usual.Seconds() }),
		{
			Name: "callward_asr_engine_failures_total", Help: "Recognition streams that an engine did not serve to their end, standbys included, by cause.",
			Labels: []string{"engine", "cause"}, Counter: true, Read: r.byCause(func(s asr.ProviderStats) map[string]int64 { return s.Failures }),
		},
		{
			Name: "callward_asr_events_dropped_total", Help: "What engines told and the call was not: unheard, stale and overlong could not be believed, unread came too fast.",
			Labels: []string{"engine", "cause"}, Counter: true, Read: r.byCause(func(s asr.ProviderStats) map[string]int64 { return s.Dropped }),
		},
		all("callward_asr_switches_total", "Streams that another engine took over.", func(s asr.PoolStats) int64 { return s.Switches }),
		all("callward_asr_standbys_total", "Standbys made ready upon a suspicion.", func(s asr.PoolStats) int64 { return s.Warmed }),
		all("callward_asr_samples_replayed_total", "Samples that an engine which took over heard anew.", func(s asr.PoolStats) int64 { return s.Replayed }),
		all("callward_asr_samples_withheld_total", "Samples of silence that were kept from the engines.", func(s asr.PoolStats) int64 { return s.Withheld }),
	}
}

func (r *recognizers) close() error { return r.pool.Close() }
