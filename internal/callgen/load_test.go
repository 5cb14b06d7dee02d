package callgen

import (
	"testing"
	"time"
)

func TestLoadPlacesItsCallsAndMeasuresWhatComesBack(t *testing.T) {
	t.Parallel()
	l := newLine(t, "udp", nil)
	clip := make([]int16, 8000)
	for i := range clip {
		clip[i] = int16(i)
	}
	report, err := Load(t.Context(), LoadOptions{
		To: l.uri("echo"), Rate: 20, Calls: 5, Hold: time.Second, Clip: clip,
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Completed != 5 || report.Silent > 0 || len(report.Failed) > 0 {
		t.Errorf("%+v", report)
	}
	if report.Received < 5*30 || report.Pacing.P50 <= 0 || report.Setup.P50 <= 0 {
		t.Errorf("%+v", report)
	}
}

func TestCallsThatFailAreCountedByReason(t *testing.T) {
	t.Parallel()
	l := newLine(t, "udp", nil)
	report, err := Load(t.Context(), LoadOptions{
		To: l.uri("busy"), Rate: 50, Calls: 3, Concurrent: 1, Hold: time.Second, Clip: make([]int16, 100),
	})
	if err == nil || report.Failed["486 busy"] != 3 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestQuantiles(t *testing.T) {
	values := make([]float64, 1001)
	for i := range values {
		values[len(values)-1-i] = float64(i)
	}
	if got := quantiles(values); got != (Quantiles{P50: 500, P99: 990, P999: 999, Max: 1000}) {
		t.Errorf("%+v", got)
	}
}
