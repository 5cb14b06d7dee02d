package app

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/sip/siptest"
)

// ear counts the frames that are not silent.
type ear struct{ loud atomic.Int64 }

func (e *ear) WriteFrame(f *media.Frame) {
	for _, s := range f.PCM {
		if s > 1000 {
			e.loud.Add(1)
			return
		}
	}
}

// farSession is the media of a caller.
func farSession(t *testing.T) (*media.Session, *ear) {
	t.Helper()
	engine, err := media.New(media.Config{PortMin: 44000, PortMax: 44999})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = engine.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	session, err := engine.Open(media.Options{NoVAD: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	e := &ear{}
	session.Hear(e)
	return session, e
}

// A caller who leaves the first offer to us, or a later one (RFC 3264 section 4,
// RFC 3261 section 14.1), hears and is heard: what the caller says comes back.
func TestACallerWithoutOfferIsHeardBothWays(t *testing.T) {
	s := serveApp(t, "", "--test-numbers")
	session, heard := farSession(t)
	w := siptest.NewWire(t, s.sip, "udp")
	uri, tag := siptest.URI(s.sip, "echo", "udp"), ""
	for seq := 1; seq <= 2; seq++ {
		w.Send(siptest.Request("INVITE", uri, "z9hG4bKinvite"+time.Now().Format("150405.000000000"), "late", tag, seq, ""))
		ok := w.Expect("SIP/2.0 200")
		tag = ok.Tag("To")
		answer, err := session.Accept([]byte(ok.Body()))
		if err != nil {
			t.Fatalf("its offer: %v\n%s", err, ok.Body())
		}
		ack := siptest.Request("ACK", uri, "z9hG4bKack", "late", tag, seq, "")
		w.Send(strings.TrimRight(ack, "\n") + "\nContent-Type: application/sdp\n\n" + string(answer))
		before := heard.loud.Load()
		session.Play(media.NewTone(400, time.Second))
		s.eventually("the tone comes back", func() bool { return heard.loud.Load() >= before+25 })
	}
	w.Send(siptest.Request("BYE", uri, "z9hG4bKbye", "late", tag, 3, ""))
	w.Expect("SIP/2.0 200")
	s.eventually("the call is over", func() bool { return s.sip.Stats().Dialogs == 0 && s.media.Stats().Sessions == 0 })
}
