package telemetry

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheLogLevelMayChangeWhileRunning(t *testing.T) {
	var out bytes.Buffer
	level := new(slog.LevelVar)
	log := NewLogger(&out, Log{JSON: true, Level: level})
	log.Debug("hidden")
	level.Set(slog.LevelDebug)
	log.Debug("shown", slog.Int("n", 1))

	var line struct {
		Msg string
		N   int
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("want one JSON line, got %q: %v", out.String(), err)
	}
	if line.Msg != "shown" || line.N != 1 {
		t.Errorf("line = %+v", line)
	}
}

func TestReadingsAreAskedAtEachScrape(t *testing.T) {
	r := NewRegistry("v0")
	n := 0.0
	err := Register(r,
		Reading{Name: "callward_calls_active", Help: "x", Labels: []string{"tenant"}, Read: func() []Sample {
			n++
			return []Sample{{Value: n, Labels: []string{"default"}}}
		}},
		Reading{Name: "callward_media_ticks_late_total", Help: "x", Counter: true, Read: One(func() float64 { return 7 })},
	)
	if err != nil {
		t.Fatal(err)
	}
	scrape(t, Handler(r))
	body := scrape(t, Handler(r))
	for _, want := range []string{
		`callward_calls_active{tenant="default"} 2`,
		`# TYPE callward_media_ticks_late_total counter`,
		`callward_media_ticks_late_total 7`,
		`callward_build_info{version="v0"} 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %q", want)
		}
	}
}

func scrape(t *testing.T, h http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("scrape: %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}
