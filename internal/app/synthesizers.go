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

	"github.com/callward/callward/internal/engines"
	"github.com/callward/callward/internal/telemetry"
	"github.com/callward/callward/tts"
)

// synthesizers is the engines that speak to callers, and what is known of each.
type synthesizers struct {
	pool   *tts.Pool
	folder *tts.Folder // nil: nothing is kept on disk
	log    *slog.Logger
	first  *prometheus.HistogramVec // from the question to the first audio

	mu   sync.Mutex
	all  map[string]*synthesizer
	said time.Time // when a switch was last logged
}

type synthesizer struct {
	config Provider
	client *tts.Client
	known  bool // its capabilities have been asked for
	is     verdict
	speaks []string
}

func newSynthesizers(c Speech, log *slog.Logger) (*synthesizers, error) {
	s := &synthesizers{log: log, all: map[string]*synthesizer{}}
	s.first = telemetry.Seconds("callward_tts_first_audio_seconds", "From the question to the first audio of a text.", "engine")
	if c.Cache != "" {
		var err error
		if s.folder, err = tts.OpenFolder(context.Background(), c.Cache, int64(c.CacheSize)<<20, nil); err != nil {
			return nil, err
		}
	}
	s.pool = tts.NewPool(tts.PoolConfig{Folder: s.folder, Switched: s.switched, FirstAudio: func(engine string, took time.Duration) {
		s.first.WithLabelValues(engine).Observe(took.Seconds())
	}})
	return s, nil
}

// apply puts engines in place of those there were.
func (s *synthesizers) apply(wanted map[string]Provider, bundledAt string) error {
	return now(s.next(wanted, bundledAt))
}

// next prepares engines. One that is reached as before keeps its connection. bundledAt is where
// our own listens.
func (s *synthesizers) next(wanted map[string]Provider, bundledAt string) (change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := map[string]*synthesizer{}
	var fresh []*tts.Client
	for name, p := range wanted {
		if was := s.all[name]; was != nil && was.config.Target == p.Target && was.config.credentials() == p.credentials() {
			next[name] = &synthesizer{config: p, client: was.client}
			continue
		}
		c, err := dialSynthesizer(p, bundledAt)
		if err != nil {
			closeAll(fresh)
			return change{}, fmt.Errorf("speech.providers[%s]: %w", name, err)
		}
		fresh = append(fresh, c)
		next[name] = &synthesizer{config: p, client: c, is: verdict{err: errUnasked}}
	}
	return change{make: func() { s.put(next) }, drop: func() { closeAll(fresh) }}, nil
}

// put takes what next made. What is known of an engine stays with its connection.
func (s *synthesizers) put(next map[string]*synthesizer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, e := range next {
		if was := s.all[name]; was != nil && was.client == e.client {
			e.known, e.is, e.speaks = was.known, was.is, was.speaks
		}
	}
	s.all = next
	var providers []tts.Provider
	for _, name := range names(next) {
		p := next[name].config
		providers = append(providers, tts.Provider{
			Name: name, Client: next[name].client, Streams: p.Streams, Voices: p.Voices,
			FirstAudio: p.FirstAudio, StallAfter: p.Stall, Hedge: p.Hedge,
			Rank: engines.Rank{Languages: p.Languages, Class: p.Class, Priority: p.Priority, Weight: p.Weight},
		})
	}
	s.pool.Swap(providers...)
}

func dialSynthesizer(p Provider, bundledAt string) (*tts.Client, error) {
	target := p.Target
	if target == bundled {
		target = bundledAt
	}
	opts, err := p.credentials().DialOptions()
	if err != nil {
		return nil, err
	}
	return tts.Dial(target, tts.Config{}, opts...)
}

// ask learns which engines serve, and what they speak. The error is nil if one does.
func (s *synthesizers) ask(ctx context.Context) error {
	s.mu.Lock()
	all := s.all
	s.mu.Unlock()
	var group sync.WaitGroup
	for name, e := range all {
		group.Go(func() { s.askOne(ctx, name, e) })
	}
	group.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
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

func (s *synthesizers) askOne(ctx context.Context, name string, e *synthesizer) {
	s.mu.Lock()
	was, known := e.is.err, e.known
	s.mu.Unlock()
	err := e.client.Ready(ctx)
	var speaks []string
	if err == nil && (was != nil || !known) { // it may be another than before
		var c tts.Capabilities
		c, err = e.client.Capabilities(ctx)
		speaks = c.Languages
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled): // it was not let answer
		return
	case ctx.Err() != nil && err != nil:
		err = errors.Join(errUnasked, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && speaks != nil {
		e.known, e.speaks = true, speaks
	}
	log := s.log.With(slog.String("kind", "synthesizer"), slog.String("engine", name))
	var failed *tts.EngineError
	away := errors.As(err, &failed) && failed.Unreached != ""
	if e.config.Target == bundled && (len(s.all) == 1 || away) { // our child: its start and its end are told of already
		e.is.err = err
		return
	}
	e.is.becomes(err, log, time.Now())
}

// serves reports whether an engine did when it was last asked.
func (s *synthesizers) serves(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.all[name]
	return e != nil && e.is.err == nil
}

// speaks gives the languages that an engine which serves is there for.
func (s *synthesizers) speaks() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, e := range s.all {
		for _, l := range e.speaks {
			rank := engines.Rank{Languages: e.config.Languages}
			if e.is.err == nil && rank.Speaks(l) && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	slices.Sort(out)
	return out
}

// switchSaid is the least time between two lines in the log of engines that took over:
// when one falls, all calls tell of it at once.
const switchSaid = time.Second

func (s *synthesizers) switched(w tts.Switch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.said) >= switchSaid {
		s.said = now
		s.log.Warn("synthesizer gave way", slog.String("from", w.From), slog.String("to", w.To), slog.Any("cause", w.Cause))
	}
}

// readings is what /metrics shows of the engines.
func (s *synthesizers) readings() []telemetry.Reading {
	of := func(name, help string, counter bool, value func(s tts.ProviderStats) float64) telemetry.Reading {
		return telemetry.Reading{Name: name, Help: help, Labels: []string{"engine"}, Counter: counter, Read: func() (out []telemetry.Sample) {
			for _, p := range s.pool.Stats().Providers {
				out = append(out, telemetry.Sample{Value: value(p), Labels: []string{p.Name}})
			}
			return out
		}}
	}
	all := func(name, help string, counter bool, value func(s tts.PoolStats) int64) telemetry.Reading {
		return telemetry.Reading{Name: name, Help: help, Counter: counter, Read: telemetry.One(func() float64 { return float64(value(s.pool.Stats())) })}
	}
	disk := func(name, help string, counter bool, value func(f tts.FolderStats) int64) telemetry.Reading {
		return telemetry.Reading{Name: name, Help: help, Counter: counter, Read: telemetry.One(func() float64 { return float64(value(s.onDisk())) })}
	}
	return []telemetry.Reading{
		all("callward_tts_texts_total", "Texts spoken.", true, func(s tts.PoolStats) int64 { return s.Texts }),
		all("callward_tts_failed_total", "Texts that no engine spoke to the end.", true, func(s tts.PoolStats) int64 { return s.Failed }),
		all("callward_tts_fallbacks_total", "Texts played from audio made at build time.", true, func(s tts.PoolStats) int64 { return s.Fallbacks }),
		all("callward_tts_switches_total", "Texts that another engine took over.", true, func(s tts.PoolStats) int64 { return s.Switches }),
		all("callward_tts_hedges_total", "Engines that were asked beside one that had given nothing yet.", true, func(s tts.PoolStats) int64 { return s.Hedges }),
		all("callward_tts_cache_hits_total", "Texts spoken from memory.", true, func(s tts.PoolStats) int64 { return s.CacheHits }),
		all("callward_tts_cache_bytes", "Audio kept in memory.", false, func(s tts.PoolStats) int64 { return s.CacheBytes }),
		disk("callward_tts_disk_bytes", "Audio kept on disk.", false, func(f tts.FolderStats) int64 { return f.Bytes }),
		disk("callward_tts_disk_hits_total", "Texts spoken from disk.", true, func(f tts.FolderStats) int64 { return f.Hits }),
		disk("callward_tts_disk_spoilt_total", "Files of ours that could not be read, and were removed.", true, func(f tts.FolderStats) int64 { return f.Spoilt }),
		disk("callward_tts_disk_failed_total", "Texts whose audio could not be written.", true, func(f tts.FolderStats) int64 { return f.Failed }),
		of("callward_tts_engine_texts_total", "Texts that an engine was asked for, whole or from some sentence on.", true, func(s tts.ProviderStats) float64 { return float64(s.Texts) }),
		of("callward_tts_engine_texts_open", "Of these, now.", false, func(s tts.ProviderStats) float64 { return float64(s.Open) }),
		of("callward_tts_engine_up", "1 if the engine said that it serves when it was last asked, every 2 s or so.", false, func(p tts.ProviderStats) float64 { return truth(p.Up && s.serves(p.Name)) }),
		of("callward_tts_breaker", "0: the engine is asked; 1: it is left alone for a while; 2: one call finds out.", false, func(s tts.ProviderStats) float64 { return float64(s.Breaker) }),
		{
			Name: "callward_tts_engine_failures_total", Help: "Texts that an engine did not speak to the end, by cause.",
			Labels: []string{"engine", "cause"}, Counter: true, Read: s.failures,
		},
	}
}

func (s *synthesizers) failures() (out []telemetry.Sample) {
	for _, p := range s.pool.Stats().Providers {
		for _, cause := range names(p.Failures) {
			out = append(out, telemetry.Sample{Value: float64(p.Failures[cause]), Labels: []string{p.Name, cause}})
		}
	}
	return out
}

// onDisk gives what the folder holds and has met.
func (s *synthesizers) onDisk() tts.FolderStats {
	if s.folder == nil {
		return tts.FolderStats{}
	}
	return s.folder.Stats()
}

func (s *synthesizers) close() error {
	err := s.pool.Close()
	if s.folder != nil {
		err = errors.Join(err, s.folder.Close())
	}
	return err
}
