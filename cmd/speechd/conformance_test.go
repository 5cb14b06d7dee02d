package main

import (
	"os"
	"testing"

	"github.com/callward/callward/internal/conformance"
	"github.com/callward/callward/internal/speechd/recog"
)

// The backend keeps the contract that it asks of others. How fast it is depends
// on what else the machine does: that is not judged here.
func TestTheBackendConforms(t *testing.T) {
	if err := recog.CheckDir(recog.EnglishDir); err != nil {
		t.Skipf("SKIPPED: no English model: %v (apt-get install pocketsphinx-en-us)", err)
	}
	p := start(t, "", "--reflection")
	p.dial()
	for _, s := range []conformance.Service{conformance.ASR, conformance.TTS} {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			r, err := conformance.Run(t.Context(), conformance.Options{
				Service: s, Address: "unix:" + p.socket, Languages: []string{"en"}, Only: gating(s),
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range r.Results {
				if x.State == conformance.Failed {
					t.Error(x.Line())
				}
			}
		})
	}
}

// All checks, in the languages that there are models of, one service after the other: who runs this has a machine
// that does nothing else.
func TestSlowTheBackendConformsInAll(t *testing.T) {
	if os.Getenv("CALLWARD_SLOW") == "" {
		t.Skip("SKIPPED: set CALLWARD_SLOW=1 (`make test-slow`)")
	}
	if err := recog.CheckDir(recog.EnglishDir); err != nil {
		t.Skipf("SKIPPED: no English model: %v (apt-get install pocketsphinx-en-us)", err)
	}
	p := start(t, "", "--reflection")
	p.dial()
	for _, s := range []conformance.Service{conformance.ASR, conformance.TTS} {
		r, err := conformance.Run(t.Context(), conformance.Options{Service: s, Address: "unix:" + p.socket})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range r.Results {
			switch {
			case x.State == conformance.Failed && x.Level == conformance.Must:
				t.Error(x.Line())
			case x.State == conformance.Failed:
				t.Log(x.Line())
			}
		}
		t.Log(r.Summary())
	}
}

// gating names the checks that no busy machine fails and that do not take long: `make
// test-slow` runs all of them.
func gating(s conformance.Service) []string {
	left := map[string]bool{
		"asr.latency": true, "asr.progress": true, "asr.progress.resume": true, "asr.parallel": true, "asr.apart": true, "asr.endpoint.force": true, "asr.half_close": true,
		"tts.latency": true, "tts.max_lead": true,
		"asr.formats": true, "asr.g711": true, "asr.hints": true, "asr.slow_reader": true, "asr.client.killed": true, "asr.pause": true,
	}
	var ids []string
	for _, c := range conformance.Checks(s) {
		if !left[c.ID] {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
