package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/tts"
)

// renderAtOnce is how many prompts are rendered ahead at a time: calls that come
// meanwhile want the engines, too.
const renderAtOnce = 2

// promptsOf lists what the lines of a plan may say.
func promptsOf(p *plan) []tts.Line {
	var out []tts.Line
	seen := map[fillerKey]bool{}
	for _, number := range names(p.lines) {
		l := p.lines[number]
		for _, language := range l.languages {
			key := fillerKey{l.name, language}
			if seen[key] {
				continue
			}
			seen[key] = true
			for _, text := range l.assistant.Prompts(language) {
				out = append(out, tts.Line{Text: redact.Authored(text), Voice: tts.Voice{Language: language}})
			}
		}
	}
	return out
}

// prerender has the prompts of each plan spoken before they are asked for, until ctx
// ends. Nobody waits for it; what failed is tried again.
func (s *speech) prerender(ctx context.Context, out io.Writer) {
	failed, stoodIn := false, false
	for ; ctx.Err() == nil; sleep(ctx, watchUp) {
		prompts := s.unrendered()
		if len(prompts) == 0 || !s.isReady() {
			continue
		}
		show := &progress{log: s.log, out: terminal(out)}
		step := show.step
		if stoodIn { // all is there; it is only tried whether the first engine is
			step = nil
		}
		err := s.tts.pool.Render(ctx, prompts, renderAtOnce, step)
		show.end()
		if err != nil && ctx.Err() == nil && !failed {
			s.log.Warn("prompts were not rendered ahead as they should be; they will be", slog.Any("err", err))
		}
		failed, stoodIn = err != nil, errors.Is(err, tts.ErrStoodIn)
		s.rendered(prompts, err)
	}
}

func (s *speech) unrendered() []tts.Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.prompts
}

// rendered crosses prompts off, unless others are wanted by now.
func (s *speech) rendered(prompts []tts.Line, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && len(s.prompts) == len(prompts) && &s.prompts[0] == &prompts[0] {
		s.prompts = nil
	}
}

// progress shows how far the rendering is: as a bar on a terminal, and elsewhere by a
// line in the log for each tenth.
type progress struct {
	log   *slog.Logger
	out   io.Writer // nil: no terminal
	shown bool
	tenth int
}

func (p *progress) step(done, total int) {
	const width = 30
	if p.out != nil {
		p.shown = true
		n := width * done / total
		fmt.Fprintf(p.out, "\r  prompts [%s%s] %d of %d", strings.Repeat("#", n), strings.Repeat(".", width-n), done, total)
		return
	}
	if tenth := 10 * done / total; tenth > p.tenth {
		p.tenth = tenth
		p.log.Info("rendering prompts ahead", slog.Int("done", done), slog.Int("total", total))
	}
}

func (p *progress) end() {
	if p.shown {
		fmt.Fprintln(p.out)
	}
}

// terminal gives out if it is one that can go back to the beginning of a line.
func terminal(out io.Writer) io.Writer {
	f, ok := out.(*os.File)
	if !ok || os.Getenv("TERM") == "" || os.Getenv("TERM") == "dumb" {
		return nil
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return out
}
