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

// gating names the checks that no busy machine fails and, but for CALLWARD_SLOW,
// that do not take long.
func gating(s conformance.Service) []string {
	timed := map[string]bool{
		"asr.latency": true, "asr.progress": true, "asr.parallel": true, "asr.endpoint.force": true, "asr.half_close": true,
		"tts.latency": true, "tts.max_lead": true,
	}
	long := map[string]bool{
		"asr.formats": true, "asr.g711": true, "asr.hints": true, "asr.slow_reader": true, "asr.client.killed": true, "asr.pause": true,
	}
	slow := os.Getenv("CALLWARD_SLOW") != ""
	var ids []string
	for _, c := range conformance.Checks(s) {
		if !timed[c.ID] && (slow || !long[c.ID]) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
