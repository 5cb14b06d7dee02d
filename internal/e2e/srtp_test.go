package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/media/mediatest"
)

// baresip sends a tone to echo, protected by keys in the signalling or by those of a
// handshake, and must hear it again; without protection it is refused.
func TestBaresipHearsItselfThroughSRTP(t *testing.T) {
	needs(t, "baresip", "sox")
	t.Parallel()
	ca := certstest.New(t)
	cert, key, _ := ca.Issue("line", "127.0.0.1", time.Now().Add(time.Hour))
	config := filepath.Join(t.TempDir(), "callward.yaml")
	write(t, config, "version: 1\ntrunks: {local: {from: [127.0.0.0/8], encryption: required}}\n")
	secure := "127.0.0.1:" + freePort(t)
	l := startLine(t, "--config", config, "--sip", "tls:"+secure, "--tls-certificate", cert, "--tls-key", key, "--speech", "unix:/nonexistent/speech.sock")
	for name, c := range map[string]struct{ transport, at, encryption string }{
		"keys in the description, on a line that must": {"tls", secure, "mediaenc=srtp-mand"},
		"keys in the description, on one that may":     {"tls", secure, "mediaenc=srtp"},
		"a handshake":               {"udp", l.sip, "mediaenc=dtls_srtp"},
		"keys that others can read": {"udp", l.sip, "mediaenc=srtp-mand"},
		"in the clear":              {"udp", l.sip, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "config"), fmt.Sprintf(baresipConfig, dir, ca.File)+"module srtp.so\nmodule dtls_srtp.so\nnet_interface 127.0.0.1\nrtcp_mux yes\n")
			write(t, filepath.Join(dir, "accounts"), fmt.Sprintf("<sip:guest@%s;transport=%s>;regint=0;audio_codecs=PCMA/8000/1;%s\n", c.at, c.transport, c.encryption))
			write(t, filepath.Join(dir, "contacts"), "")
			run(t, "sox", "-n", "-r", "8000", "-c", "1", "-b", "16", filepath.Join(dir, "in.wav"), "synth", "20", "sine", "440", "vol", "0.3")
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "baresip", "-f", dir, "-t", "6", "-e", fmt.Sprintf("/dial sip:echo@%s;transport=%s", c.at, c.transport))
			out, err := cmd.CombinedOutput()
			answered := strings.Contains(string(out), "Call established")
			if protected := c.encryption != "" && (c.transport == "tls" || strings.Contains(c.encryption, "dtls")); answered != protected {
				t.Fatalf("answered: %v (%v)\n%s", answered, err, out)
			}
			if !answered {
				if !strings.Contains(string(out), "488") {
					t.Errorf("refused otherwise than with 488\n%s", out)
				}
				return
			}
			heard := mediatest.Sounding(recordings(t, dir))
			if len(heard) < 3*rate || mediatest.Share(heard, 440) < 0.9 {
				t.Errorf("of %d samples that baresip heard, %.0f %% are its tone\n%s", len(heard), 100*mediatest.Share(heard, 440), out)
			}
			unbroken(t, mediatest.LongestGap(heard))
		})
	}
	l.isClean()
}
