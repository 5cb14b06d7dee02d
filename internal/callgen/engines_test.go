package callgen

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/tts/prompts"
)

func TestTheFakeRecognizerFollowsItsScript(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "script.txt")
	if err := os.WriteFile(script, []byte("# a comment\nwhat are | what are your hours\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := "unix:" + filepath.Join(dir, "asr.sock")
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- FakeASR(ctx, FakeASROptions{Listen: address, Script: script}, func(a string) { ready <- a })
	}()
	<-ready
	client, err := asr.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	s, err := client.Recognize(ctx, asr.Config{Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	frame := make([]int16, 160)
	partials, finals := 0, 0
	ticks := time.NewTicker(5 * time.Millisecond)
	defer ticks.Stop()
	for n := 0; finals == 0; {
		select {
		case <-ticks.C:
			for i := range frame {
				frame[i] = 5000
				if n > 40 {
					frame[i] = 0
				}
			}
			n++
			s.Write(frame)
		case ev := <-s.Events():
			switch ev.Kind {
			case asr.Partial:
				partials++
			case asr.Final:
				finals++
			case asr.Failed:
				t.Fatal(ev.Err)
			default:
			}
		}
	}
	if partials != 1 {
		t.Errorf("%d partials", partials)
	}
	_ = s.Close()
	_ = client.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAMissingScriptIsAUsageError(t *testing.T) {
	err := FakeASR(t.Context(), FakeASROptions{Listen: "unix:x", Script: "/nowhere"}, nil)
	if !IsUsage(err) {
		t.Errorf("%v", err)
	}
}

func TestPromptsAreRenderedOnceAndLeftOversGo(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("SKIPPED: espeak-ng is not installed: run deploy/setup.sh")
	}
	dir := t.TempDir()
	old := filepath.Join(dir, prompts.Name("fr", "Personne ne le dit plus."))
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		made, err := renderPrompt(t.Context(), dir, "fr", "Bonjour.")
		if err != nil || made != want {
			t.Errorf("made: %v, %v", made, err)
		}
	}
	name := prompts.Name("fr", "Bonjour.")
	if err := removeOthers(dir, map[string]bool{name: true}); err != nil {
		t.Fatal(err)
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 1 || files[0].Name() != name {
		t.Errorf("left: %v", files)
	}
}
