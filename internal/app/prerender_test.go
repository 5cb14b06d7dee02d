package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestProgressIsABarOnATerminalAndALineForEachTenthElsewhere(t *testing.T) {
	var log, screen bytes.Buffer
	p := &progress{log: slog.New(slog.NewTextHandler(&log, nil))}
	for i := range 200 {
		p.step(i+1, 200)
	}
	p.end()
	if got := strings.Count(log.String(), "\n"); got != 10 {
		t.Errorf("%d lines", got)
	}
	log.Reset()
	p = &progress{log: p.log, out: &screen}
	for i := range 3 {
		p.step(i+1, 3)
	}
	p.end()
	if got := screen.String(); log.Len() != 0 || strings.Count(got, "\r") != 3 || !strings.HasSuffix(got, "[##############################] 3 of 3\n") {
		t.Errorf("%q, and the log %q", got, log.String())
	}
}

func TestThePromptsOfAPlanAreRenderedOnce(t *testing.T) {
	l, err := load(t, "", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPlan(t.Context(), l, nil, Secret{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, ahead := range []bool{true, false} {
		p.loaded.Config.Speech.Ahead = ahead
		s := &speech{}
		s.want(p)
		if got := s.unrendered(); len(got) > 0 != ahead {
			t.Errorf("ahead %v: %d prompts", ahead, len(got))
		}
	}
	seen := map[string]bool{}
	for _, line := range promptsOf(p) {
		key := line.Voice.Language + " " + line.Text.String()
		if seen[key] {
			t.Errorf("%s is there twice", key)
		}
		seen[key] = true
	}
	if len(seen) < 40 {
		t.Errorf("%d prompts", len(seen))
	}
}
