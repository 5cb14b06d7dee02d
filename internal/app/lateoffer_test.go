package app

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// farSession is the media of a caller.
func farSession(tb testing.TB) (*media.Session, *mediatest.Ear) {
	tb.Helper()
	engine, err := media.New(media.Config{PortMin: 44000, PortMax: 44999})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = engine.Run(ctx) })
	tb.Cleanup(func() { cancel(); wg.Wait() })
	session, err := engine.Open(media.Options{NoVAD: true})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = session.Close() })
	e := mediatest.NewEar()
	session.Hear(e)
	return session, e
}

// speaking places a call with sound.
func speaking(t *testing.T, p *siptest.Phone, to string) (leg *sip.Leg, session *media.Session, heard *mediatest.Ear) {
	t.Helper()
	session, heard = farSession(t)
	offer, err := session.Offer()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), siptest.Patience)
	defer cancel()
	if leg, err = p.Dial(ctx, sip.Invite{To: to, SDP: offer}, nil); err != nil {
		t.Fatal(err)
	}
	if err := session.SetAnswer(leg.Remote()); err != nil {
		t.Fatal(err)
	}
	return leg, session, heard
}

// plays demands half a second of music, without a gap where nothing else runs.
func plays(tb testing.TB, heard *mediatest.Ear) {
	tb.Helper()
	heard.Forget()
	if !heard.Until(siptest.Patience, func(pcm []int16) bool {
		pcm = pcm[max(0, len(pcm)-media.Rate/2):]
		return len(pcm) == media.Rate/2 && mediatest.Level(pcm) > 500 && (!alone() || mediatest.LongestGap(pcm) <= mediatest.MostGap)
	}) {
		tb.Errorf("the music has a level of %.0f", mediatest.Level(heard.PCM()))
	}
}

// hears demands that something sounds.
func hears(tb testing.TB, heard *mediatest.Ear) {
	tb.Helper()
	if !heard.Until(siptest.Patience, func(pcm []int16) bool { return len(mediatest.Sounding(pcm)) > media.Rate/5 }) {
		tb.Error("nothing is heard of the line")
	}
}

// echoes says a tone on a call to the number that echoes, and demands it back whole: so
// both directions are heard.
func echoes(tb testing.TB, session *media.Session, heard *mediatest.Ear) {
	tb.Helper()
	heard.Forget()
	session.Play(media.NewTone(400, 0))
	mustHear(tb, heard, 400)
	session.Flush()
}

// A caller who leaves the first offer to us, or a later one (RFC 3264 section 4,
// RFC 3261 section 14.1), hears and is heard: what the caller says comes back.
func TestACallerWithoutOfferIsHeardBothWays(t *testing.T) {
	t.Parallel()
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
		echoes(t, session, heard)
	}
	w.Send(siptest.Request("BYE", uri, "z9hG4bKbye", "late", tag, 3, ""))
	w.Expect("SIP/2.0 200")
	s.eventually("the call is over", func() bool { return s.sip.Stats().Dialogs == 0 && s.media.Stats().Sessions == 0 })
}
