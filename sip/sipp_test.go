package sip_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// sipp runs a scenario of testdata/sipp against a server; the test fails unless
// every call of it succeeds.
func sipp(t *testing.T, at *sip.Server, scenario, network string, more ...string) {
	t.Helper()
	bin, err := exec.LookPath("sipp")
	if err != nil {
		t.Skip("sipp is not installed (Debian: sip-tester): its scenarios are not run")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*siptest.Patience)
	defer cancel()
	addr, _ := at.Addr(network)
	file, err := filepath.Abs(filepath.Join("testdata", "sipp", scenario+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	mode := map[string]string{"udp": "u1", "tcp": "t1"}[network] // Debian's is built without TLS
	args := append([]string{
		addr.String(), "-sf", file, "-m", "1", "-i", "127.0.0.1", "-p", freePort(t), "-t", mode,
		"-nostdin", "-timeout", "20s", "-timeout_error", "-trace_err", "-recv_timeout", "15000",
	}, more...)
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = t.TempDir()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		logs, _ := filepath.Glob(filepath.Join(cmd.Dir, "*errors.log"))
		for _, l := range logs {
			b, _ := os.ReadFile(l)
			t.Logf("%s", b)
		}
		t.Fatalf("sipp %s over %s: %v\n%s", scenario, network, err, tail(out.String(), 30))
	}
}

func sippNetworks() []string { return []string{"udp", "tcp"} }

func tail(s string, n int) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// freePort is one that sipp can bind, over UDP and TCP: nobody else is about to. It
// lies below those that the kernel gives to connections of other tests.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		at := fmt.Sprintf("127.0.0.1:%d", 11000+rand.IntN(5000))
		c, err := net.ListenPacket("udp", at)
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp", at)
		_ = c.Close()
		if err != nil {
			continue
		}
		_ = l.Close()
		_, port, _ := strings.Cut(at, ":")
		return port
	}
	t.Fatal("no port is free")
	return ""
}

// users writes what sipp fills in: a name, and how it signs.
func users(t *testing.T, password string, names ...string) string {
	t.Helper()
	text := "SEQUENTIAL\n"
	for _, name := range names {
		text += fmt.Sprintf("%s;[authentication username=%s password=%s];\n", name, name, password)
	}
	file := filepath.Join(t.TempDir(), "users.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSippCalls(t *testing.T) {
	for _, network := range sippNetworks() {
		t.Run(network, func(t *testing.T) {
			bob := siptest.NewPhone(t, "bob", nil)
			bob.AnswerAlways()
			sipp(t, bob.Server, "call", network, "-m", "100", "-r", "100")
			noDialogs(t, bob.Server)
			if n := bob.Stats().Invites; n != 100 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

func TestSippCancels(t *testing.T) {
	for _, network := range sippNetworks() {
		t.Run(network, func(t *testing.T) {
			bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
				c.Handler = sip.HandlerFunc(func(ctx context.Context, l *sip.Leg) { _ = l.Progress(ctx, 180, nil) })
			})
			sipp(t, bob.Server, "cancel", network, "-m", "20", "-r", "50")
			noDialogs(t, bob.Server)
		})
	}
}

func TestSippSendsAMethodNobodyKnows(t *testing.T) {
	bob := siptest.NewPhone(t, "bob", nil)
	for _, network := range sippNetworks() {
		sipp(t, bob.Server, "method", network)
	}
}

func TestSippNeverAcknowledges(t *testing.T) {
	for _, network := range sippNetworks() {
		t.Run(network, func(t *testing.T) {
			bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
				short(c)
				c.Timers.T1, c.Timers.T2 = 10_000_000, 160_000_000 // 10 and 160 ms: 8 copies in 640 ms
			})
			bob.AnswerAlways()
			sipp(t, bob.Server, "noack", network)
			noDialogs(t, bob.Server)
		})
	}
}

func TestSippRegisters(t *testing.T) {
	for _, network := range sippNetworks() {
		t.Run(network, func(t *testing.T) {
			o := newOffice(t, func(c *sip.Config) { c.Algorithms = []string{"MD5"} }) // sipp looks at the first alone
			sipp(t, o.Server, "register", network, "-inf", users(t, "secret", "agent"))
			if network == "udp" {
				if _, ok := o.Locate("agent"); !ok {
					t.Error("not registered")
				}
			}
			sipp(t, o.Server, "register-bad", network, "-inf", users(t, "wrong", "agent", "nobody"), "-m", "2")
		})
	}
}
