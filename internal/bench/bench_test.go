package bench_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/internal/bench"
)

// built gives a program of ours, if it was built.
func built(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("bin/%s is not built, so the benchmark was not tried; build it with: make build", name)
	}
	return path
}

func TestTheBenchmarkMeasuresEveryRow(t *testing.T) {
	if _, err := exec.LookPath("flite"); err != nil {
		t.Skip("flite is not installed, so the benchmark has no caller; install it with: deploy/setup.sh test")
	}
	o := bench.Quick()
	o.Callward, o.Speechd, o.Part = built(t, "callward"), built(t, "speechd"), part
	o.Calls, o.Settle, o.Window, o.Speaking = []int{2}, 200*time.Millisecond, time.Second, 2*time.Second
	o.Progress = func(what string) { t.Log(what) }
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, row := range r.Rows {
		kinds = append(kinds, row.Kind)
		if row.Calls != 2 || row.CPU <= 0 || row.Packets <= 0 || row.CPURatio <= 0 {
			t.Errorf("%s was not measured: %+v", row.Kind, row)
		}
	}
	want := []string{bench.RawPaced, bench.RawEcho, bench.Music, bench.Bot}
	if strings.Join(kinds, ";") != strings.Join(want, ";") {
		t.Fatalf("rows %q, want %q", kinds, want)
	}
	if bot := r.Rows[3]; bot.Heard <= 0 || bot.Allocations <= 0 {
		t.Errorf("the server was not asked: %+v", bot)
	}
	if len(r.Setups) != 3 {
		t.Fatalf("%d transports were measured", len(r.Setups))
	}
	for _, s := range r.Setups {
		if s.Failed > 0 || s.CPU <= 0 || s.P95 <= 0 || s.Calls != s.Rate {
			t.Errorf("calls over %s: %+v", s.Network, s)
		}
	}
	if r.Speechd == nil || r.Speechd.CPU <= 0 || r.Speechd.PerSecond <= 0 {
		t.Errorf("speechd was not measured: %+v", r.Speechd)
	}
}

func TestABrokenServerFailsTheRunWithItsWords(t *testing.T) {
	if _, err := exec.LookPath("flite"); err != nil {
		t.Skip("flite is not installed, so the benchmark has no caller; install it with: deploy/setup.sh test")
	}
	broken := filepath.Join(t.TempDir(), "callward")
	if err := os.WriteFile(broken, []byte("#!/bin/sh\necho it will not start >&2\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	o := bench.Quick()
	o.Callward, o.Part = broken, part
	o.Calls, o.Settle, o.Window = []int{1}, 100*time.Millisecond, 300*time.Millisecond
	_, err := bench.Run(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "it will not start") {
		t.Fatalf("error %v does not say why", err)
	}
}

func TestWhatCannotBeMeasuredIsRefused(t *testing.T) {
	good := bench.Quick()
	good.Callward, good.Part = os.Args[0], part
	for name, spoil := range map[string]func(*bench.Options){
		"no calls":   func(o *bench.Options) { o.Calls = nil },
		"zero calls": func(o *bench.Options) { o.Calls = []int{0} },
		"too many":   func(o *bench.Options) { o.Calls = []int{100000} },
		"no window":  func(o *bench.Options) { o.Window = 0 },
		"no program": func(o *bench.Options) { o.Callward = "/nonexistent/callward" },
		"no speechd": func(o *bench.Options) { o.Speechd = "/nonexistent/speechd" },
	} {
		o := good
		spoil(&o)
		if _, err := bench.Run(t.Context(), o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestTheReportSaysWhatIsOff(t *testing.T) {
	r := bench.Report{Conditions: bench.Conditions{Load: 3, OtherCore: 1}, Rows: []bench.Row{
		{Kind: bench.RawPaced, Calls: 50, Packets: 50, Voiced: 100},
		{Kind: bench.Bot, Calls: 50, Packets: 40, Others: 30, Synthesized: 2, Heard: 60},
	}}
	var out bytes.Buffer
	r.Write(&out)
	for _, want := range []string{
		"load average 3.00", "other programs took 30 %", "40.0 packets a second instead of 50",
		"2 texts came from the engine", "the recognizer heard 60.0 %",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, out.String())
		}
	}
	if n := len((bench.Report{Conditions: bench.Conditions{OtherCore: 1}, Rows: r.Rows[:1]}).Warnings()); n != 0 {
		t.Errorf("%d warnings about nothing", n)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}
