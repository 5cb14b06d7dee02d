package e2e

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/sip/siptest"
)

func TestFrenchCallersWithoutAModelAreServedByKeypad(t *testing.T) {
	t.Parallel()
	needs(t, "espeak-ng")
	l := startLine(t).ready()
	v := l.callTill(t.Context(), replied(), "line-fr", "--lang", "fr", "--dtmf", "1")
	if len(v.all(call.KindCallerKeyed)) == 0 || firstReply(v).Text.Empty() {
		t.Errorf("no reply to a key:\n%s", v.story())
	}
	if len(v.all(call.KindDisclosure)) == 0 {
		t.Errorf("no opening:\n%s", v.story())
	}
}

func TestTheBilingualNumberTakesAKeyOrTheFirstWords(t *testing.T) {
	t.Parallel()
	needs(t, "flite")
	l := startLine(t).ready()
	for _, c := range []struct {
		does []string
		want string
	}{
		{[]string{"--dtmf", "2"}, "fr"},
		{[]string{"--lang", "en", "--say", "what are your opening hours"}, "en"},
	} {
		got, chosen := "", false
		v := l.callTill(t.Context(), func(e call.Entry) bool {
			chosen = chosen || e.Kind == call.KindCallerSaid || e.Kind == call.KindCallerKeyed
			if e.Kind == call.KindBotDone && e.Language != "" {
				got = e.Language
			}
			return chosen && e.Kind == call.KindBotDone && got != ""
		}, "line", c.does...)
		if got != c.want {
			t.Errorf("%v: the call goes on in %q, want %q\n%s", c.does, got, c.want, v.story())
		}
	}
}

func TestALineWithoutSpeechApologizesAndFindsAHuman(t *testing.T) {
	t.Parallel()
	l := startLine(t, "--speech", "unix:/nonexistent/speech.sock", "--demo-agent")
	if got := l.status("/readyz"); got == 200 {
		t.Error("/readyz says that all is well")
	}
	if !strings.Contains(l.get("/readyz"), "speech") {
		t.Errorf("/readyz does not name the speech backend: %s", l.get("/readyz"))
	}
	wav := t.TempDir() + "/out.wav"
	v := l.call(t.Context(), "line-en", "--record", wav, "--dtmf", "0", "--wait-agent", "60s", "--hangup-after", "3s")
	apology := false
	for _, e := range v.all(call.KindBotSaid) {
		apology = apology || strings.Contains(e.Text.String(), "our fault")
	}
	if !apology {
		t.Errorf("nobody says sorry:\n%s", v.story())
	}
	if len(v.all(call.KindBridged)) == 0 {
		t.Errorf("the caller did not reach a human:\n%s", v.story())
	}
	if loudness(readWAV(t, wav)) < 100 {
		t.Error("the caller heard nothing")
	}
}

func TestAnOccupiedPortIsOneLineThatNamesIt(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			at := "127.0.0.1:" + freePort(t)
			switch network {
			case "udp":
				c, err := net.ListenPacket("udp", at)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
			case "tcp":
				c, err := net.Listen("tcp", at)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
			}
			out, err := exec.CommandContext(t.Context(), program(t, "callward"), "serve", "--sip", at, "--http", "127.0.0.1:"+freePort(t)).CombinedOutput()
			text := strings.TrimSpace(string(out))
			if err == nil || !strings.Contains(text, at) || strings.Count(text, "\n") > 0 {
				t.Errorf("got %v:\n%s", err, text)
			}
		})
	}
}

func TestGarbageDoesNotHurt(t *testing.T) {
	t.Parallel()
	l := startLine(t)
	c, err := net.Dial("udp", l.sip)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := range 2000 {
		_, _ = fmt.Fprintf(c, "garbage %d \x00\xff\r\n\r\n", i)
	}
	reply := make([]byte, 4096)
	n := 0
	// A kernel that has no room for all of the garbage drops what comes last, so it is said again, as UDP is used.
	siptest.Eventually(t, "an answer to an unknown method", func() bool {
		if _, err := fmt.Fprintf(c, "DANCE sip:line@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKx;rport\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:line@c>\r\nCall-ID: x\r\nCSeq: 1 DANCE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", l.sip, c.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		n, err = c.Read(reply)
		return err == nil
	})
	if !strings.HasPrefix(string(reply[:n]), "SIP/2.0 405") {
		t.Errorf("an unknown method got %q", reply[:n])
	}
	if n := len(l.out.String()); n > 100_000 {
		t.Errorf("the garbage made %d bytes of log", n)
	}
}

func TestWrongCredentialsAreForbidden(t *testing.T) {
	t.Parallel()
	l := startLine(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program(t, "callgen"), "agent", "--register", l.sip, "--user", "nobody", "--password", "wrong").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "403") {
		t.Errorf("got %v:\n%s", err, out)
	}
}

func TestABadFileChangesNothingAtReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := dir + "/callward.yaml"
	write(t, file, "version: 1\n")
	l := startLine(t, "--config", file)
	write(t, file, "version: 1\nlisteners:\n  spi: [127.0.0.1:5060]\n")
	out, err := exec.CommandContext(t.Context(), program(t, "callward"), "config", "check", "--config", file).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "callward.yaml:3:") {
		t.Errorf("config check: %v\n%s", err, out)
	}
	if err := l.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	l.waitFor("the refusal in the log", siptest.Patience, func() bool { return strings.Contains(l.out.String(), "spi") })
	if l.status("/healthz") != 200 {
		t.Error("the line went down")
	}
}
