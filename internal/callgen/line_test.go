package callgen

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/sdp"
	"github.com/callward/callward/sip"
)

// A testLine is the other side: a server with numbers that behave.
type testLine struct {
	t     *testing.T
	phone *phone
	ca    string                  // who vouches for it over TLS
	fared chan media.SessionStats // of each call, when it is over

	mu      sync.Mutex
	keys    string
	heard   time.Duration
	journal []call.Entry
	wake    chan struct{}
}

func newLine(t *testing.T, network string, credentials func(string) (string, bool)) *testLine {
	t.Helper()
	l := &testLine{t: t, wake: make(chan struct{}), fared: make(chan media.SessionStats, 100)}
	server, err := sip.Listen(sip.Config{
		TLS:         l.certified(network),
		Listeners:   []sip.Listener{{Network: network, Address: "127.0.0.1:0"}},
		Handler:     l,
		Credentials: credentials,
	})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := media.New(media.Config{PortMin: 40000, PortMax: 45000, Shards: 1})
	if err != nil {
		t.Fatal(err)
	}
	l.phone = &phone{sip: server, media: engine, network: network}
	l.phone.address, _ = server.Addr(network)
	l.phone.start(t.Context())
	t.Cleanup(func() { _ = l.phone.close(context.Background()) })
	return l
}

// certified is what a line over TLS shows of itself.
func (l *testLine) certified(network string) *tls.Config {
	if network != "tls" {
		return nil
	}
	ca := certstest.New(l.t)
	file, key, _ := ca.Issue("line", "127.0.0.1", time.Now().Add(time.Hour))
	cert, err := tls.LoadX509KeyPair(file, key)
	if err != nil {
		l.t.Fatal(err)
	}
	l.ca = ca.File
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}
}

func (l *testLine) uri(user string) string { return "sip:" + user + "@" + l.phone.address.String() }

// Invite behaves as the user that was dialled.
func (l *testLine) Invite(ctx context.Context, leg *sip.Leg) {
	if leg.Called() == "busy" {
		_ = leg.Reject(ctx, sip.Busy)
		return
	}
	_ = leg.Progress(ctx, 180, nil)
	sound := media.Options{NoVAD: true, Confidential: leg.Transport() == "tls"}
	if leg.Called() == "wideband" {
		sound.Codecs = []string{sdp.G722}
	}
	session, err := l.phone.media.Open(sound)
	if err != nil {
		l.t.Error(err)
		return
	}
	defer func() { l.fared <- session.Stats(); _ = session.Close() }()
	answer, err := session.Accept(leg.Offer())
	if err != nil {
		l.t.Error(err)
		return
	}
	if err := leg.Answer(ctx, answer); err != nil {
		return // the caller gave up
	}
	switch leg.Called() {
	case "echo", "wideband":
		echo := media.NewEcho()
		session.Hear(echo)
		session.Play(echo)
		<-leg.Done()
	case "rude":
		_ = leg.Hangup(ctx, sip.Normal)
	default:
		l.bot(ctx, leg, session)
	}
}

// bot speaks for half a second, listens until the caller has spoken or keyed,
// and answers once.
func (l *testLine) bot(ctx context.Context, leg *sip.Leg, session *media.Session) {
	id := call.ID(leg.ID())
	ear := newEar(false)
	session.Hear(ear)
	l.say(call.Entry{Call: id, Kind: call.KindAnswered})
	tick := time.NewTicker(media.FrameTime)
	defer tick.Stop()
	said := 0
	speak := func() {
		said++
		l.say(call.Entry{Call: id, Kind: call.KindBotSaid})
		session.Play(media.NewTone(700, 500*time.Millisecond))
	}
	speak()
	for {
		select {
		case <-ctx.Done():
			return
		case <-leg.Done():
			l.say(call.Entry{Call: id, Kind: call.KindEnded, Reason: leg.Cause().String()})
			return
		case ev := <-session.Events():
			switch ev.Kind {
			case media.PlayDone:
				l.say(call.Entry{Call: id, Kind: call.KindBotDone})
			case media.Digit:
				l.mu.Lock()
				l.keys += string(ev.Key.Byte())
				l.mu.Unlock()
				if ev.Key.Byte() == '#' {
					speak()
				}
			default:
			}
		case <-tick.C:
			heard, quiet := ear.state()
			l.mu.Lock()
			l.heard = heard
			l.mu.Unlock()
			if said == 1 && heard > 100*time.Millisecond && quiet > 300*time.Millisecond {
				speak()
			}
		}
	}
}

// received gives what reached the line.
func (l *testLine) received() (keys string, heard time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keys, l.heard
}

func (l *testLine) say(e call.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Seq = uint64(len(l.journal) + 1)
	e.Time = time.Now()
	l.journal = append(l.journal, e)
	close(l.wake)
	l.wake = make(chan struct{})
}

// events serves the journal as the server does.
func (l *testLine) events() string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		for next := 0; ; {
			l.mu.Lock()
			journal, wake := l.journal, l.wake
			l.mu.Unlock()
			for ; next < len(journal); next++ {
				b, _ := json.Marshal(journal[next])
				fmt.Fprintf(w, "id: %d\ndata: %s\n\n", journal[next].Seq, b)
			}
			w.(http.Flusher).Flush()
			select {
			case <-wake:
			case <-r.Context().Done():
				return
			}
		}
	}))
	l.t.Cleanup(server.Close)
	return server.URL
}

// a log of what was shown.
type shown struct {
	mu      sync.Mutex
	entries []call.Entry
	came    chan struct{}
}

func newShown() *shown { return &shown{came: make(chan struct{}, 1000)} }

func (s *shown) show(e call.Entry) {
	s.mu.Lock()
	s.entries = append(s.entries, e)
	s.mu.Unlock()
	s.came <- struct{}{}
}

func (s *shown) kinds() map[call.Kind]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[call.Kind]int{}
	for _, e := range s.entries {
		out[e.Kind]++
	}
	return out
}

func (s *shown) last() call.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries[len(s.entries)-1]
}

// wait waits until a kind was shown.
func (s *shown) wait(t *testing.T, kind call.Kind) {
	t.Helper()
	timeout := time.NewTimer(30 * time.Second)
	defer timeout.Stop()
	for s.kinds()[kind] == 0 {
		select {
		case <-s.came:
		case <-timeout.C:
			t.Fatalf("no %s within 30 s", kind)
		}
	}
}
