package app

import (
	"context"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callward/callward/internal/telemetry"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/sip/siptest"
	"github.com/callward/callward/tts"
	"github.com/callward/callward/tts/ttstest"
)

func toneAt(t *testing.T, tone *ttstest.Tone) (target string) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "tone.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = tone.Serve(ctx, l)
	}()
	t.Cleanup(func() { cancel(); <-served })
	return "unix:" + socket
}

// patient is a provider that is given up, or asked beside another, for a failure alone and
// never because this machine is slow.
func patient(t *testing.T, tone *ttstest.Tone) Provider {
	t.Helper()
	return Provider{Target: toneAt(t, tone), Hedge: siptest.Patience, FirstAudio: siptest.Patience, Stall: siptest.Patience}
}

func TestSynthesizersStandInForEachOtherAndAreKeptOverAReload(t *testing.T) {
	a, b := &ttstest.Tone{}, &ttstest.Tone{}
	wanted := map[string]Provider{"a": patient(t, a), "b": patient(t, b)}
	second := wanted["b"]
	second.Priority, second.Languages = 1, []string{"fr"}
	wanted["b"] = second
	s, err := newSynthesizers(Speech{Cache: t.TempDir(), CacheSize: 1}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.apply(wanted, ""); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), siptest.Patience)
	defer cancel()
	for s.ask(ctx) != nil {
		if !sleep(ctx, 10*time.Millisecond) {
			t.Fatal("none serves")
		}
	}
	before := s.all["a"].client
	wanted["a"] = Provider{Target: wanted["a"].Target, Weight: 2, Stall: time.Second}
	if err := s.apply(wanted, ""); err != nil || s.all["a"].client != before {
		t.Errorf("the connection was not kept: %v", err)
	}
	if got := s.speaks(); !slices.Equal(got, []string{"en", "fr"}) {
		t.Errorf("they speak %q", got)
	}
	a.Break(ttstest.Refuse)
	st, err := s.pool.Speak(ctx, redact.Authored("Nobody has rendered this."), tts.Voice{Language: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.Copy(io.Discard, samples{st}); err != nil || len(b.Spoken()) != 1 {
		t.Errorf("b spoke %q, %v", b.Spoken(), err)
	}
	st.Close()
	registry := prometheus.NewRegistry()
	if err := telemetry.Register(registry, s.readings()...); err != nil {
		t.Fatal(err)
	}
	all, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, family := range all {
		text.WriteString(family.String())
	}
	for _, want := range []string{"callward_tts_engine_failures_total", "Unavailable", "callward_tts_switches_total"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
}

func TestAFillerOfAStandInIsSpokenAgainOnceTheFirstIsBack(t *testing.T) {
	a, b := &ttstest.Tone{}, &ttstest.Tone{}
	s, err := newSynthesizers(Speech{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	first, second := patient(t, a), patient(t, b)
	second.Priority = 1
	if err := s.apply(map[string]Provider{"a": first, "b": second}, ""); err != nil {
		t.Fatal(err)
	}
	key := fillerKey{"line", "en"}
	sp := &speech{
		tts: s, log: slog.New(slog.DiscardHandler), fillers: map[fillerKey][]int16{}, better: map[fillerKey]bool{},
		wanted: map[fillerKey]assistant.Line{key: {Phrase: assistant.Phrase{Text: "One moment that nobody has rendered."}}},
	}
	a.Break(ttstest.Refuse)
	sp.fill(t.Context())
	if len(sp.fillers[key]) == 0 || len(b.Spoken()) != 1 {
		t.Fatalf("%d samples, b spoke %q", len(sp.fillers[key]), b.Spoken())
	}
	a.Break(ttstest.None)
	for range 3 {
		sp.fill(t.Context())
	}
	if len(a.Spoken()) != 1 || len(b.Spoken()) != 1 || len(sp.missing()) != 0 {
		t.Errorf("a spoke %q, b %q; %d are missing", a.Spoken(), b.Spoken(), len(sp.missing()))
	}
}

// samples lets io read a stream, a byte for each sample.
type samples struct{ *tts.Stream }

func (s samples) Read(b []byte) (int, error) { return s.Stream.Read(make([]int16, len(b))) }
