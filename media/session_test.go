package media_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/vad"
)

// patience is longer than other work keeps a busy machine from a calm second.
const patience = 2 * time.Minute

// running gives an engine that runs for the test.
func running(t *testing.T, cfg media.Config) *media.Engine {
	t.Helper()
	if cfg.PortMin == 0 {
		cfg.PortMin, cfg.PortMax = 10000, 19999 // below those that the kernel hands out: no one sends there by mistake
	}
	e, err := media.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return e
}

func open(t *testing.T, e *media.Engine) *media.Session {
	t.Helper()
	s, err := e.Open(media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// pair gives two sessions that have agreed with each other.
func pair(t *testing.T, e *media.Engine) (caller, callee *media.Session) {
	t.Helper()
	caller, callee = open(t, e), open(t, e)
	agree(t, caller, callee)
	return caller, callee
}

func agree(t *testing.T, caller, callee *media.Session) {
	t.Helper()
	offer, err := caller.Offer()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := callee.Accept(offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := caller.SetAnswer(answer); err != nil {
		t.Fatal(err)
	}
}

func ear(s *media.Session) *mediatest.Ear {
	e := mediatest.NewEar()
	s.Hear(e)
	return e
}

// hears fails the test unless e comes to hear a second of hz, and nothing else,
// without a gap. It waits for such a second, since a busy machine may spoil one.
func hears(t *testing.T, e *mediatest.Ear, hz float64) {
	t.Helper()
	var share float64
	var gap time.Duration
	if !e.Until(patience, func(pcm []int16) bool {
		if len(pcm) < media.Rate {
			return false
		}
		pcm = pcm[len(pcm)-media.Rate:]
		share, gap = mediatest.Share(pcm, hz), mediatest.LongestGap(pcm)
		return share > 0.95 && gap <= 60*time.Millisecond
	}) {
		t.Fatalf("never heard a second of %v Hz: of the last, %.0f %% is, with a gap of %v", hz, share*100, gap)
	}
}

// goTalk lets p send a tone until the function it returns is called.
func goTalk(p *mediatest.Peer, s *media.Session, hz float64) (stop func()) {
	end, done := make(chan struct{}), make(chan struct{})
	tone := mediatest.Tone(hz, 100*time.Millisecond)
	go func() {
		defer close(done)
		for n := uint16(1); ; n += 5 {
			select {
			case <-end:
				return
			default:
				_ = p.Talk(addressOf(s), uint32(hz), n, tone)
			}
		}
	}()
	return func() { close(end); <-done }
}

// await gives the next event of a kind.
func await(t *testing.T, s *media.Session, kind media.EventKind) media.Event {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case ev := <-s.Events():
			if ev.Kind == kind {
				return ev
			}
		case <-timer.C:
			t.Fatalf("no event %q", kind)
		}
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func addressOf(s *media.Session) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), s.Port())
}

func peer(t *testing.T, host string) *mediatest.Peer {
	t.Helper()
	p, err := mediatest.NewPeer(host)
	if err != nil {
		t.Skipf("no second address on this machine: %v", err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestBothSidesHearEachOther(t *testing.T) {
	t.Parallel()
	a, b := pair(t, running(t, media.Config{}))
	atA, atB := ear(a), ear(b)
	a.Play(media.NewTone(700, 0))
	b.Play(media.NewTone(1100, 0))
	hears(t, atB, 700)
	hears(t, atA, 1100)
}

func TestEchoComesBack(t *testing.T) {
	t.Parallel()
	a, b := pair(t, running(t, media.Config{}))
	echo := media.NewEcho()
	b.Hear(echo)
	b.Play(echo)
	back := ear(a)
	a.Play(media.NewTone(500, 0))
	hears(t, back, 500)
}

func TestABridgeJoinsTwoCallsAndTheTapsGoOnHearing(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{})
	caller, in := pair(t, e)
	out, agent := pair(t, e)
	atCaller, atAgent, tap := ear(caller), ear(agent), ear(in)
	bridge := media.NewBridge(in, out)
	caller.Play(media.NewTone(600, 0))
	agent.Play(media.NewTone(900, 0))
	hears(t, atAgent, 600)
	hears(t, atCaller, 900)
	hears(t, tap, 600)
	if err := bridge.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "silence after the bridge is closed", func() bool {
		pcm := atAgent.PCM()
		return mediatest.Level(pcm[max(0, len(pcm)-media.Rate/2):]) < 10
	})
}

func TestSourcesPlayInOrderAndTellWhatWasPlayed(t *testing.T) {
	t.Parallel()
	a, b := pair(t, running(t, media.Config{}))
	atB := ear(b)
	tone := mediatest.Tone(800, 500*time.Millisecond)
	first := a.Play(media.NewClip(tone[:1000]))
	second := a.Play(media.NewClip(tone))
	if ev := await(t, a, media.PlayBegan); ev.Gen != first {
		t.Errorf("%+v began first", ev)
	}
	if ev := await(t, a, media.PlayDone); ev.Gen != first || ev.Samples != 1000 {
		t.Errorf("first told %+v", ev)
	}
	if ev := await(t, a, media.PlayBegan); ev.Gen != second {
		t.Errorf("%+v began second", ev)
	}
	if ev := await(t, a, media.PlayDone); ev.Gen != second || ev.Samples != int64(len(tone)) {
		t.Errorf("second told %+v", ev)
	}
	if !atB.Until(patience, func(pcm []int16) bool { return len(mediatest.Sounding(pcm)) >= 4700 }) {
		t.Error("not all of it was heard")
	}
}

func TestFlushStopsAtOnceAndTellsWhatWasPlayed(t *testing.T) {
	t.Parallel()
	a, b := pair(t, running(t, media.Config{}))
	sent, heard := mediatest.NewEar(), ear(b)
	a.HearSent(sent)
	stream := media.NewStream()
	gen := a.Play(stream)
	later := media.NewStream()
	a.Play(later)
	wrote := make(chan error, 1)
	go func() { // more than fits: it blocks until the flush
		wrote <- stream.Write(context.Background(), mediatest.Tone(800, 30*time.Second))
	}()
	if !heard.Until(patience, func(pcm []int16) bool { return len(mediatest.Sounding(pcm)) > 2000 }) {
		t.Fatal("heard nothing")
	}
	played := a.Flush()
	if err := <-wrote; !errors.Is(err, media.ErrStopped) {
		t.Errorf("write after flush: %v, want %v", err, media.ErrStopped)
	}
	if err := later.Write(t.Context(), make([]int16, 1)); !errors.Is(err, media.ErrStopped) {
		eventually(t, "the stream that waited is stopped", func() bool {
			return errors.Is(later.Write(t.Context(), nil), media.ErrStopped)
		})
	}
	if played.Gen != gen || played.Samples == 0 || played.Samples%media.FrameSamples != 0 {
		t.Errorf("flush told %+v", played)
	}
	n := len(sent.PCM())
	if !sent.Until(patience, func(pcm []int16) bool { return len(pcm) > n+2000 }) {
		t.Fatal("nothing is sent any more")
	}
	if got := len(mediatest.Sounding(sent.PCM())); got < int(played.Samples)-80 || got > int(played.Samples) {
		t.Errorf("%d samples of sound were sent, flush told %d", got, played.Samples)
	}
	if again := a.Flush(); again.Samples != 0 {
		t.Errorf("a second flush told %+v", again)
	}
}

func TestDigitsArriveInOrder(t *testing.T) {
	t.Parallel()
	a, b := pair(t, running(t, media.Config{}))
	gen, err := a.SendDigits("1234#")
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	for len(got) < 5 {
		got = append(got, await(t, b, media.Digit).Key.Byte())
	}
	if string(got) != "1234#" {
		t.Errorf("got %q", got)
	}
	if ev := await(t, a, media.DigitsDone); ev.Gen != gen {
		t.Errorf("done told %+v", ev)
	}
	if _, err := a.SendDigits("12x"); err == nil {
		t.Error("x was sent as a digit")
	}
}

// A gateway that knows no events leaves the keys in the sound. One that does must not
// be heard twice. A busy machine may spoil a key, but not each time.
func TestKeysAreHeardInTheSoundWhereThereAreNoEventsForThem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		events, prompt bool
		weaker         int16
		want           string
	}{
		"no events":                    {false, false, 2, "1009"},
		"no events, weak, over prompt": {false, true, 16, "1009"},
		"events":                       {true, false, 2, ""},
	} {
		got := "?"
		for try := 0; got != c.want && try < 5; try++ {
			got = keysInSound(t, c.events, c.prompt, c.weaker)
		}
		if got != c.want {
			t.Errorf("%s: heard %q, want %q", name, got, c.want)
		}
	}
}

// keysInSound gives what is heard of the keys 1 0 0 9 in the sound of a peer, which may know
// events for them, while something may be played to it.
func keysInSound(t *testing.T, events, prompt bool, weaker int16) string {
	t.Helper()
	s, p := open(t, running(t, media.Config{})), peer(t, "")
	if prompt {
		s.Play(media.NewTone(300, 0))
	}
	offer := string(p.Offer("sendrecv"))
	if !events {
		offer = strings.Replace(strings.Replace(offer, " 101", "", 1), "a=rtpmap:101 telephone-event/8000\r\n", "", 1)
	}
	accept(t, s, []byte(offer))
	var pcm []int16
	for _, pair := range [][2]float64{{697, 1209}, {941, 1336}, {941, 1336}, {852, 1477}} {
		low, high := mediatest.Tone(pair[0], 80*time.Millisecond), mediatest.Tone(pair[1], 80*time.Millisecond)
		for i := range low {
			low[i] = low[i]/weaker + high[i]/weaker
		}
		pcm = append(append(pcm, low...), make([]int16, 100*media.Rate/1000)...)
	}
	if err := p.Talk(addressOf(s), 5, 1, pcm); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // the jitter buffer runs dry
	return keysOf(s)
}

// keysOf gives the keys that a session has told of by now.
func keysOf(s *media.Session) (keys string) {
	for len(s.Events()) > 0 {
		if ev := <-s.Events(); ev.Kind == media.Digit {
			keys += string(ev.Key.Byte())
		}
	}
	return keys
}

// A peer that sends comfort noise while nobody speaks is neither lost nor heard as a
// voice.
func TestComfortNoiseIsNoVoiceAndNoLoss(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{SilentAfter: 1500 * time.Millisecond}) // longer than a busy machine holds a packet up
	s, p := open(t, e), peer(t, "")
	accept(t, s, p.Offer("sendrecv"))
	agent, phone := pair(t, e)
	bridge := media.NewBridge(s, agent)
	defer func() { _ = bridge.Close() }()
	words, line := ear(s), ear(phone)
	if err := p.Talk(addressOf(s), 5, 1, make([]int16, 10*media.FrameSamples)); err != nil {
		t.Fatal(err)
	}
	for i := range uint16(10) { // 2 s
		err := p.Send(addressOf(s), rtp.Packet{
			Header:  rtp.Header{SSRC: 5, PayloadType: 13, SequenceNumber: 11 + i, Timestamp: 160 * (11 + 10*uint32(i))},
			Payload: []byte{50, 3, 7},
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	for len(s.Events()) > 0 {
		if ev := <-s.Events(); ev.Kind != media.PlayBegan && ev.Kind != media.PlayDone {
			t.Errorf("noise is taken for %q", ev.Kind)
		}
	}
	if st := s.Stats(); st.Unknown > 0 || st.Lost > 0 {
		t.Errorf("%+v", st)
	}
	if l := mediatest.Level(words.PCM()); l > 1 {
		t.Errorf("who understands words hears noise of level %.0f", l)
	}
	heard := line.PCM() // 50 dB below full scale is a level of 104
	if l := mediatest.Level(heard[len(heard)-media.Rate:]); l < 70 || l > 150 {
		t.Errorf("the agent hears noise of level %.0f, want 104", l)
	}
}

func TestHoldStopsSendingAndResumes(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{})
	s, p := open(t, e), peer(t, "")
	if _, err := s.Accept(p.Offer("sendrecv")); err != nil {
		t.Fatal(err)
	}
	s.Play(media.NewTone(700, 0))
	eventually(t, "packets", func() bool { return len(p.Got()) > 10 })

	zero := strings.Replace(string(p.Offer("sendrecv")), "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0", 1) // as RFC 2543 had it
	if _, err := s.Accept([]byte(zero)); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, e).Accept([]byte(zero)); err != nil { // a call that begins so
		t.Fatal(err)
	}
	eventually(t, "sending stops", func() bool {
		n := len(p.Got())
		time.Sleep(100 * time.Millisecond)
		return len(p.Got()) == n
	})
	if _, err := s.Accept(p.Offer("sendrecv")); err != nil {
		t.Fatal(err)
	}
	for n := len(p.Got()); len(p.Got()) < n+10; time.Sleep(10 * time.Millisecond) {
		if t.Context().Err() != nil {
			t.Fatal("sending does not resume")
		}
	}

	held := len(p.Got())
	answer, err := s.Accept(p.Offer("sendonly"))
	if err != nil || !strings.Contains(string(answer), "a=recvonly") {
		t.Fatalf("hold answered with %v\n%s", err, answer)
	}
	eventually(t, "sending stops", func() bool {
		n := len(p.Got())
		time.Sleep(100 * time.Millisecond)
		return len(p.Got()) == n
	})
	before := len(p.Got())
	if _, err := s.Accept(p.Offer("sendrecv")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "sending resumes", func() bool { return len(p.Got()) > before+10 })
	got := p.Got()
	at := held + slices.IndexFunc(got[held:], func(r mediatest.Received) bool { return r.Marker })
	if at < held {
		t.Fatal("no marker on the first packet after hold")
	}
	resumed, last := got[at], got[at-1]
	if step := resumed.SequenceNumber - last.SequenceNumber; step != 1 {
		t.Errorf("sequence went on by %d", step)
	}
	if step := resumed.Timestamp - last.Timestamp; step <= 320 || step%160 != 0 {
		t.Errorf("RTP time went on by %d samples during the hold", step)
	}
}

func TestPacketsOnTheWireAreWellFormed(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{})
	s, p := open(t, e), peer(t, "")
	if _, err := s.Accept(p.Offer("sendrecv")); err != nil {
		t.Fatal(err)
	}
	s.Play(media.NewClip(mediatest.Tone(700, time.Second)))
	eventually(t, "a second and some silence", func() bool { return len(p.Got()) > 70 })
	for i, r := range p.Got() {
		switch {
		case r.From != addressOf(s):
			t.Fatalf("packet %d came from %v", i, r.From)
		case r.Marker != (i == 0):
			t.Fatalf("packet %d: marker %v", i, r.Marker)
		case r.PayloadType != 0 || len(r.Payload) != 160:
			t.Fatalf("packet %d: type %d, %d bytes", i, r.PayloadType, len(r.Payload))
		}
		if i == 0 {
			continue
		}
		before := p.Got()[i-1]
		if r.SequenceNumber-before.SequenceNumber != 1 || r.Timestamp-before.Timestamp != 160 || r.SSRC != before.SSRC {
			t.Fatalf("packet %d does not follow: %v after %v", i, r.Header, before.Header)
		}
	}
	if share := mediatest.Share(mediatest.Sounding(p.PCM(g711.PCMU)), 700); share < 0.95 {
		t.Errorf("%.0f %% of what was sent is the tone", share*100)
	}
}

// RTPbleed: a stranger that sprays packets is neither heard nor sent to.
func TestAStrangerIsNeitherHeardNorSentTo(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{})
	s, p, stranger := open(t, e), peer(t, ""), peer(t, "127.0.0.2")
	if _, err := s.Accept(p.Offer("sendrecv")); err != nil {
		t.Fatal(err)
	}
	s.Play(media.NewTone(700, 0))
	heard := ear(s)
	quiet := goTalk(stranger, s, 1500)
	eventually(t, "a stranger is refused for longer than the grace", func() bool { return s.Stats().Strangers > 15 })
	if st := s.Stats(); st.Received > 0 {
		t.Errorf("%d packets of a stranger were taken", st.Received)
	}
	hush := goTalk(p, s, 440)
	hears(t, heard, 440)
	hush()
	quiet()
	if n := len(stranger.Got()); n > 0 {
		t.Errorf("the stranger got %d packets", n)
	}
	if st := s.Stats(); st.Strangers == 0 || st.Sources != 1 {
		t.Errorf("%d packets of strangers counted, %d sources", st.Strangers, st.Sources)
	}
}

func TestAnotherPortOfThePeerIsTakenAfterTheGrace(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{})
	s, p, actual := open(t, e), peer(t, ""), peer(t, "")
	if _, err := s.Accept(p.Offer("sendrecv")); err != nil {
		t.Fatal(err)
	}
	s.Play(media.NewTone(700, 0))
	defer goTalk(actual, s, 440)()
	eventually(t, "we send where the peer sends from", func() bool { return len(actual.Got()) > 20 })
	if len(p.Got()) == 0 {
		t.Error("nothing was sent to the negotiated port before")
	}
}

func TestOurLoopbackIsNoPeerForStrangers(t *testing.T) {
	t.Parallel()
	e, err := media.New(media.Config{
		Addresses: []media.Address{{Bind: netip.MustParseAddr("127.0.0.1"), Advertise: netip.MustParseAddr("192.0.2.7")}},
		PortMin:   10000, PortMax: 19999,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, e).Accept(peer(t, "").Offer("sendrecv")); err == nil {
		t.Error("an offer to send to our own loopback was accepted")
	}
}

// Calls of both families are served at once, each where its peer can be reached
// and heard.
func TestEachFamilyIsServedAtItsOwnAddress(t *testing.T) {
	t.Parallel()
	four, six := netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()
	e := running(t, media.Config{Addresses: []media.Address{{Bind: four}, {Bind: six}}})
	for _, at := range []netip.Addr{four, six} {
		caller, err := e.Open(media.Options{Peer: at})
		if err != nil {
			t.Skipf("no %s on this machine: %v", at, err)
		}
		defer func() { _ = caller.Close() }()
		offer, err := caller.Offer()
		if err != nil || media.PeerOf(offer) != at {
			t.Fatalf("toward %s it offers %v, %v", at, media.PeerOf(offer), err)
		}
		callee, err := e.Open(media.Options{Peer: media.PeerOf(offer)})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = callee.Close() }()
		agree(t, caller, callee)
		atCaller, atCallee := ear(caller), ear(callee)
		caller.Play(media.NewTone(500, 0))
		callee.Play(media.NewTone(1000, 0))
		hears(t, atCallee, 500)
		hears(t, atCaller, 1000)
	}
	only, err := media.New(media.Config{PortMin: 10000, PortMax: 19999})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := only.Open(media.Options{Peer: six}); !errors.Is(err, media.ErrAddress) {
		t.Errorf("without IPv6, toward IPv6: %v", err)
	}
}

func TestThePeerIsToldWhatItCanReach(t *testing.T) {
	t.Parallel()
	at, other := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")
	e, err := media.New(media.Config{
		Addresses: []media.Address{{Bind: at, Advertise: netip.MustParseAddr("192.0.2.7")}, {Bind: other}},
		PortMin:   10000, PortMax: 19999,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		options media.Options
		told    string
	}{
		{media.Options{Local: at}, "192.0.2.7"},
		{media.Options{Local: other}, "127.0.0.2"},
		{media.Options{Local: other, Advertise: netip.MustParseAddr("198.51.100.9")}, "198.51.100.9"},
		{media.Options{Local: at, Advertise: netip.MustParseAddr("2001:db8::1")}, "192.0.2.7"}, // of another family
	} {
		s, err := e.Open(c.options)
		if err != nil {
			t.Fatal(err)
		}
		offer, err := s.Offer()
		if got := media.PeerOf(offer); err != nil || got.String() != c.told {
			t.Errorf("%+v: told %v, %v, want %s", c.options, got, err, c.told)
		}
		_ = s.Close()
	}
}

func TestWhereNoPortsAreLeftAnotherAddressHelps(t *testing.T) {
	t.Parallel()
	at, other := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")
	e, err := media.New(media.Config{Addresses: []media.Address{{Bind: at}, {Bind: other}}, PortMin: 31510, PortMax: 31513})
	if err != nil {
		t.Fatal(err)
	}
	told := map[netip.Addr]int{}
	for range 4 {
		s, err := e.Open(media.Options{Local: at})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		offer, err := s.Offer()
		if err != nil {
			t.Fatal(err)
		}
		told[media.PeerOf(offer)]++
	}
	if told[at] != 2 || told[other] != 2 {
		t.Errorf("opened %v", told)
	}
	if _, err := e.Open(media.Options{Local: at}); !errors.Is(err, media.ErrNoPorts) {
		t.Errorf("one more: %v", err)
	}
}

func TestWhatIsNotRTPIsCountedByCause(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{})
	s, p := open(t, e), peer(t, "")
	if _, err := s.Accept(p.Offer("sendrecv")); err != nil {
		t.Fatal(err)
	}
	raw := func(data ...byte) {
		if err := p.SendRaw(addressOf(s), append(data, make([]byte, 40)...)); err != nil {
			t.Fatal(err)
		}
	}
	raw(0x00, 0x01)                                        // STUN
	raw(0x16, 0xFE)                                        // DTLS
	raw(0x40)                                              // version 1
	raw(0x80, 200)                                         // RTCP sender report
	raw(0x80, 96)                                          // a type nobody agreed on
	raw(append([]byte{0x80, 0}, make([]byte, 1460)...)...) // too long a packet of sound
	raw(append([]byte{0x80, 0}, make([]byte, 5000)...)...)
	eventually(t, "all are counted", func() bool {
		st := s.Stats()
		return st.NotRTP == 3 && st.Unexpected == 1 && st.Unknown == 1 && st.TooLong == 2
	})
	if err := peer(t, "127.0.0.2").SendRaw(addressOf(s), []byte("OPTIONS sip:callward.example SIP/2.0")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what a stranger sends is a stranger's", func() bool {
		st := s.Stats()
		return st.Strangers == 1 && st.NotRTP == 3
	})
}

// A stray packet of the peer's host, or one of a phone that then thinks better of it, must
// not make the call one-way.
func TestACandidateThatFallsSilentIsReplaced(t *testing.T) {
	t.Parallel()
	s, p, stray, actual := open(t, running(t, media.Config{})), peer(t, ""), peer(t, ""), peer(t, "")
	accept(t, s, p.Offer("sendrecv"))
	if err := stray.Talk(addressOf(s), 9, 1, mediatest.Tone(900, 20*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the stray packet is taken", func() bool { return s.Stats().Received == 1 })
	e := ear(s)
	stop := goTalk(actual, s, 440)
	hears(t, e, 440)
	stop()
	defer goTalk(p, s, 600)()
	e.Forget()
	hears(t, e, 600)
}

// Some phones send nothing while nobody speaks. Their reports say that they live.
func TestReportsAreASignOfLife(t *testing.T) {
	t.Parallel()
	s, p := open(t, running(t, media.Config{SilentAfter: time.Second})), peer(t, "") // longer than a busy machine holds a report up
	accept(t, s, append(p.Offer("sendrecv"), "a=rtcp-mux\r\n"...))
	report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for range 75 { // 1.5 s
		if err := p.SendRaw(addressOf(s), report); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if n, taken := len(s.Events()), s.Stats().ReportsTaken; n != 0 || taken == 0 {
		t.Errorf("%d events while %d reports came", n, taken)
	}
	await(t, s, media.Silent)
}

func TestSilenceOfThePeerIsToldAsLongAsItLasts(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{SilentAfter: 200 * time.Millisecond})
	s, p := open(t, e), peer(t, "")
	if _, err := s.Accept(p.Offer("sendrecv")); err != nil {
		t.Fatal(err)
	}
	await(t, s, media.Silent)
	await(t, s, media.Silent)
	defer goTalk(p, s, 440)()
	eventually(t, "half a second without it, while somebody speaks", func() bool { // a busy machine may hold the speaker up
		for len(s.Events()) > 0 {
			<-s.Events()
		}
		time.Sleep(500 * time.Millisecond)
		for len(s.Events()) > 0 {
			if (<-s.Events()).Kind == media.Silent {
				return false
			}
		}
		return true
	})
}

// A hold lasts as long as whoever holds us likes, and many phones send nothing
// meanwhile, whatever they call it. After it, silence counts anew.
func TestAPeerThatHoldsUsMayBeSilent(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{SilentAfter: 200 * time.Millisecond})
	for name, hold := range map[string]func(p *mediatest.Peer) []byte{
		"sendonly": func(p *mediatest.Peer) []byte { return p.Offer("sendonly") },
		"inactive": func(p *mediatest.Peer) []byte { return p.Offer("inactive") },
		"0.0.0.0": func(p *mediatest.Peer) []byte {
			return bytes.Replace(p.Offer("sendrecv"), []byte("c=IN IP4 127.0.0.1"), []byte("c=IN IP4 0.0.0.0"), 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := open(t, e), peer(t, "")
			if _, err := s.Accept(hold(p)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond)
			if n := len(s.Events()); n != 0 {
				t.Errorf("%d events during the hold", n)
			}
			if _, err := s.Accept(p.Offer("sendrecv")); err != nil {
				t.Fatal(err)
			}
			await(t, s, media.Silent)
		})
	}
}

func TestClosedSessionsLeaveNothing(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{Quarantine: time.Hour})
	a, b := pair(t, e)
	stream := media.NewStream()
	a.Play(stream)
	if st := e.Stats(); st.Sessions != 2 || st.PortsInUse != 2 {
		t.Errorf("%+v", st)
	}
	for range 2 {
		if err := errors.Join(a.Close(), b.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if st := e.Stats(); st.Sessions != 0 || st.PortsInUse != 0 || st.PortsQuarantined != 2 {
		t.Errorf("%+v", st)
	}
	if err := stream.Write(t.Context(), nil); !errors.Is(err, media.ErrStopped) {
		t.Errorf("write: %v", err)
	}
	late := media.NewStream()
	a.Play(late)
	if err := late.Write(t.Context(), nil); !errors.Is(err, media.ErrStopped) {
		t.Errorf("write to what was played after close: %v", err)
	}
	for range a.Events() { //nolint:revive // drained until closed
	}
	if _, err := a.Accept(nil); !errors.Is(err, media.ErrClosed) {
		t.Errorf("accept: %v", err)
	}
}

func TestNoPortsLeft(t *testing.T) {
	t.Parallel()
	e, err := media.New(media.Config{PortMin: 31500, PortMax: 31503})
	if err != nil {
		t.Fatal(err)
	}
	open(t, e)
	s := open(t, e)
	if _, err := e.Open(media.Options{}); !errors.Is(err, media.ErrNoPorts) {
		t.Errorf("third session: %v", err)
	}
	if _, err := s.Offer(); err != nil { // the peer knows the port
		t.Fatal(err)
	}
	_ = s.Close()
	if _, err := e.Open(media.Options{}); !errors.Is(err, media.ErrNoPorts) {
		t.Errorf("a port was reused at once: %v", err)
	}
}

// broken is a sink with a fault.
type broken struct{}

func (broken) WriteFrame(*media.Frame) { panic("a fault of ours") }

func TestAFaultOfOneSessionSilencesNoOther(t *testing.T) {
	t.Parallel()
	faults := make(chan string, 1)
	e := running(t, media.Config{Shards: 1, Fault: func(where []string) { faults <- strings.Join(where, "\n") }})
	bad, _ := pair(t, e)
	good, other := pair(t, e)
	bad.Hear(broken{})
	for ev := range bad.Events() {
		if ev.Kind == media.Broken {
			break
		}
	}
	heard := ear(other)
	good.Play(media.NewTone(440, time.Second))
	if !heard.Until(patience, func(pcm []int16) bool { return mediatest.Level(pcm) > 300 }) {
		t.Error("the others are silent, too")
	}
	if n := e.Stats().Failures; n != 1 {
		t.Errorf("%d failures", n)
	}
	if told := <-faults; !strings.Contains(told, "broken.WriteFrame") || strings.Contains(told, "a fault of ours") || strings.Contains(told, "0x") {
		t.Errorf("it is told as %s", told)
	}
	_ = bad.Close() // does not wait for a pacer that takes it no more
	if n := e.Stats().Sessions; n != 3 {
		t.Errorf("%d sessions are open", n)
	}
}

func TestAnEngineThatServesNobodyRests(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{})
	for range 3 {
		caller, callee := pair(t, e)
		heard := ear(callee)
		caller.Play(media.NewTone(440, 200*time.Millisecond))
		if !heard.Until(patience, func(pcm []int16) bool { return mediatest.Level(pcm) > 300 }) {
			t.Fatal("it does not wake up")
		}
		_, _ = caller.Close(), callee.Close()
		for end := time.Now().Add(patience); ; {
			before := e.Stats().Ticks
			time.Sleep(40 * time.Millisecond)
			if e.Stats().Ticks == before {
				break
			}
			if time.Now().After(end) {
				t.Fatal("it ticks on")
			}
		}
	}
}

// A detector that takes everything for speech after half a second.
type credulous struct{ frames int }

func (c *credulous) Guarded(pcm []int16, _ bool) vad.Change {
	if c.frames++; c.frames == 25 && len(pcm) == media.FrameSamples {
		return vad.Started
	}
	return vad.Same
}

func (c *credulous) Speaking() bool { return c.frames >= 25 }

func TestAnotherDetectorCanTellSpeech(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{Voice: func() media.VoiceDetector { return new(credulous) }})
	_, b := pair(t, e)
	await(t, b, media.SpeechStarted)
}
