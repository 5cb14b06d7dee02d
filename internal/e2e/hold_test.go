package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/app"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// How each of the long calls is spent: ten times talk and hold, one of the holds
// long and without a packet, then a rest. All but second are seconds as the
// session timers count them. A call of which nothing is heard ends within a session.
type schedule struct {
	second                          time.Duration
	session, talk, held, long, rest int
}

func (s schedule) length() int { return 10*s.talk + 9*s.held + s.long + s.rest }

// refreshers are who says that a call is still wanted.
var refreshers = map[string]string{"the caller": "uac", "Callward": "uas"}

// Forty minutes pass in half of one: a second of the session timers, and of the
// silence that ends a call, lasts 12 ms on both sides. All else is as it is: sound
// goes at its 20 ms, and messages are repeated as RFC 3261 says. A session
// is nearly as long as it may be if each talk, each hold and the rest are to need a
// refresh: that, which comes when half of it is over, has a third of a real second
// to be heard of on a machine that others load.
func TestACallOfFortyMinutesOutlivesTenHolds(t *testing.T) {
	s := schedule{second: 12 * time.Millisecond, session: 128, talk: 100, held: 110, long: 300, rest: 110}
	if got := s.length(); got != 40*60 {
		t.Fatalf("the schedule has %d seconds", got)
	}
	l := startApp(t, app.Options{Timers: sip.Timers{Second: s.second}}, "--media-timeout", (90 * s.second).String()) // which holds outlast
	for name, refresher := range refreshers {
		t.Run(name+" refreshes", func(t *testing.T) {
			t.Parallel()
			longCall(t, l, s, refresher)
		})
	}
}

// The same in real time, against the real program with its own clocks, takes eight
// minutes: five of them are one hold, and the rest lasts until a refresh is needed.
func TestSlowACallOfEightMinutesOutlivesTenHolds(t *testing.T) {
	slow(t)
	t.Parallel()
	l := startLine(t)
	t.Run("calls", func(t *testing.T) { // the line outlives them
		for name, refresher := range refreshers {
			t.Run(name+" refreshes", func(t *testing.T) {
				t.Parallel()
				longCall(t, l, schedule{second: time.Second, session: 90, talk: 6, held: 6, long: 300, rest: 75}, refresher)
			})
		}
	})
	l.isClean()
}

// longCall places a call, lives it, and demands that the line ended it as the
// caller did.
func longCall(t *testing.T, l *line, s schedule, refresher string) {
	t.Helper()
	began := time.Now()
	c := dialEcho(t, l, s, refresher)
	c.lives(s)
	if err := c.leg.Hangup(t.Context(), sip.Normal); err != nil {
		t.Error(err)
	}
	siptest.Eventually(t, "the record of a caller who hung up", func() bool { return c.recorded(l) })
	t.Logf("%d seconds in %s; %d tones came back, nothing did during ten holds", s.length(), time.Since(began).Round(time.Second), c.tones)
}

// startApp starts a server within the test, so that its clocks can be set.
func startApp(t *testing.T, o app.Options, args ...string) *line {
	t.Helper()
	assistants, err := filepath.Abs("../app/testdata/assistants") // quick to train
	if err != nil {
		t.Fatal(err)
	}
	fs := pflag.NewFlagSet("callward", pflag.ContinueOnError)
	app.AddFlags(fs)
	if err := fs.Parse(append([]string{
		"--sip", "127.0.0.1:0", "--http", "127.0.0.1:0", "--rtp-ports", rtpPorts(), "--test-numbers",
		"--speech", "unix:/nonexistent/speech.sock", "--assistants", assistants,
	}, args...)); err != nil {
		t.Fatal(err)
	}
	loaded, err := app.Load(app.Sources{Flags: fs, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), loaded, o)
	if err != nil {
		t.Fatal(err)
	}
	stop, cancel := context.WithCancel(context.Background())
	hurry, over := make(chan struct{}), make(chan error, 1)
	go func() { over <- a.Run(stop, hurry) }()
	t.Cleanup(func() {
		cancel()
		close(hurry)
		if err := <-over; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	<-a.Started()
	return &line{t: t, sip: a.SIP("udp").String(), http: a.HTTP().String()}
}

// A holder is a caller of the number that echoes, with a phone that holds.
type holder struct {
	t       *testing.T
	name    string
	leg     *sip.Leg
	session *media.Session
	ear     *mediatest.Ear
	version int
	second  time.Duration // of the session timers
	start   time.Time
	passed  int // seconds since
	tones   int // heard again
}

// dialEcho calls, with sessions that refresher keeps alive.
func dialEcho(t *testing.T, l *line, s schedule, refresher string) *holder {
	t.Helper()
	c := &holder{t: t, name: "holder-" + refresher, session: farSession(t), ear: mediatest.NewEar(), second: s.second}
	c.session.Hear(c.ear)
	if _, err := c.session.Offer(); err != nil { // what is said differs from it, but for the codecs
		t.Fatal(err)
	}
	p := siptest.NewPhone(t, c.name, func(cfg *sip.Config) {
		interval := time.Duration(s.session) * time.Second
		cfg.Timers = sip.Timers{Session: interval, MinSession: interval, Second: s.second}
	})
	var err error
	c.leg, err = p.Dial(t.Context(), sip.Invite{
		To: "sip:echo@" + l.sip, From: p.URI("udp"), SDP: c.describe("127.0.0.1", "sendrecv"), Refresher: refresher,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.start = time.Now()
	if got, want := c.leg.Header("Session-Expires"), fmt.Sprintf("%d;refresher=%s", s.session, refresher); got != want {
		t.Errorf("Session-Expires is %q, want %q", got, want)
	}
	c.takes(c.leg.Remote())
	return c
}

// farSession is the media of a caller, who speaks these codecs; all of ours, if none is named.
func farSession(t *testing.T, codecs ...string) *media.Session {
	t.Helper()
	var cfg media.Config
	if _, err := fmt.Sscanf(rtpPorts(), "%d-%d", &cfg.PortMin, &cfg.PortMax); err != nil {
		t.Fatal(err)
	}
	engine, err := media.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = engine.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	s, err := engine.Open(media.Options{NoVAD: true, Codecs: codecs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// describe writes an offer, of a new version.
func (c *holder) describe(address, direction string) []byte {
	c.version++
	return fmt.Appendf(nil, "v=0\r\no=- 1 %d IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=%s\r\n",
		c.version, address, c.session.Port(), direction)
}

func (c *holder) takes(answer []byte) {
	c.t.Helper()
	if err := c.session.SetAnswer(answer); err != nil {
		c.t.Fatalf("%v: %s", err, answer)
	}
}

// A hold is a way in which phones hold, and what we must answer.
type hold struct {
	address, direction, answer string
	music                      bool // the phone plays some
}

// The first of them is the long one too, but then without music: the line may send
// nothing, and must not wait for anything.
var holds = []hold{
	{"127.0.0.1", "sendonly", "recvonly", true},
	{"127.0.0.1", "inactive", "inactive", false},
	{"0.0.0.0", "sendrecv", "recvonly", false}, // RFC 2543
}

// longHold is the number of the hold that lasts and is silent.
const longHold = 3

// lives goes through the schedule.
func (c *holder) lives(s schedule) {
	c.t.Helper()
	c.isHeard("after the answer")
	for i := range 10 {
		h, length := holds[i%len(holds)], s.held
		if i == longHold {
			h.music, length = false, s.long
		}
		c.pass(s.talk)
		c.isHeard(fmt.Sprintf("before hold %d", i))
		c.hold(i, h, length)
		c.isHeard(fmt.Sprintf("after hold %d", i))
	}
	c.pass(s.rest)
	c.isHeard("at the end")
}

// hold holds the line for some seconds, in which nothing may come, and takes it back.
func (c *holder) hold(i int, h hold, seconds int) {
	c.t.Helper()
	c.offers(h.address, h.direction, h.answer, h.music)
	if h.music {
		c.session.Play(media.NewTone(300, 0))
	}
	settled := c.settle(i)
	c.pass(seconds)
	if got := c.packets() - settled; got > 0 {
		c.t.Errorf("hold %d (%s, %s): %d packets came", i, h.address, h.direction, got)
	}
	c.session.Flush()
	c.offers("127.0.0.1", "sendrecv", "sendrecv", true)
}

// offers makes a new offer and takes the answer. A caller who does not speak takes
// it as if nobody would listen, and sends nothing.
func (c *holder) offers(address, direction, want string, speaks bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), siptest.Patience)
	defer cancel()
	answer, err := c.leg.Reinvite(ctx, c.describe(address, direction))
	if err != nil {
		c.t.Fatalf("offer of %s at %s after %d s: %v", direction, address, c.passed, err)
	}
	if !bytes.Contains(answer, []byte("a="+want+"\r\n")) {
		c.t.Errorf("the answer to %s at %s is not %s:\n%s", direction, address, want, answer)
	}
	if !speaks {
		answer = bytes.Replace(answer, []byte("a="+want), []byte("a=inactive"), 1)
	}
	c.takes(answer)
}

// packets counts all that came, wanted or not.
func (c *holder) packets() uint64 {
	st := c.session.Stats()
	return st.Received + st.Unexpected + st.Strangers + st.OverRate + st.Unknown
}

// settle waits until nothing comes for five packets' time, which must be within a
// second, and gives how many have come.
func (c *holder) settle(i int) uint64 {
	c.t.Helper()
	n := c.packets()
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		time.Sleep(5 * media.FrameTime)
		now := c.packets()
		if now == n {
			return n
		}
		n = now
	}
	c.t.Errorf("hold %d: packets went on for a second", i)
	return n
}

// pass lets time pass, up to so many more seconds of the schedule.
func (c *holder) pass(seconds int) {
	c.t.Helper()
	c.passed += seconds
	timer := time.NewTimer(time.Until(c.start.Add(time.Duration(c.passed) * c.second)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.leg.Done():
		c.t.Fatalf("the call ended within its first %d s: %v", c.passed, c.leg.Cause())
	}
}

// isHeard says a tone, each time another one, and demands it back: within a second, unless
// others load the machine too.
func (c *holder) isHeard(when string) {
	c.t.Helper()
	c.ear.Forget()
	began, hz := time.Now(), float64(400+50*c.tones)
	c.session.Play(media.NewTone(hz, 0))
	err := c.ear.Hears(siptest.Patience, 200*time.Millisecond, hz)
	c.session.Flush()
	if err != nil {
		c.t.Fatalf("%s, %d s into the call, a tone did not come back: %v (the call ended with %q; %+v)", when, c.passed, err, c.leg.Cause(), c.session.Stats())
	}
	if took := time.Since(began); took > time.Second && os.Getenv("CALLWARD_SLOW") != "" {
		c.t.Errorf("%s, %d s into the call, a tone came back after %s", when, c.passed, took)
	}
	c.tones++
}

// recorded reports whether the line has the call as one that its caller ended.
func (c *holder) recorded(l *line) bool {
	for _, r := range l.calls() {
		if r.Caller == c.name && r.State == call.StateEnded.String() {
			if r.Cause != sip.Normal.String() {
				c.t.Errorf("the record says that the call ended with %s", r.Cause)
			}
			return true
		}
	}
	return false
}
