// Package siptest is a telephone for tests: real SIP over loopback, and nothing
// scripted. A Phone rings, answers, dials and registers; a Wire sends messages
// written by hand.
//
// Both belong to one test and are gone at its end, goroutines included.
package siptest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/callward/callward/sip"
)

// Patience is how long anything here waits before the test fails.
const Patience = 40 * time.Second

// SDP is an offer or answer of PCMU and PCMA with keypad events at 127.0.0.1.
// Nobody listens at port.
func SDP(port int) []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"+
		"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n", port)
}

// ShortTimers let a test see in half a second what takes half a minute.
func ShortTimers() sip.Timers {
	return sip.Timers{
		T1: 20 * time.Millisecond, T2: 160 * time.Millisecond, T4: 200 * time.Millisecond,
		Trying: 20 * time.Millisecond, Glare: 50 * time.Millisecond, Retry: 50 * time.Millisecond,
	}
}

// TLS gives what servers and clients of tests take: a certificate of 127.0.0.1 that
// the client trusts.
func TLS() (server, client *tls.Config) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	server = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: s.TLS.Certificates}
	client = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
	client.RootCAs.AddCert(s.Certificate())
	return server, client
}

// A Phone is a small softphone. It rings until somebody takes the call off
// Calls, or answers by itself after AnswerWith.
type Phone struct {
	*sip.Server
	Name  string
	Calls chan *sip.Leg // incoming calls, in order

	tb testing.TB
}

// NewPhone starts a phone on free ports of 127.0.0.1, one for each transport.
// Change cfg through set; it may be nil.
func NewPhone(tb testing.TB, name string, set func(*sip.Config)) *Phone {
	tb.Helper()
	p := &Phone{Name: name, Calls: make(chan *sip.Leg, 256), tb: tb}
	server, client := TLS()
	cfg := sip.Config{
		UserAgent: name, TLS: server, ClientTLS: func() *tls.Config { return client },
		Handler: sip.HandlerFunc(func(_ context.Context, l *sip.Leg) {
			select {
			case p.Calls <- l:
			case <-l.Done(): // nobody takes them, and a flood fills it
			}
		}),
		Log: slog.New(slog.DiscardHandler),
	}
	for _, network := range []string{"udp", "tcp", "tls", "ws", "wss"} {
		cfg.Listeners = append(cfg.Listeners, sip.Listener{Network: network, Address: "127.0.0.1:0"})
	}
	if set != nil {
		set(&cfg)
	}
	p.Server = Start(tb, cfg)
	return p
}

// Start runs a server until the end of the test.
func Start(tb testing.TB, cfg sip.Config) *sip.Server {
	tb.Helper()
	s, err := sip.Listen(cfg)
	if err != nil {
		tb.Fatalf("listen: %v", err)
	}
	ran := make(chan error, 1)
	go func() { ran <- s.Run(context.Background()) }()
	tb.Cleanup(func() {
		_ = s.Close()
		if err := <-ran; err != nil {
			tb.Errorf("run: %v", err)
		}
	})
	return s
}

// URI is where user is reached at s over a network.
func URI(s *sip.Server, user, network string) string {
	at, _ := s.Addr(network)
	uri := fmt.Sprintf("sip:%s@%s", user, at)
	if network != "udp" {
		uri += ";transport=" + network
	}
	return uri
}

// URI is where the phone is reached over a network.
func (p *Phone) URI(network string) string { return URI(p.Server, p.Name, network) }

// Call dials and waits for the answer; the test fails without one.
func (p *Phone) Call(to string) *sip.Leg {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.tb.Context(), Patience)
	defer cancel()
	l, err := p.Dial(ctx, sip.Invite{To: to, From: p.URI("udp"), SDP: SDP(40000)}, nil)
	if err != nil {
		p.tb.Fatalf("%s calls: %v", p.Name, err)
	}
	return l
}

// Ring waits for an incoming call.
func (p *Phone) Ring() *sip.Leg {
	p.tb.Helper()
	select {
	case l := <-p.Calls:
		return l
	case <-time.NewTimer(Patience).C:
		p.tb.Fatalf("%s did not ring", p.Name)
		return nil
	}
}

// Answer waits for an incoming call and takes it.
func (p *Phone) Answer() *sip.Leg {
	p.tb.Helper()
	l := p.Ring()
	if err := l.Answer(p.tb.Context(), SDP(40002)); err != nil {
		p.tb.Fatalf("%s answers: %v", p.Name, err)
	}
	return l
}

// AnswerAlways takes every call from now on until the end of the test.
func (p *Phone) AnswerAlways() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	p.tb.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		for {
			select {
			case l := <-p.Calls:
				_ = l.Answer(ctx, SDP(40002))
			case <-ctx.Done():
				return
			}
		}
	}()
}

// Login registers at a server over a network and returns when that is done. The
// registration is kept until the end of the test, or until forget is called.
func (p *Phone) Login(at *sip.Server, network, password string) (forget func()) {
	p.tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	registered := make(chan error, 8)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.Register(ctx, sip.Registration{
			Registrar: URI(at, "", network), User: p.Name, Password: password, Expires: time.Minute,
			OnState: func(ok bool, err error) {
				if ok {
					err = nil
				}
				registered <- err
			},
		})
	}()
	forget = func() { cancel(); <-done }
	p.tb.Cleanup(forget)
	select {
	case err := <-registered:
		if err != nil {
			p.tb.Fatalf("%s registers: %v", p.Name, err)
		}
	case <-time.NewTimer(Patience).C:
		p.tb.Fatalf("%s is not registered", p.Name)
	}
	return forget
}

// Ended waits for the end of a leg and gives its cause.
func Ended(tb testing.TB, l *sip.Leg) sip.Cause {
	tb.Helper()
	select {
	case <-l.Done():
		return l.Cause()
	case <-time.NewTimer(Patience).C:
		tb.Fatal("the leg did not end")
		return sip.Unknown
	}
}

// Next takes what c gives next; the test fails where nothing comes, or nothing more.
func Next[T any](tb testing.TB, c <-chan T) T {
	tb.Helper()
	select {
	case v := <-c:
		return v
	case <-time.NewTimer(Patience).C:
		tb.Fatal("nothing came")
		panic("not reached")
	}
}

// Eventually waits until ok holds. It looks less and less often: to look may cost more than
// what is waited for.
func Eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	rest := 2 * time.Millisecond
	for end := time.Now().Add(Patience); time.Now().Before(end); rest = min(2*rest, 50*time.Millisecond) {
		if ok() {
			return
		}
		time.Sleep(rest)
	}
	tb.Fatalf("waited in vain: %s", what)
}
