package callgen

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/callward/callward/asr"
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
