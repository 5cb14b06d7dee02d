package e2e

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/internal/certs/certstest"
)

// linphoneConfig is a Linphone on loopback without a sound card. Without
// bind_address it would name the address of another interface in its offer, send
// from 127.0.0.1 all the same, and not be heard.
const linphoneConfig = `[sip]
sip_port=%[1]s
sip_tcp_port=%[1]s
sip_tls_port=%[2]s
contact=sip:guest@127.0.0.1
guess_hostname=0
ipv6_migration_done=1
use_ipv6=0
root_ca=%[3]s
verify_server_certs=1
verify_server_cn=1
[rtp]
bind_address=127.0.0.1
audio_rtp_port=32256-32511
[sound]
echocancellation=0
`

// A linphone is a running linphonec. It reads commands as a user types them, plays
// a tone and writes what it hears to a file.
type linphone struct {
	t     *testing.T
	l     *line
	keys  io.Writer
	out   *buffer
	heard string // file
	ended chan struct{}
}

// startLinphone starts a Linphone that trusts an authority.
func startLinphone(t *testing.T, l *line, authority string) *linphone {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".local/share/linphone"), 0o700); err != nil { // without its databases it cannot call
		t.Fatal(err)
	}
	config, said := filepath.Join(dir, "linphonerc"), filepath.Join(dir, "said.wav")
	write(t, config, fmt.Sprintf(linphoneConfig, freePort(t), freePort(t), authority))
	tone(t, said, 30*time.Second)
	p := &linphone{t: t, l: l, out: &buffer{}, heard: filepath.Join(dir, "heard.wav"), ended: make(chan struct{})}
	cmd := exec.Command("linphonec", "-c", config)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")} // and nothing of the user's own Linphone
	cmd.Stdout, cmd.Stderr = p.out, p.out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	keys, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.keys = keys
	go func() { defer close(p.ended); _ = cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-p.ended })
	p.do("soundcard use files", "Using wav files")
	p.do("record "+filepath.Base(p.heard), "record ") // its terminal shows no long lines
	p.do("play "+filepath.Base(said), "play ")
	return p
}

// do types a command and waits until Linphone says, after what it said before,
// that it is done.
func (p *linphone) do(command, done string) {
	p.t.Helper()
	before := len(p.out.String())
	if _, err := fmt.Fprintln(p.keys, command); err != nil {
		p.t.Fatalf("linphonec: %v\n%s", err, tail(p.out.String()))
	}
	p.wait(command, func() bool { return strings.Contains(p.out.String()[before:], done) })
}

func (p *linphone) wait(what string, ok func() bool) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		select {
		case <-p.ended:
			if ok() {
				return
			}
			p.t.Fatalf("linphonec ended before %q was done\n%s", what, tail(p.out.String()))
		default:
		}
		if time.Now().After(end) {
			p.t.Fatalf("linphonec: %q was not done within 30 s\n%s", what, tail(p.out.String()))
		}
	}
}

// hear waits until Linphone has written so much more of what it hears.
func (p *linphone) hear(d time.Duration) {
	p.t.Helper()
	want := p.size() + 2*rate*int64(d/time.Second)
	p.wait(fmt.Sprintf("hear %s", d), func() bool { return p.size() >= want })
}

// size is how many bytes Linphone has written of what it hears.
func (p *linphone) size() int64 {
	s, err := os.Stat(p.heard)
	if err != nil {
		return 0
	}
	return s.Size()
}

// quit ends Linphone, and gives all that it heard.
func (p *linphone) quit() []int16 {
	p.t.Helper()
	p.do("quit", "Terminating")
	p.wait("quit", func() bool {
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	})
	return readWAV(p.t, p.heard)
}

func TestLinphoneHearsTheLine(t *testing.T) {
	t.Parallel()
	needs(t, "linphonec", "sox")
	ca := certstest.New(t)
	// Linphone compares names only, so an address on the certificate would not do.
	cert, key, _ := ca.Issue("line", "localhost", time.Now().Add(time.Hour))
	secure := freePort(t)
	l := startLine(t, "--sip", "tls:127.0.0.1:"+secure, "--tls-certificate", cert, "--tls-key", key).ready()
	for transport, at := range map[string]string{"udp": l.sip, "tcp": l.sip, "tls": "localhost:" + secure} {
		t.Run(transport, func(t *testing.T) {
			before := len(l.ended())
			p := startLinphone(t, l, ca.File)
			p.do(fmt.Sprintf("call sip:line-en@%s;transport=%s", at, transport), "Media streams established")
			p.hear(3 * time.Second)
			for i := 0; i < 6 && loudness(readWAV(t, p.heard)) < 200; i++ { // on a busy machine the voice is late
				p.hear(2 * time.Second)
			}
			p.do("terminate", "ended (No error)")
			heard := p.quit()
			t.Logf("Linphone heard %d samples with loudness %.0f", len(heard), loudness(heard))
			if loudness(heard) < 200 {
				t.Errorf("Linphone heard %d samples with loudness %.0f\n%s", len(heard), loudness(heard), p.out)
			}
			l.waitFor("the end of Linphone's call", 30*time.Second, func() bool { return len(l.ended()) > before })
		})
	}
	t.Run("a certificate of a stranger", func(t *testing.T) {
		p := startLinphone(t, l, certstest.New(t).File)
		p.do(fmt.Sprintf("call sip:line-en@localhost:%s;transport=tls", secure), "error.")
	})
	l.isClean()
}

// Another phone than ours keeps the route of a proxy, holds the call and takes it
// back, and then hears itself again.
func TestLinphoneHoldsThroughAProxy(t *testing.T) {
	t.Parallel()
	needs(t, "linphonec", "kamailio", "sox")
	l := startLine(t, "--speech", "unix:/nonexistent/speech.sock")
	for _, s := range sides {
		t.Run(s.caller+" to "+s.line, func(t *testing.T) {
			proxy := startProxy(t, l, s.line)
			p := startLinphone(t, l, "")
			p.do(fmt.Sprintf("call sip:echo@%s;transport=%s", proxy.at, s.caller), "Media streams established")
			p.hear(2 * time.Second)
			p.do("pause", "is now paused")
			held := p.size()
			p.do("resume", "Media streams established")
			p.hear(2 * time.Second)
			p.do("terminate", "ended (No error)")
			heard := p.quit()
			first, second := loudness(heard[:held/2]), loudness(heard[held/2:])
			t.Logf("Linphone heard itself with loudness %.0f, and %.0f after the hold", first, second)
			if first < 200 || second < 200 {
				t.Errorf("Linphone heard itself with loudness %.0f, and %.0f after the hold\n%s", first, second, p.out)
			}
			proxy.expect(t, "ACK", false, s.caller, s.routes)
			proxy.expect(t, "BYE", false, s.caller, s.routes)
			proxy.expectOffers(t, 2, s.routes)
		})
	}
	l.isClean()
}

const deskTenants = `{default: {numbers: {line-en: {language: en}}, queues: {billing: {}, technical: {}, emergency: {}},
  agents: {jean: {password: j, queues: [billing, technical, emergency]}, marie: {password: m, queues: [technical]}}}}`

// An agent with another phone than ours answers a caller and sends him to a colleague,
// who is heard.
func TestLinphoneTransfersACallerToAColleague(t *testing.T) {
	t.Parallel()
	needs(t, "linphonec", "sox", "flite")
	l := startLine(t, "--speech", "unix:/nonexistent/speech.sock", "--tenants", deskTenants) // by keypad: a key fetches a human
	p := startLinphone(t, l, "")
	p.do(fmt.Sprintf("register sip:jean@127.0.0.1 sip:%s j", l.sip), "register ")
	l.waitFor("jean's phone to be there", 30*time.Second, func() bool { n, _ := l.metric("callward_sip_registrations"); return n == 1 })
	dir := t.TempDir()
	said, heard := filepath.Join(dir, "said.wav"), filepath.Join(dir, "heard.wav")
	tone(t, said, 40*time.Second)
	caller := exec.Command(program(t, "callgen"), "call", "--to", "sip:line-en@"+l.sip, "--api", "http://"+l.http, "--no-wait", "--dtmf", "7", "--wav", said, "--record", heard, "--hangup-after", "1m")
	caller.Env = l.env()
	caller.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := caller.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { defer close(gone); _ = caller.Wait() }()
	t.Cleanup(func() { _ = caller.Process.Kill(); <-gone })
	l.waitFor("jean's phone to ring", 60*time.Second, func() bool { return strings.Contains(l.get("/api/v1/agents"), `"ringing"`) })
	p.wait("the call", func() bool { return strings.Contains(p.out.String(), "incoming call") }) // the agent rings a moment before his phone does
	p.do("answer", "Media streams established")
	p.hear(2 * time.Second)
	marie := startColleague(t, l)
	p.do("transfer sip:marie@"+l.sip, "has been transfered")
	l.waitFor("the caller to talk with marie", 30*time.Second, func() bool {
		return strings.Contains(marie.String(), "callgen.hears")
	})
	talking := time.Duration(0)
	p.wait("Linphone's call to end", func() bool { return strings.Contains(p.out.String(), "ended (") })
	if jean := p.quit(); loudness(jean) < 200 {
		t.Errorf("jean heard %d samples with loudness %.0f", len(jean), loudness(jean))
	}
	l.waitFor("her greeting to be over", 30*time.Second, func() bool { talking += 50 * time.Millisecond; return talking > 4*time.Second })
	_ = caller.Process.Signal(os.Interrupt)
	<-gone
	pcm := readWAV(t, heard)
	if end := pcm[len(pcm)-min(len(pcm), 4*rate):]; loudness(end) < 200 {
		t.Errorf("in the last of %d samples the caller heard loudness %.0f", len(pcm), loudness(end))
	}
	if r := l.isOver(); r.Agent != "marie" {
		t.Errorf("the record names %q", r.Agent)
	}
	l.isClean()
}

// startColleague starts marie's phone, and gives what it tells.
func startColleague(t *testing.T, l *line) *buffer {
	t.Helper()
	out := &buffer{}
	cmd := exec.Command(program(t, "callgen"), "agent", "--json", "--register", l.sip, "--user", "marie", "--password", "m", "--answer-after", "100ms",
		"--say", "Hello, this is Marie. I have your file before me and see what it is about.")
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	l.waitFor("marie's phone to be there", 30*time.Second, func() bool {
		return strings.Contains(l.get("/api/v1/agents"), `"marie"`) && strings.Contains(out.String(), "callgen.registered")
	})
	return out
}
