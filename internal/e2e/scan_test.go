package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The scanners that are seen most are those of sipvicious: svmap looks for servers,
// svwar for users, svcrack for a password.

// Of these two users one is an agent, whose password svcrack looks for.
const (
	agent, noAgent = "1042", "1041"
	agentPassword  = "7731"
	office         = `default:
  numbers: {line: {assistant: energy}}
  queues: {billing: {}, technical: {}, emergency: {}}
  agents: {"` + agent + `": {password: "` + agentPassword + `", queues: [billing]}}
`
)

func newOffice(t *testing.T) *line {
	t.Helper()
	needs(t, "svmap", "svwar", "svcrack")
	tenants := filepath.Join(t.TempDir(), "tenants.yaml")
	write(t, tenants, office)
	return pressed(t, "--tenants", "file:"+tenants)
}

// A relay stands between a scanner and the line, to which it shows an address of
// its own, and counts.
type relay struct {
	at    string // host:port, for scanners
	count *atomic.Int64
}

// relay opens one at an address, on the port of the line or, where the line itself
// is, on another.
func (l *line) relay(address string, count *atomic.Int64) relay {
	l.t.Helper()
	_, port, _ := net.SplitHostPort(l.sip)
	if address == trusted {
		port = freePort(l.t)
	}
	in, err := net.ListenPacket("udp", net.JoinHostPort(address, port)) //nolint:noctx // a local socket
	if err != nil {
		l.t.Fatal(err)
	}
	to, _ := net.ResolveUDPAddr("udp", l.sip)
	out, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(address)}, to)
	if err != nil {
		l.t.Fatal(err)
	}
	r := relay{in.LocalAddr().String(), count}
	var wg sync.WaitGroup
	var scanner atomic.Pointer[net.Addr]
	wg.Go(func() { r.ask(in, out, &scanner) })
	wg.Go(func() { r.answer(in, out, &scanner) })
	l.t.Cleanup(func() {
		_, _ = in.Close(), out.Close()
		wg.Wait()
	})
	return r
}

func (r relay) ask(in net.PacketConn, out io.Writer, scanner *atomic.Pointer[net.Addr]) {
	buf := make([]byte, 8192)
	for {
		n, from, err := in.ReadFrom(buf)
		if err != nil {
			return
		}
		r.count.Add(1)
		scanner.Store(&from)
		_, _ = out.Write(buf[:n])
	}
}

// strongest is the challenge that svcrack does not know, and dies of.
var strongest = regexp.MustCompile(`WWW-Authenticate: [^\r]*algorithm=SHA-256[^\r]*\r\n`)

func (r relay) answer(in net.PacketConn, out io.Reader, scanner *atomic.Pointer[net.Addr]) {
	buf := make([]byte, 8192)
	for {
		n, err := out.Read(buf)
		if err != nil {
			return
		}
		if to := scanner.Load(); to != nil {
			_, _ = in.WriteTo(strongest.ReplaceAll(bytes.Clone(buf[:n]), nil), *to)
		}
	}
}

// scan runs a scanner until it, or ctx, ends, and gives what it says.
func (l *line) scan(ctx context.Context, program string, r relay, args ...string) string {
	host, port, _ := net.SplitHostPort(r.at)
	if program == "svmap" {
		host = host[:strings.LastIndex(host, ".")] + ".1-254"
	}
	cmd := exec.CommandContext(ctx, program, append(args, "-x", "127.0.0.1", "-p", port, host)...) //nolint:gosec // our own arguments
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }                          // it says what it found so far
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(os.Environ(), "HOME="+l.tmp)
	out, _ := cmd.CombinedOutput() // what it found is what counts
	return string(out)
}

// found reads what svwar or svcrack says of a user.
func found(said, user string) string {
	if m := regexp.MustCompile(`\| ` + user + ` +\| (\S+)`).FindStringSubmatch(said); m != nil {
		return m[1]
	}
	return ""
}

// Nothing tells the agent from who is none, though the scanner is at a trunk's
// address, from where each message is answered.
func TestSvwarCannotTellAnAgentFromNobody(t *testing.T) {
	t.Parallel()
	l := newOffice(t)
	methods := []string{"REGISTER", "INVITE", "OPTIONS"}
	relays := []relay{l.relay(trusted, &atomic.Int64{}), l.relay(trusted, &atomic.Int64{}), l.relay(trusted, &atomic.Int64{})}
	r := l.relay(trusted, &atomic.Int64{})
	atOnce(len(methods), func(i int) {
		said := l.scan(t.Context(), "svwar", relays[i], "--force", "-m", methods[i], "-e", agent+","+noAgent+",1043-1050")
		if found(said, agent) != found(said, noAgent) {
			t.Errorf("%s: the agent is %q, nobody is %q\n%s", methods[i], found(said, agent), found(said, noAgent), said)
		}
		if !strings.Contains(said, "found nothing") && found(said, noAgent) == "" {
			t.Errorf("svwar did not do its work:\n%s", said)
		}
	})
	// That svcrack can find a password shows that nothing but the silence keeps it from that.
	if said := l.scan(t.Context(), "svcrack", r, "-u", agent, "-r", "7725-7735"); found(said, agent) != agentPassword {
		t.Errorf("from a trunk's address, svcrack does not find the password:\n%s", said)
	}
}

// scanned lets the three scanners work at once, from strangers' addresses, and
// gives the share of a core that it costs.
func scanned(t *testing.T, length time.Duration) {
	t.Helper()
	l := newOffice(t)
	var messages atomic.Int64
	var relays []relay
	for host := 1; host < 255; host++ {
		relays = append(relays, l.relay(fmt.Sprintf("127.66.0.%d", host), &messages))
	}
	users, crack := l.relay("127.67.0.1", &messages), l.relay("127.68.0.1", &messages)
	quiet, end := context.WithTimeout(t.Context(), length/4)
	defer end()
	idle := l.watch(quiet).cpu
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var wg sync.WaitGroup
	again := func(said *[]string, program string, r relay, args ...string) {
		wg.Go(func() {
			for ctx.Err() == nil {
				*said = append(*said, l.scan(ctx, program, r, append(args, "-t", "0.004")...))
			}
		})
	}
	var maps, wars, cracks []string
	began, spent := time.Now(), l.processor()
	again(&maps, "svmap", relays[0])
	again(&wars, "svwar", users, "--force", "-m", "OPTIONS", "-e", "1000-9999", "--maximumtime", "1000")
	again(&cracks, "svcrack", crack, "-u", agent, "-r", "1000-9999", "--maximumtime", "1000")
	wg.Wait()
	took := time.Since(began).Seconds()
	cost := (l.processor() - spent).Seconds() / took
	silenced, _ := l.metric("callward_sip_silenced")
	throttled, _ := l.metric("callward_sip_throttled_total")
	t.Logf("%.0f messages a second for %.0f s, of which %.0f %% were not read: %.1f %% of a core (%.1f %% before, with a look at /metrics five times a second)", float64(messages.Load())/took, took, 100*throttled/float64(messages.Load()), 100*cost, 100*idle)
	if cost > 0.25 {
		t.Errorf("scanners cost %.0f %% of a core", 100*cost)
	}
	if !strings.Contains(strings.Join(maps, "\n"), "Callward") {
		t.Errorf("svmap did not do its work:\n%s", tail(strings.Join(maps, "\n")))
	}
	for _, said := range wars {
		if f := found(said, agent); f != "" && f != "weird" {
			t.Errorf("svwar tells that the agent is %q:\n%s", f, tail(said))
		}
	}
	if said := strings.Join(cracks, "\n"); strings.Contains(said, agentPassword) || silenced != 1 {
		t.Errorf("%.0f sources are silenced; svcrack says\n%s", silenced, tail(said))
	}
}

func TestScannersFindNothingAndCostLittle(t *testing.T) {
	scanned(t, 6*time.Second)
}

func TestSlowScannersFindNothingAndCostLittle(t *testing.T) {
	slow(t)
	t.Parallel()
	scanned(t, time.Minute)
}
