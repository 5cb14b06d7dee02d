package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/codes"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/internal/telemetry"
	"github.com/callward/callward/sip/siptest"
)

// exposed gives what /metrics shows of readings: name{values of labels} value.
func exposed(t *testing.T, readings []telemetry.Reading) string {
	t.Helper()
	registry := prometheus.NewRegistry()
	if err := telemetry.Register(registry, readings...); err != nil {
		t.Fatal(err)
	}
	all, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, family := range all {
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			fmt.Fprintf(&text, "%s{%s} %v\n", family.GetName(), strings.Join(labels, ","), m.GetGauge().GetValue()+m.GetCounter().GetValue())
		}
	}
	return text.String()
}

func TestAnEngineThatIsDeadFromTheStartIsSeenThoughAnotherWorks(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s.sock")
	engine(t, socket)
	wanted := map[string]Provider{"far": {Target: nowhere}, "near": {Target: "unix:" + socket}}
	var told strings.Builder
	log := slog.New(slog.NewTextHandler(&told, nil))
	hear := newRecognizers(log)
	defer hear.close()
	speak, err := newSynthesizers(Speech{}, log)
	if err != nil {
		t.Fatal(err)
	}
	defer speak.close()
	if err := errors.Join(hear.apply(wanted, ""), speak.apply(wanted, "")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), siptest.Patience)
	defer cancel()
	for range 3 { // the same reason is told once
		if err := errors.Join(hear.ask(ctx), speak.ask(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []string{"recognizer", "synthesizer"} {
		line := `level=WARN msg="speech engine does not serve" kind=` + kind + ` engine=far`
		if strings.Count(told.String(), line) != 1 || !strings.Contains(told.String(), "no such file") {
			t.Errorf("not once %s, with its reason, in\n%s", line, &told)
		}
	}
	text := exposed(t, append(hear.readings(), speak.readings()...))
	for _, want := range []string{
		"callward_asr_engine_up{far} 0", "callward_asr_engine_up{near} 1",
		"callward_tts_engine_up{far} 0", "callward_tts_engine_up{near} 1",
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestOurOwnEnginesThatAreStillStartingAreNotWarnedOf(t *testing.T) {
	var told strings.Builder
	log := slog.New(slog.NewTextHandler(&told, nil))
	hear := newRecognizers(log)
	defer hear.close()
	speak, err := newSynthesizers(Speech{}, log)
	if err != nil {
		t.Fatal(err)
	}
	defer speak.close()
	wanted := map[string]Provider{"ours": {Target: bundled}, "far": {Target: nowhere}}
	if err := errors.Join(hear.apply(wanted, nowhere), speak.apply(wanted, nowhere)); err != nil {
		t.Fatal(err)
	}
	if hear.ask(t.Context()) == nil || speak.ask(t.Context()) == nil {
		t.Error("engines that are not there serve")
	}
	if strings.Contains(told.String(), "engine=ours") || strings.Count(told.String(), "engine=far") != 2 {
		t.Errorf("the log says\n%s", &told)
	}
}

func TestAnotherReasonIsToldButNotEachTime(t *testing.T) {
	var told strings.Builder
	log := slog.New(slog.NewTextHandler(&told, nil))
	v, now := verdict{err: errUnasked}, time.Unix(1000, 0)
	a, b := errors.New("refused"), errors.New("unknown authority")
	for _, step := range []struct {
		err   error
		after time.Duration
		lines int
	}{{a, 0, 1}, {b, time.Second, 1}, {a, time.Second, 1}, {b, time.Minute, 2}, {nil, 0, 3}, {nil, 0, 3}, {b, 0, 4}} {
		now = now.Add(step.after)
		v.becomes(step.err, log, now)
		if got := strings.Count(told.String(), "\n"); got != step.lines {
			t.Fatalf("%d lines, not %d:\n%s", got, step.lines, &told)
		}
	}
	if strings.Contains(told.String(), "nil") {
		t.Errorf("a reason that is none:\n%s", &told)
	}
}

func TestARecognizerThatGivesWayIsToldOfOnceASecond(t *testing.T) {
	var told strings.Builder
	r := newRecognizers(slog.New(slog.NewTextHandler(&told, nil)))
	defer r.close()
	for range 50 { // all calls at once
		r.switched(asr.Switch{From: "a", To: "b", Cause: &asr.EngineError{Code: codes.Unavailable}, Took: time.Second})
	}
	if got := told.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=WARN") || !strings.Contains(got, "from=a to=b") {
		t.Errorf("the log says\n%s", got)
	}
	if _, err := r.gap.GetMetricWith(prometheus.Labels{"to": "b", "cause": "Unavailable"}); err != nil {
		t.Error(err)
	}
	ch := make(chan prometheus.Metric, 10)
	r.gap.Collect(ch)
	if len(ch) != 1 {
		t.Errorf("%d kinds of switches, not one of cause Unavailable", len(ch))
	}
}

func TestLinesWhoseLanguageNobodyUnderstandsAreNamed(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s.sock")
	engine(t, socket)
	r := newRecognizers(slog.New(slog.DiscardHandler))
	defer r.close()
	s, p := &speech{asr: r}, &plan{lines: map[string]line{"1": {languages: []string{"en", "fr"}}, "2": {languages: []string{"fr"}}}}
	for languages, want := range map[string]string{"": "", "fr": "understands en:", "de": "understands en, fr:"} {
		provider := Provider{Target: "unix:" + socket}
		if languages != "" {
			provider.Languages = []string{languages}
		}
		if err := errors.Join(r.apply(map[string]Provider{"a": provider}, ""), r.ask(t.Context())); err != nil {
			t.Fatal(err)
		}
		if got := s.unheard(p); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("for engines of %q: %q, want %q", languages, got, want)
		}
	}
}
