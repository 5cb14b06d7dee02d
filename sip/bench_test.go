package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// BenchmarkCall is INVITE, 200, ACK, BYE, 200 between two servers of one process:
// both ends are in the figure.
func BenchmarkCall(b *testing.B) {
	for _, network := range []string{"udp", "tcp"} {
		b.Run(network, func(b *testing.B) {
			var servers [2]*Server
			for i := range servers {
				s, err := Listen(Config{
					Listeners: []Listener{{Network: "udp", Address: "127.0.0.1:0"}, {Network: "tcp", Address: "127.0.0.1:0"}},
					Handler:   HandlerFunc(func(ctx context.Context, l *Leg) { _ = l.Answer(ctx, []byte("v=0\r\n")) }),
				})
				if err != nil {
					b.Fatal(err)
				}
				go func() { _ = s.Run(context.Background()) }()
				defer func() { _ = s.Close() }()
				servers[i] = s
			}
			at, _ := servers[1].Addr(network)
			to := fmt.Sprintf("sip:bob@%s;transport=%s", at, network)
			b.ReportAllocs()
			for b.Loop() {
				l, err := servers[0].Dial(b.Context(), Invite{To: to, SDP: []byte("v=0\r\n")}, nil)
				if err != nil {
					b.Fatal(err)
				}
				_ = l.Hangup(b.Context(), Normal)
			}
		})
	}
}

// hostile makes messages that pass the guard and are dear; n is how much there is
// of what makes them so, and the most that passes.
func hostile() map[string]struct {
	n    int
	make func(n int) []byte
} {
	head := "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1"
	rest := "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"
	lines := func(line string) func(int) []byte {
		return func(n int) []byte { return []byte(head + rest + strings.Repeat(line+"\r\n", n) + "\r\n") }
	}
	return map[string]struct {
		n    int
		make func(n int) []byte
	}{
		"headers":         {240, lines("X: y")},
		"Via headers":     {240, lines("Via: SIP/2.0/UDP h;branch=z9hG4bK2")},
		"Via, parameters": {8, lines("Via: SIP/2.0/UDP h" + strings.Repeat(";a", 60))},
		"contacts":        {8, lines("Contact: <sip:a@b>" + strings.Repeat(",<sip:a@b>", 60))},
		"routes":          {8, lines("Record-Route: <sip:a@b;lr>" + strings.Repeat(",<sip:a@b;lr>", 31))},
		"requirements":    {12, lines("Require: " + strings.Repeat("timer,", 40) + "timer")},
		"long lines":      {3, lines("X: " + strings.Repeat("y", 4000))},
		"folds": {240, func(n int) []byte {
			return []byte(head + rest + "X: y\r\n" + strings.Repeat(" z\r\n", n) + "\r\n")
		}},
		"folds of Via": {120, func(n int) []byte {
			return []byte(head + ";x=" + strings.Repeat("\r\n z", n) + rest + "\r\n")
		}},
		"nested brackets": {2000, func(n int) []byte {
			return []byte(head + rest + "Contact: " + strings.Repeat("<", n) + "sip:a@b" + strings.Repeat(">", n) + "\r\n\r\n")
		}},
		"quotes": {2000, func(n int) []byte {
			return []byte(head + rest + `Contact: "` + strings.Repeat(`\"`, n) + "\" <sip:a@b>\r\n\r\n")
		}},
		"unreadable": {240, func(n int) []byte { // read again, to refuse it
			return []byte(head + "\r\nTo: <" + rest + strings.Repeat("Via: SIP/2.0/UDP h;branch=z9hG4bK2\r\n", n) + "\r\n")
		}},
	}
}

// deaf is a server that nobody can reach but by receive, and a way to it whose
// answers out takes; nil is none.
func deaf() (s *Server, way route, out func() []byte) {
	s = &Server{
		parser: gosip.NewParser(), log: slog.New(slog.DiscardHandler),
		legs: map[dialogID]*Leg{}, servers: map[string]*serverTx{}, clients: map[string]*clientTx{},
		merged: map[string]string{}, early: map[string]time.Time{},
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.cfg, _ = Config{
		Listeners: []Listener{{Network: "udp"}}, Credentials: func(string) (string, bool) { return "x", true },
		Handler: HandlerFunc(func(ctx context.Context, l *Leg) { _ = l.Reject(ctx, Busy) }),
	}.withDefaults()
	s.phones = newRegistrar(s)
	c := &stream{network: tcpNetwork, out: newOutbox(), closed: make(chan struct{})}
	c.local, c.peer = netip.MustParseAddrPort("127.0.0.1:5060"), netip.MustParseAddrPort("127.0.0.1:5080")
	return s, route{stream: c, peer: c.peer}, c.out.take
}

// BenchmarkHostile is the cost of the dearest messages that pass the guard, from
// datagram to answer.
func BenchmarkHostile(b *testing.B) {
	take := taker()
	for name, h := range hostile() {
		msg := h.make(h.n)
		b.Run(fmt.Sprintf("%s-%dB", strings.ReplaceAll(name, " ", "_"), len(msg)), func(b *testing.B) { take(b, msg) })
	}
}

// taker gives what measures a server that takes a message again and again.
func taker() func(b *testing.B, msg []byte) {
	s, way, out := deaf()
	return func(b *testing.B, msg []byte) {
		b.Helper()
		b.ReportAllocs()
		for b.Loop() {
			cut, err := cutDatagram(msg)
			if err != nil {
				b.Fatal(err)
			}
			s.receive(b.Context(), cut, way)
			if out() == nil {
				b.Fatal("no answer")
			}
		}
	}
}

// It demands a clock that tells the truth: make test-slow runs it alone.
func TestAHostileMessageCostsLessThanAMillisecond(t *testing.T) {
	if os.Getenv("CALLWARD_SLOW") == "" {
		t.Skip("SKIPPED: it measures time; run make test-slow")
	}
	take := taker()
	for name, h := range hostile() {
		msg := h.make(h.n)
		r := testing.Benchmark(func(b *testing.B) { b.Helper(); take(b, msg) })
		if r.N == 0 {
			t.Errorf("%s was not taken", name)
			continue
		}
		t.Logf("%s, %d bytes: %s", name, len(msg), time.Duration(r.NsPerOp()))
		if r.NsPerOp() > int64(time.Millisecond) {
			t.Errorf("%s costs %s", name, time.Duration(r.NsPerOp()))
		}
	}
}

// Clocks lie on a busy machine; what is allocated does not.
func TestTheWorkOfAHostileMessageGrowsNoFasterThanIt(t *testing.T) {
	s, way, out := deaf()
	cost := func(msg []byte) (count, bytes float64) {
		cut, err := cutDatagram(msg)
		if err != nil {
			t.Fatal(err)
		}
		const runs = 20
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			s.receive(t.Context(), cut, way)
			if out() == nil {
				t.Fatal("no answer")
			}
		}
		runtime.ReadMemStats(&after)
		return float64(after.Mallocs-before.Mallocs) / runs, float64(after.TotalAlloc-before.TotalAlloc) / runs
	}
	for name, h := range hostile() {
		_, _ = cost(h.make(h.n)) // pools fill
		count, bytes := cost(h.make(h.n / 2))
		counts, twice := cost(h.make(h.n))
		if counts > 2.5*count+50 || twice > 2.5*bytes+8<<10 {
			t.Errorf("%s: %.0f allocations and %.0f bytes for half of it, %.0f and %.0f for all", name, count, bytes, counts, twice)
		}
		if twice > 320<<10 { // 256 without the race detector
			t.Errorf("%s: %.0f bytes for one message", name, twice)
		}
	}
}
