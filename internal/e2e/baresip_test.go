package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/sip/siptest"
)

// A baresip is a running one that registers as an agent's phone, takes each call, says a
// tone and writes what it hears to a file for each call.
type baresip struct {
	l   *line
	dir string
}

// startBaresip has it say hz, for more than a minute and a half of each call.
func startBaresip(t *testing.T, l *line, user, password string, hz float64) *baresip {
	t.Helper()
	dir, out := t.TempDir(), &buffer{}
	write(t, filepath.Join(dir, "config"), fmt.Sprintf(baresipConfig, dir, certstest.New(t).File)+"net_interface 127.0.0.1\n")
	write(t, filepath.Join(dir, "accounts"), fmt.Sprintf("<sip:%s@%s;transport=udp>;auth_pass=%s;regint=60;answermode=auto;audio_codecs=PCMA/8000/1,PCMU/8000/1\n", user, l.sip, password))
	write(t, filepath.Join(dir, "contacts"), "")
	run(t, "sox", "-n", "-r", "8000", "-c", "1", "-b", "16", filepath.Join(dir, "in.wav"), "synth", "100", "sine", fmt.Sprint(hz), "vol", "0.3")
	cmd := exec.Command("baresip", "-f", dir)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("baresip said:\n%s", tail(out.String()))
		}
	})
	return &baresip{l, dir}
}

// hears waits until the last half second of a call is a tone.
func (b *baresip) hears(hz float64) {
	b.l.t.Helper()
	b.l.waitFor(fmt.Sprintf("baresip to hear %v Hz", hz), siptest.Patience, func() bool {
		files, _ := filepath.Glob(filepath.Join(b.dir, "dump-*-dec.wav")) // the pattern is well-formed
		return slices.ContainsFunc(files, func(f string) bool {
			if s, err := os.Stat(f); err != nil || s.Size() < 2*rate {
				return false
			}
			pcm := readWAV(b.l.t, f)
			return shareOf(pcm[len(pcm)-rate/2:], hz) > 0.8
		})
	})
}
