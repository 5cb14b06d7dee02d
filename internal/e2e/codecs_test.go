package e2e

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/media/mediatest"
)

// baresip sends a tone of 5 kHz to echo in wideband codecs, and must hear it again: it
// is above all that narrowband carries.
func TestBaresipHearsItselfInWideband(t *testing.T) {
	needs(t, "baresip", "sox")
	t.Parallel()
	l := startLine(t, "--speech", "unix:/nonexistent/speech.sock")
	for codec, sampled := range map[string]string{"G722/16000/1": "-r 16000 -c 1", "opus/48000/2": "-r 48000 -c 2"} {
		t.Run(strings.ReplaceAll(codec, "/", " "), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "config"), fmt.Sprintf(baresipConfig, dir, "")+"module g722.so\nmodule opus.so\nnet_interface 127.0.0.1\n")
			write(t, filepath.Join(dir, "accounts"), fmt.Sprintf("<sip:guest@%s;transport=udp>;regint=0;audio_codecs=%s\n", l.sip, codec))
			write(t, filepath.Join(dir, "contacts"), "")
			args := append([]string{"-n", "-b", "16"}, strings.Fields(sampled)...)
			run(t, "sox", append(args, filepath.Join(dir, "in.wav"), "synth", "20", "sine", "5000", "vol", "0.3")...)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			out, err := exec.CommandContext(ctx, "baresip", "-f", dir, "-t", "6", "-e", fmt.Sprintf("/dial sip:echo@%s;transport=udp", l.sip)).CombinedOutput()
			if !strings.Contains(string(out), "Call established") {
				t.Fatalf("not answered: %v\n%s", err, out)
			}
			// mediatest hears at 8 kHz: to it, sound of 16 kHz is half as high and twice as long.
			heard := mediatest.Sounding(at16kHz(t, dir))
			if len(heard) < 3*16000 || mediatest.Share(heard, 2500) < 0.9 {
				t.Errorf("of %d samples that baresip heard, %.0f %% are its tone\n%s", len(heard), 100*mediatest.Share(heard, 2500), out)
			}
			unbroken(t, mediatest.LongestGap(heard)/2)
		})
	}
	l.isClean()
}

// at16kHz gives what baresip recorded, whose files have the rate of their codec.
func at16kHz(t *testing.T, dir string) []int16 {
	t.Helper()
	pcm := recordings(t, dir)
	files, _ := filepath.Glob(filepath.Join(dir, "dump-*-dec.wav"))
	head, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	channels, sampled := int(binary.LittleEndian.Uint16(head[22:])), int(binary.LittleEndian.Uint32(head[24:]))
	var out []int16
	for at, step := 0, channels*sampled/16000; at < len(pcm); at += step {
		out = append(out, pcm[at])
	}
	return out
}
