package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/internal/bench"
)

// crowded is callward that takes so few calls that the benchmark finds it full.
func crowded(t *testing.T, calls int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "callward")
	text := fmt.Sprintf("#!/bin/sh\nexec '%s' \"$@\" --max-calls %d\n", built(t, "callward"), calls)
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	return path
}

func TestTheMediaBenchmarkMeasuresEveryRowAndSaysWhichItCannot(t *testing.T) {
	if _, err := exec.LookPath("flite"); err != nil {
		t.Skip("flite is not installed, so the benchmark has no caller; install it with: deploy/setup.sh test")
	}
	o := bench.QuickMedia()
	o.Callward, o.Part = crowded(t, 3), part
	o.Calls, o.Window = []int{2, 5}, 1500*time.Millisecond
	o.Progress = func(what string) { t.Log(what) }
	r, err := bench.RunMedia(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range r.Rows {
		rows = append(rows, fmt.Sprint(row.Kind, row.SRTP, row.Calls))
		if row.CPU <= 0 || row.Packets <= 0 || row.CPURatio <= 0 || row.Unopened > 0 {
			t.Errorf("%s was not measured: %+v", row.Kind, row)
		}
		if row.Kind == bench.Bot && row.Heard <= 0 {
			t.Errorf("the bot heard nothing: %+v", row)
		}
	}
	var want []string
	for _, srtp := range []bool{false, true} {
		for _, kind := range []string{bench.RawPaced, bench.RawEcho} {
			want = append(want, fmt.Sprint(kind, srtp, 2), fmt.Sprint(kind, srtp, 5))
		}
	}
	for _, kind := range []string{bench.Music, bench.Echo, bench.Bot} {
		want = append(want, fmt.Sprint(kind, false, 2), fmt.Sprint(kind, true, 2))
	}
	if strings.Join(rows, ";") != strings.Join(want, ";") {
		t.Errorf("rows %q, want %q", rows, want)
	}
	// of calls that have just ended some may still count, on a machine that others load
	if len(r.Unmeasured) != 6 || r.Unmeasured[0].Calls != 5 || !strings.Contains(r.Unmeasured[5].Why, " of 5 calls stood") {
		t.Errorf("it is not said of each kind of call which row is missing: %+v", r.Unmeasured)
	}
	if s := r.Stall; s == nil || s.Calls != 2 || s.Longest < 100 {
		t.Errorf("the server did not stand still: %+v", s)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestOnlySuitesThatAreSpokenAreMeasured(t *testing.T) {
	o := bench.QuickMedia()
	o.Callward, o.Part, o.Suite = os.Args[0], part, "NULL"
	if _, err := bench.RunMedia(t.Context(), o); err == nil || !strings.Contains(err.Error(), "NULL") {
		t.Errorf("error %v", err)
	}
}

func TestTheMediaReportSaysWhatIsMetAndWhatIsOff(t *testing.T) {
	r := bench.MediaReport{Conditions: bench.Conditions{OtherCore: 1}, Suite: "AEAD_AES_128_GCM", Tries: 3, Rows: []bench.Row{
		{Kind: bench.Music, Calls: 300, CPU: 6, CallMB: 0.2, Packets: 50, Pacing: bench.Quantiles{P99: 0.5, P999: 1.5}},
		{Kind: bench.Music, SRTP: true, Calls: 300, CPU: 7.2, Packets: 50, Callers: 95, Unopened: 4},
	}, Unmeasured: []bench.Unmeasured{{Kind: bench.Bot, Calls: 1000, Why: "the server is full"}}}
	r.Slopes = []bench.Slope{
		{Kind: bench.Music, From: 300, To: 1000, CPU: 5, Most: 2000},
		{Kind: bench.Bot, From: 300, To: 1000, CPU: 10, Most: 950},
	}
	r.Stall = &bench.Stall{Calls: 300, Stood: 200, Missing: 10, Seconds: 11}
	var out bytes.Buffer
	r.Write(&out)
	for _, want := range []string{
		"met:    300 playing calls: 6.0 %", "met:    gaps at 300", "missed: memory at 300 playing calls: 0.200 MB", "met:    playing calls until the core is full: 2000",
		"missed: callward: answered, plays, 300 calls: +20 % CPU by SRTP", "missed: no delay stays after a stall: 10 packets missing",
		"the core is full at about 2000 (extrapolated)", "the core was full at about 950\n",
		"1000 calls: not measured: the server is full", "one call in 20",
		"! callward: answered, plays, SRTP, 300 calls: the callers' core was 95 % busy, so that gaps and losses may be theirs; 4 packets did not open",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, out.String())
		}
	}
}
