package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/tts"
)

// speech is the engines: the bundled ones as a child process, or others'. It
// watches them, so that readiness and the lines know what is understood.
type speech struct {
	asr *recognizers
	tts *synthesizers
	log *slog.Logger

	child  *child // nil: somebody else runs them
	dir    *socketDir
	target string // of the backend

	mu      sync.Mutex
	ready   bool
	reason  string
	fillers map[fillerKey][]int16
	better  map[fillerKey]bool // fillers that a stand-in spoke: to be spoken again
	wanted  map[fillerKey]assistant.Line
	prompts []tts.Line // to be rendered ahead
}

type fillerKey struct{ assistant, language string }

// openSpeech prepares the clients; engines that are down are no error.
func openSpeech(cfg Config, log *slog.Logger) (_ *speech, err error) {
	s := &speech{log: log, asr: newRecognizers(log), reason: "the engines have not answered yet", fillers: map[fillerKey][]int16{}, better: map[fillerKey]bool{}}
	if s.tts, err = newSynthesizers(cfg.Speech, log); err != nil {
		return nil, errors.Join(err, s.close())
	}
	target := cfg.Speech.Backend
	if target == bundled {
		if target, err = s.bundled(cfg); err != nil {
			return nil, err
		}
	}
	s.target = target
	if err = s.apply(cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("speech backend: %w", err), s.close())
	}
	return s, nil
}

// apply puts the engines of a configuration in place of those there were.
func (s *speech) apply(cfg Config) error { return now(s.next(cfg)) }

// next prepares the engines of a configuration.
func (s *speech) next(cfg Config) (change, error) {
	return together(
		func() (change, error) { return s.asr.next(cfg.Speech.providers(kindASR), s.target) },
		func() (change, error) { return s.tts.next(cfg.Speech.providers(kindTTS), s.target) },
	)
}

// bundled prepares speechd on a socket that only this user can reach.
func (s *speech) bundled(cfg Config) (target string, err error) {
	if s.dir, err = openSocketDir(); err != nil {
		return "", fmt.Errorf("folder for the speech socket: %w", err)
	}
	socket := filepath.Join(s.dir.path, "speech.sock")
	target = "unix:" + socket
	path := cfg.Speech.Program
	if path == "" {
		if path, err = beside("speechd"); err != nil {
			s.reason = err.Error()
			s.log.Warn("no bundled speech", slog.Any("err", err))
			return target, nil
		}
	}
	args := []string{"--listen", target}
	for _, language := range names(cfg.Speech.Models) {
		args = append(args, "--asr-model", language+"="+cfg.Speech.Models[language])
	}
	s.child = &child{
		name: "speechd", path: path, args: args, log: s.log, quiet: s.isReady, state: s.running,
		before: func() { _ = os.Remove(socket) }, // one that was killed leaves it behind
	}
	return target, nil
}

func (s *speech) running(up bool, reason string) {
	if up {
		reason = "the engines are starting"
	}
	s.set(false, reason)
}

func (s *speech) isReady() bool {
	ready, _ := s.status()
	return ready
}

func (s *speech) set(ready bool, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready, s.reason = ready, reason
}

func (s *speech) status() (ready bool, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready, s.reason
}

// languages gives what the engines understand and speak.
func (s *speech) languages() (hears, speaks []string) { return s.asr.hears(), s.tts.speaks() }

// heard gives the languages, of those asked for, that are understood by voice.
func (s *speech) heard(languages []string) []string {
	if !s.isReady() {
		return nil
	}
	hears := s.asr.hears()
	var out []string
	for _, l := range languages {
		if slices.Contains(hears, l) {
			out = append(out, l)
		}
	}
	return out
}

// unheard says which languages of a plan's lines are not understood by voice, although
// engines serve; empty: all are.
func (s *speech) unheard(p *plan) string {
	hears := s.asr.hears()
	var missing []string
	for _, l := range p.lines {
		for _, language := range l.languages {
			if !slices.Contains(hears, language) && !slices.Contains(missing, language) {
				missing = append(missing, language)
			}
		}
	}
	if len(missing) == 0 {
		return ""
	}
	slices.Sort(missing)
	return "no recognizer that serves understands " + strings.Join(missing, ", ") + ": such callers are served by keypad"
}

const (
	watchDown = 250 * time.Millisecond
	watchUp   = 2 * time.Second
	askTime   = 3 * time.Second
)

// watch asks the engines how they are until ctx ends.
func (s *speech) watch(ctx context.Context) error {
	for {
		wait := watchDown
		if s.ask(ctx) {
			wait = watchUp
		}
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// ask learns whether engines of both kinds serve, and what they can do.
func (s *speech) ask(ctx context.Context) bool {
	was := s.isReady()
	ask, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	var deaf, dumb error
	var both sync.WaitGroup
	both.Go(func() { deaf = s.asr.ask(ask) })
	both.Go(func() { dumb = s.tts.ask(ask) })
	both.Wait()
	err := errors.Join(deaf, dumb)
	if err == nil {
		s.set(true, "")
		if !was {
			s.log.Info("speech is ready", slog.Any("hears", s.asr.hears()), slog.Any("speaks", s.tts.speaks()))
		}
		s.fill(ctx)
		return true
	}
	if ctx.Err() == nil && was {
		s.log.Warn("speech is not ready", slog.String("err", flat(err)))
	}
	if was || s.child == nil {
		s.set(false, flat(err))
	}
	return false
}

// want names the fillers that the lines of a plan need.
func (s *speech) want(p *plan) {
	wanted := map[fillerKey]assistant.Line{}
	for _, l := range p.lines {
		for _, language := range l.languages {
			wanted[fillerKey{l.name, language}] = l.assistant.Message(assistant.Filler, language)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted, s.fillers, s.better = wanted, map[fillerKey][]int16{}, map[fillerKey]bool{}
	s.prompts = nil
	if p.loaded.Config.Speech.Ahead {
		s.prompts = promptsOf(p)
	}
}

// fill has the fillers spoken that are not there yet, or not by the engine that is to.
func (s *speech) fill(ctx context.Context) {
	for key, line := range s.missing() {
		pcm, err := s.render(ctx, line, key.language)
		if err != nil {
			s.log.Warn("filler was not spoken", slog.String("language", key.language), slog.Any("err", err))
			return
		}
		s.mu.Lock()
		s.fillers[key], s.better[key] = pcm, s.tts.pool.StoodIn(tts.Line{Text: line.Safe(nil), Voice: tts.Voice{Language: key.language}})
		s.mu.Unlock()
	}
}

func (s *speech) missing() map[fillerKey]assistant.Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[fillerKey]assistant.Line{}
	for key, line := range s.wanted {
		if _, have := s.fillers[key]; (!have || s.better[key]) && line.Text != "" {
			out[key] = line
		}
	}
	return out
}

// longestFiller bounds what an engine may give for a short phrase.
const longestFiller = 10 * 8000

func (s *speech) render(ctx context.Context, l assistant.Line, language string) ([]int16, error) {
	st, err := s.tts.pool.Speak(ctx, l.Safe(nil), tts.Voice{Language: language, Cacheable: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = st.Close() }()
	var pcm []int16
	buf := make([]int16, 1600)
	for len(pcm) < longestFiller {
		n, err := st.Read(buf)
		pcm = append(pcm, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return pcm, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return pcm, nil
}

// fillersOf gives the fillers of an assistant, by language.
func (s *speech) fillersOf(name string, languages []string) map[string][]int16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]int16{}
	for _, l := range languages {
		out[l] = s.fillers[fillerKey{name, l}]
	}
	return out
}

func (s *speech) close() error {
	var err error
	if s.asr != nil {
		err = errors.Join(err, s.asr.close())
	}
	if s.tts != nil {
		err = errors.Join(err, s.tts.close())
	}
	if s.dir != nil {
		err = errors.Join(err, s.dir.close())
	}
	return err
}
