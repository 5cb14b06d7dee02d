package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/call"
)

// Synthesizers fail while they are asked for what no cache holds: callers hear it all the
// same.
func TestSlowCallersHearTheirAnswersThoughASynthesizerFails(t *testing.T) {
	if !benched() {
		slow(t)
	}
	needs(t, "flite")
	faults, callers := failoverSize(t)
	for _, s := range []struct {
		name         string
		strike, mend func(e *engineProcess)
	}{
		{"kill -9", func(e *engineProcess) { e.kill() }, func(e *engineProcess) { e.start() }},
		{"SIGSTOP", func(e *engineProcess) { e.signal(syscall.SIGSTOP) }, func(e *engineProcess) { e.signal(syscall.SIGCONT) }},
	} {
		t.Run(s.name, func(t *testing.T) {
			voices := []*engineProcess{newEngine(t, "speechd"), newEngine(t, "speechd")}
			path := filepath.Join(t.TempDir(), "providers.yaml")
			write(t, path, fmt.Sprintf("ears: {kind: asr, target: %q}\na: {kind: tts, target: %q, priority: 0}\nb: {kind: tts, target: %q, priority: 1}\n",
				newRecognizer(t).listen, voices[0].listen, voices[1].listen))
			l := startLine(t, ahead, "--speech-providers", "file:"+path).ready()
			l.hasPrompts()
			calm, calmGaps := l.keyMeters(t, callers, 0, nil)
			t.Logf("without a fault: from the last key to the first sound %s; longest silence in the answer %s", spread(calm), spread(calmGaps))
			var silences, gaps []time.Duration
			for n := range faults {
				silence, gap := l.keyMeters(t, callers, n+1, func() {
					// callers key for 1.2 s, and hear the answer then
					time.Sleep(time.Duration(900+(n+1)*217%700) * time.Millisecond)
					s.strike(voices[0])
				})
				s.mend(voices[0])
				time.Sleep(2 * time.Second)
				silences, gaps = slices.Concat(silences, silence), slices.Concat(gaps, gap)
			}
			t.Logf("the synthesizer fails %d times under %d calls: from the last key to the first sound %s; longest silence in the answer %s",
				faults, callers, spread(silences), spread(gaps))
		})
	}
}

// keyMeters has all callers key in what their meters show, each other digits, and hear
// them read back. strike, if there is one, is called when they begin.
func (l *line) keyMeters(t *testing.T, callers, round int, strike func()) (silences, gaps []time.Duration) {
	t.Helper()
	answers := make([]spokenAnswer, callers)
	var group, keying sync.WaitGroup
	keying.Add(callers)
	begin := make(chan struct{})
	for i := range answers {
		digits := fmt.Sprintf("%05d", 10_000+(round*callers+i)*7919%89_999)
		group.Go(func() { answers[i] = l.keysMeter(t, digits, keying.Done, begin) })
	}
	keying.Wait()
	close(begin)
	if strike != nil {
		strike()
	}
	group.Wait()
	for i, a := range answers {
		if a.trouble != "" {
			t.Errorf("round %d, caller %d: %s", round, i, a.trouble)
			continue
		}
		silences, gaps = append(silences, a.silence), append(gaps, a.gap)
	}
	return silences, gaps
}

// A spokenAnswer is what a caller heard.
type spokenAnswer struct {
	silence time.Duration // from the last key to the first sound
	gap     time.Duration // the longest silence between two sounds of it
	trouble string
}

// keysMeter calls, keys in a meter's digits, and hears them read back.
func (l *line) keysMeter(t *testing.T, digits string, waits func(), begin <-chan struct{}) (a spokenAnswer) {
	t.Helper()
	waits = sync.OnceFunc(waits)
	defer waits()
	c, id, hangUp := l.placesFor(t, "line-en", 5*time.Minute)
	if c == nil {
		return spokenAnswer{trouble: "the call was not taken"}
	}
	defer hangUp()
	if !l.asksForMeter(c, id) {
		return spokenAnswer{trouble: "the line does not ask\n" + l.journal(id)}
	}
	waits()
	<-begin
	ended := c.keys(digits)
	first := c.waitForSound(ended, 15*time.Second)
	if first.IsZero() {
		return spokenAnswer{trouble: "no answer is heard within 15 s\n" + l.journal(id)}
	}
	if !c.quietFor(1500*time.Millisecond, 30*time.Second) {
		return spokenAnswer{trouble: "the bot does not fall silent\n" + l.journal(id)}
	}
	a.silence = first.Sub(ended)
	var sounding time.Duration
	a.gap, sounding = c.sounds(first)
	if !slices.ContainsFunc(l.entries(id), func(e call.Entry) bool {
		return e.Kind == call.KindBotPlayed && noted.MatchString(e.Text.String())
	}) || sounding < time.Second {
		a.trouble = fmt.Sprintf("the answer is not heard to its end, %s of sound\n%s", sounding, l.journal(id))
	}
	return a
}

// sounds gives the longest silence between two sounds from a moment on, and how much
// sound there is.
func (c *overCaller) sounds(from time.Time) (gap, sounding time.Duration) {
	frame := make([]int16, 160)
	var last time.Time
	for _, p := range c.Got() {
		if p.At.Before(from) || len(p.Payload) != len(frame) {
			continue
		}
		if decode(frame, p.Packet); loudness(frame) <= 20 {
			continue
		}
		if !last.IsZero() {
			gap = max(gap, p.At.Sub(last))
		}
		last, sounding = p.At, sounding+20*time.Millisecond
	}
	return gap, sounding
}
