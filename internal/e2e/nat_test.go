package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callward/callward/sip/siptest"
)

// A natted is a server behind a router that maps its address one to one, and a
// caller in front of it, each in a network namespace of its own.
type natted struct {
	t                      *testing.T
	caller, router, server string // namespaces
}

// common is a caller, a router and a server, in a row.
const common = `
ip netns add {c}
ip netns add {r}
ip netns add {s}
ip link add {id}a netns {c} type veth peer name {id}b netns {r}
ip link add {id}d netns {s} type veth peer name {id}e netns {r}
ip -n {c} link set lo up
ip -n {s} link set lo up
ip -n {c} link set {id}a up
ip -n {s} link set {id}d up
ip -n {r} link set {id}b up
ip -n {r} link set {id}e up
ip netns exec {r} sysctl -qw net.ipv4.ip_forward=1
ip netns exec {r} nft add table ip n
ip netns exec {r} nft add chain ip n pre { type nat hook prerouting priority -100 ; }
ip netns exec {r} nft add chain ip n post { type nat hook postrouting priority 100 ; }
`

// Addresses of RFC 5737, and one that cannot be reached from outside.
const (
	natCaller = "198.51.100.2"
	natPublic = "203.0.113.7"
	natServer = "10.77.0.2"

	// beforeServer is a router before the server, which has the public address.
	beforeServer = `ip -n {c} addr add 198.51.100.2/24 dev {id}a
ip -n {r} addr add 198.51.100.1/24 dev {id}b
ip -n {r} addr add 10.77.0.1/24 dev {id}e
ip -n {s} addr add 10.77.0.2/24 dev {id}d
ip -n {c} route add default via 198.51.100.1
ip -n {s} route add default via 10.77.0.1
ip netns exec {r} nft add rule ip n pre ip daddr 203.0.113.7 dnat to 10.77.0.2
ip netns exec {r} nft add rule ip n post ip saddr 10.77.0.2 snat to 203.0.113.7
ip netns exec {r} nft add chain ip n out { type filter hook forward priority 0 ; }
ip netns exec {r} nft add rule ip n out iifname {id}b ct original ip daddr != 203.0.113.7 ct state new drop`
)

// The router of a home, whose phones name addresses that nobody else knows; what it
// makes of their ports is anybody's guess.
const (
	homeRouter = "203.0.113.1"
	homeServer = "203.0.113.2"

	home = `ip -n {c} addr add 192.168.7.2/24 dev {id}a
ip -n {r} addr add 192.168.7.1/24 dev {id}b
ip -n {r} addr add 203.0.113.1/24 dev {id}e
ip -n {s} addr add 203.0.113.2/24 dev {id}d
ip -n {c} route add default via 192.168.7.1
ip netns exec {r} nft add rule ip n post ip saddr 192.168.7.2 ip protocol udp masquerade random`
)

// networks counts those of this process: their names are the machine's.
var networks atomic.Int32

func newNatted(t *testing.T, network string) *natted {
	t.Helper()
	needs(t, "ip", "nft", "sox")
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root can make network namespaces; no call is placed through a NAT")
	}
	id := fmt.Sprintf("cw%d%c", os.Getpid(), 'f'+networks.Add(1))
	n := &natted{t, id + "c", id + "r", id + "s"}
	t.Cleanup(func() {
		for _, ns := range []string{n.caller, n.router, n.server} {
			_ = exec.Command("ip", "netns", "del", ns).Run() //nolint:noctx // at the end of a test
		}
	})
	script := strings.NewReplacer("{c}", n.caller, "{r}", n.router, "{s}", n.server, "{id}", id).Replace(common + network)
	for line := range strings.SplitSeq(strings.TrimSpace(script), "\n") {
		word := strings.Fields(line)
		if out, err := exec.CommandContext(t.Context(), word[0], word[1:]...).CombinedOutput(); err != nil { //nolint:gosec // our own lines
			t.Skipf("SKIPPED: this machine cannot make namespaces with a NAT (%s: %v: %s); no call is placed through one", line, err, out)
		}
	}
	return n
}

// in makes a command that runs in a namespace.
func (n *natted) in(ctx context.Context, ns string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", ns}, args...)...) //nolint:gosec // our own programs
}

// get asks a server in a namespace; the answer is empty if there is none.
func (n *natted) get(ns, address, path string) string {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// The thread must come back, and live: programs that it started are killed with it.
	back, err := enter("/proc/thread-self/ns/net", "/run/netns/"+ns)
	if err != nil {
		n.t.Fatal(err)
	}
	defer back()
	c, err := net.Dial("tcp", address) //nolint:noctx // within a machine
	if err != nil {
		return ""
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = fmt.Fprintf(c, "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path)
	answer, _ := io.ReadAll(c)
	return string(answer)
}

// enter moves this thread from one namespace to another, and back.
func enter(from, to string) (back func(), err error) {
	var fds [2]int
	for i, path := range []string{from, to} {
		if fds[i], err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	}
	defer func() { _ = unix.Close(fds[1]) }()
	if err := unix.Setns(fds[1], unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("enter %s: %w", to, err)
	}
	return func() {
		if err := unix.Setns(fds[0], unix.CLONE_NEWNET); err != nil {
			panic(err) // whatever this thread does next would be done in the wrong place
		}
		_ = unix.Close(fds[0])
	}, nil
}

// echo starts a server, calls its echo with a tone, and gives how loud the tone
// came back, and whether the server knows afterwards that the call is over: in
// time, if it can, which it counts once it has said so.
func (n *natted) echo(can bool, trunk, to string, args ...string) (loud float64, over bool) {
	n.t.Helper()
	const api = "127.0.0.1:8080"
	ctx, cancel := context.WithTimeout(n.t.Context(), 2*time.Minute)
	defer cancel()
	server := n.in(ctx, n.server, append([]string{
		program(n.t, "callward"), "serve", "--test-numbers", "--speech", "unix:/nonexistent/speech.sock",
		"--http", api, "--trunk", "world=" + trunk, "--drain-timeout", "0s",
	}, args...)...)
	out := &buffer{}
	server.Stdout, server.Stderr = out, out
	if err := server.Start(); err != nil {
		n.t.Fatal(err)
	}
	defer func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
	}()
	for !strings.Contains(n.get(n.server, api, "/healthz"), "200 OK") {
		if ctx.Err() != nil {
			n.t.Fatalf("the server does not start:\n%s", out)
		}
		time.Sleep(50 * time.Millisecond)
	}
	dir := n.t.TempDir()
	tone, heard := filepath.Join(dir, "tone.wav"), filepath.Join(dir, "heard.wav")
	run(n.t, "sox", "-n", "-r", "8000", "-c", "1", "-b", "16", tone, "synth", "2", "sine", "500", "vol", "0.3")
	said, err := n.in(ctx, n.caller, program(n.t, "callgen"), "call", "--api", "", "--to", "sip:echo@"+to,
		"--wav", tone, "--no-wait", "--hangup-after", "1s", "--timeout", "15s", "--record", heard).CombinedOutput()
	n.t.Logf("callgen: %v\n%s", err, said)
	for end := time.Now().Add(siptest.Patience); ; time.Sleep(50 * time.Millisecond) {
		over = strings.Contains(n.get(n.server, api, "/metrics"), "\ncallward_sip_dialogs 0\n")
		if over || !can || time.Now().After(end) {
			break
		}
	}
	return loudness(readWAV(n.t, heard)), over
}

// Where a router maps our address, peers are told the one that they can reach: the
// tone goes there and back, and the BYE arrives. Without that, nothing does, which
// shows that the network is as hard as it should be.
func TestACallThroughANATIsHeardAndEnds(t *testing.T) {
	t.Parallel()
	n := newNatted(t, beforeServer)
	loud, over := n.echo(true, natCaller, natPublic, "--sip", natServer+":5060="+natPublic, "--rtp-address", natServer+"="+natPublic)
	if loud < 200 || !over {
		t.Errorf("with the address told: loudness %.0f, over: %v", loud, over)
	}
	if loud, over = n.echo(false, natCaller, natPublic, "--sip", natServer+":5060", "--rtp-address", natServer); loud > 1 || over {
		t.Errorf("without it: loudness %.0f, over: %v; the NAT lets through what it should not", loud, over)
	}
}

// A phone at home names an address of its own network, and its router sends what it says
// from another: it is heard from where its signalling comes from, and hears.
func TestAPhoneBehindARouterIsHeardAndHears(t *testing.T) {
	t.Parallel()
	n := newNatted(t, home)
	loud, over := n.echo(true, homeRouter, homeServer, "--sip", homeServer+":5060", "--rtp-address", homeServer)
	if loud < 200 || !over {
		t.Errorf("loudness %.0f, over: %v", loud, over)
	}
}
