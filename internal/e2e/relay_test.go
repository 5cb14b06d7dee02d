package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/callward/callward/sip/siptest"
)

// relayAlone has a page's calls go through a relay, as where a network lets nothing else out,
// and to it by one transport.
const relayAlone = `window.whole ??= RTCPeerConnection;
window.RTCPeerConnection = class extends whole {
  constructor(c) { super({...c, iceTransportPolicy: "relay", iceServers: c.iceServers.map((s) => ({...s, urls: s.urls.filter((u) => u.endsWith("?transport=%s"))}))}); }
}; 0`

// A browser whose network lets it send to a relay alone calls, and hears itself: with
// credentials that the relay, coturn, has never seen and makes of the same secret; by UDP,
// and by TCP where that alone is let out.
func TestABrowserThatReachesARelayAloneIsHeard(t *testing.T) {
	needs(t, "chromium", "flite", "sox", "turnserver")
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, "of both\n")
	port := startCoturn(t, "of both")
	l := startLine(t, "--web-call", "echo", "--speech", "unix:/nonexistent/speech.sock",
		"--ice-servers", fmt.Sprintf("{relay: {urls: ['turn:127.0.0.1:%s?transport=udp', 'turn:127.0.0.1:%[1]s?transport=tcp'], secret: 'file:%[2]s'}}", port, secret))
	p := openPage(t, microphone(t, "hello", 200*time.Millisecond), "http://"+l.http+"/call")
	for _, transport := range []string{"udp", "tcp"} {
		evaluate[int](p, fmt.Sprintf(relayAlone, transport))
		p.run("call", chromedp.Click("#call"), chromedp.WaitVisible("#end + button"))
		p.says(600)
		p.hearsTone(600)
		if used := evaluate[string](p, usedCandidate); used != "relay "+transport {
			t.Errorf("the sound goes by a candidate of type %q, by %s", used, transport)
		}
		p.run("hang up", chromedp.Click("#end"), chromedp.WaitVisible("#call"))
	}
	l.isClean()
}

// usedCandidate is the type of the address that the newest call of a page sends from, and how
// a relay is reached.
const usedCandidate = `peers.at(-1).getStats().then((all) => {
  const pair = [...all.values()].find((s) => s.type === "candidate-pair" && s.nominated);
  const own = all.get(pair?.localCandidateId);
  return own ? own.candidateType + " " + own.relayProtocol : "";
})`

// startCoturn starts a server of TURN on loopback, and gives its port.
func startCoturn(t *testing.T, secret string) (port string) {
	t.Helper()
	out := &buffer{}
	port = freePort(t)
	dir := t.TempDir()
	cmd := exec.Command("turnserver", "-n", "--no-cli", "--no-tls", "--no-dtls", "--log-file=stdout", "--simple-log",
		"--pidfile="+filepath.Join(dir, "pid"), "--userdb="+filepath.Join(dir, "db"),
		"--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--listening-port="+port, "--allow-loopback-peers",
		"--min-port=32512", "--max-port=32767", "--realm=callward.test", "--use-auth-secret", "--static-auth-secret="+secret)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("coturn said:\n%s", tail(out.String()))
		}
	})
	siptest.Eventually(t, "coturn to answer", func() bool { return answersSTUN(port) })
	return port
}

// answersSTUN reports whether a binding request (RFC 8489 section 5) is answered.
func answersSTUN(port string) bool {
	conn, err := net.Dial("udp", "127.0.0.1:"+port) //nolint:noctx // it does not wait
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write(append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, "transaction!"...))
	n, err := conn.Read(make([]byte, 1500))
	return err == nil && n >= 20
}

// hearsTone waits until what the page hears is a tone.
func (p *page) hearsTone(hz float64) {
	p.t.Helper()
	share := 0.0
	for end := time.Now().Add(siptest.Patience); time.Now().Before(end); {
		if share = shareOf(p.hears(500*time.Millisecond), hz); share > 0.8 {
			return
		}
	}
	p.t.Fatalf("of what the page hears %.0f %% are of %v Hz\n%s", 100*share, hz, p.text())
}
