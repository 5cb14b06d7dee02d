package e2e

import (
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media/mediatest"
)

// deafSoon is what the issue asks for; deafLast is what a busy machine may take.
const (
	deafSoon = 5 * time.Second
	deafLast = 15 * time.Second
	// regainLast is longer than the longest wait for another look, on a busy machine.
	regainLast = 40 * time.Second
)

// Callers speak while both recognizers fail: each is told to use the keys, and the keys
// work. Once the recognizers are back, their words are heard again.
func TestCallersWhomNobodyHearsAreOfferedTheKeys(t *testing.T) {
	needs(t, "flite")
	_, callers := failoverSize(t)
	for _, s := range []struct {
		name   string
		signal syscall.Signal
		mend   func(*engineProcess)
	}{
		{"kill -9", syscall.SIGKILL, func(e *engineProcess) { e.kill(); e.start() }},
		{"SIGSTOP", syscall.SIGSTOP, func(e *engineProcess) { e.signal(syscall.SIGCONT) }},
	} {
		t.Run(s.name, func(t *testing.T) {
			if !benched() {
				t.Parallel()
			}
			engines := recognizers(t, "")
			l := startLine(t, ahead, "--speech-providers", providersOf(t, engines)).ready()
			l.hasPrompts()
			var group, speaking, keying sync.WaitGroup
			f := &faultAt{struck: make(chan struct{}), mended: make(chan struct{})}
			all := make([]keyed, callers)
			speaking.Add(callers)
			keying.Add(callers)
			for i := range all {
				group.Go(func() {
					done := sync.OnceFunc(keying.Done)
					defer done()
					all[i] = l.losesItsEars(t, speaking.Done, done, f)
				})
			}
			speaking.Wait()
			for _, e := range engines {
				e.signal(s.signal)
			}
			f.at = time.Now()
			close(f.struck)
			keying.Wait()
			for _, e := range engines {
				s.mend(e)
			}
			close(f.mended)
			group.Wait()
			judgeDeaf(t, all)
		})
	}
}

// A faultAt is when a fault struck: at is set before struck is closed.
type faultAt struct {
	at     time.Time
	struck chan struct{}
	mended chan struct{} // closed when the engines are back
}

// keyed is what came of a caller whom nobody hears.
type keyed struct {
	offered time.Duration // from the fault to the first sound that follows it
	menu    time.Duration // and to that of the menu, as the line sees it
	worked  bool
	again   time.Duration // from the engines' return until a recognizer hears the caller; 0: none does
	story   string
}

// losesItsEars calls, speaks while the fault strikes, and then keys in what it wants.
func (l *line) losesItsEars(t *testing.T, speaks, pressed func(), f *faultAt) (k keyed) {
	t.Helper()
	ready := sync.OnceFunc(speaks)
	c, id, hangUp := l.placesFor(t, "line-en", 10*time.Minute)
	defer ready()
	if c == nil {
		return keyed{story: "the call was not taken"}
	}
	defer hangUp()
	if !c.quietFor(700*time.Millisecond, 40*time.Second) {
		return keyed{story: "the bot does not fall silent\n" + l.journal(id)}
	}
	done := make(chan struct{})
	go func() { c.utter(mediatest.CodedAudio(0, 100)); close(done) }()
	time.Sleep(500 * time.Millisecond)
	ready()
	<-f.struck
	at := f.at
	<-done
	k.offered = deafLast
	heard := c.waitForSound(at, deafLast)
	if heard.IsZero() {
		k.story = "no sound after the fault\n" + l.journal(id)
		return k
	}
	k.offered = heard.Sub(at)
	offer := func(e call.Entry) bool {
		return e.Time.After(at) && (e.Kind == call.KindBridged || e.Kind == call.KindQueued ||
			e.Kind == call.KindBotSaid && strings.Contains(e.Text.String(), "press one"))
	}
	if !l.within(id, deafLast, offer) {
		k.story = "neither the keys are offered nor a human\n" + l.journal(id)
		return k
	}
	l.within(id, deafLast, func(e call.Entry) bool { // the excuse is over: what follows is the menu
		if e.Kind == call.KindBotPlayed && e.Time.After(at) {
			k.menu = e.Time.Sub(at)
		}
		return k.menu > 0
	})
	c.keys("1")
	k.worked = l.within(id, deafLast, func(e call.Entry) bool {
		return e.Kind == call.KindBotPlayed && e.Time.After(at) && strings.HasPrefix(e.Text.String(), "We are open")
	})
	pressed()
	<-f.mended
	back := time.Now()
	if l.within(id, regainLast, func(e call.Entry) bool { return e.Kind == call.KindRegained }) {
		k.again = time.Since(back)
		c.quietFor(700*time.Millisecond, 40*time.Second)
		spoke := time.Now()
		c.utter(mediatest.CodedAudio(200, 100))
		k.worked = k.worked && l.within(id, deafLast, func(e call.Entry) bool { return e.Kind == call.KindCallerSaid && e.Time.After(spoke) })
	}
	k.story = l.journal(id)
	return k
}

func judgeDeaf(t *testing.T, all []keyed) {
	t.Helper()
	var offered, menu, again []time.Duration
	for i, k := range all {
		offered, menu, again = append(offered, k.offered), append(menu, k.menu), append(again, k.again)
		if !k.worked || k.again == 0 {
			t.Errorf("caller %d: %s", i, tail(k.story))
		}
	}
	t.Logf("both recognizers fail under %d calls: from the fault to the first sound of the excuse, as callers hear it, %s; to the menu of keys that follows it %s (asked for: %s); from the recognizers' return until callers are heard again %s",
		len(all), spread(offered), spread(menu), deafSoon, spread(again))
}

// keys presses keys, one after the other, and gives when the last was sent.
func (c *overCaller) keys(all string) time.Time {
	for i := range len(all) {
		c.mu.Lock()
		c.digits = append(c.digits, all[i])
		c.mu.Unlock()
		for left := 1; left > 0; {
			time.Sleep(5 * time.Millisecond)
			c.mu.Lock()
			left = len(c.digits)
			c.mu.Unlock()
		}
		if i < len(all)-1 {
			time.Sleep(300 * time.Millisecond)
		}
	}
	return time.Now()
}
