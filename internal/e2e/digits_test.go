package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/call"
)

// meters is what callers read from theirs.
var meters = []struct{ words, voice string }{
	{"four two seven one nine", "flite:slt"},
	{"eight three five six two", "flite:rms"},
	{"one nine four eight five", "flite:slt"},
	{"six seven two three one", "flite:rms"},
}

// noted is how the line reads a meter back.
var noted = regexp.MustCompile(`I have noted (.*)\. Is that right`)

// The bundled recognizer hears digits with their grammar. When it is killed in the
// midst of them, another hears the same.
func TestSlowKilledRecognizersHearTheSameDigits(t *testing.T) {
	if !benched() {
		slow(t)
	}
	needs(t, "flite")
	failoverSize(t)
	engines := []*engineProcess{newEngine(t, "speechd"), newEngine(t, "speechd")}
	l := startLine(t, ahead, "--speech-providers", providersOf(t, engines)).ready()
	l.hasPrompts()
	calm := l.readMeters(t, nil)
	var lost []string
	for round := range 2 { // both must have been struck
		struck := l.readMeters(t, func() *engineProcess {
			e := engines[round]
			if busy := busiest(l); busy != "" {
				e = engines[int(busy[0]-'a')]
			}
			e.kill()
			return e
		})
		taken := 0
		for i, m := range meters {
			t.Logf("%q: heard as %q without a fault, %q with the recognizer killed; %d streams taken over", m.words, calm[i].digits, struck[i].digits, struck[i].relieved)
			taken += struck[i].relieved
			if calm[i].digits != struck[i].digits || calm[i].digits == "" {
				lost = append(lost, fmt.Sprintf("%q: %q without a fault, %q with it\n%s\nwith it:\n%s", m.words, calm[i].digits, struck[i].digits, calm[i].story, struck[i].story))
			}
		}
		if taken == 0 {
			lost = append(lost, "no stream was taken over: nothing was tried")
		}
	}
	if len(lost) > 0 {
		t.Error(strings.Join(lost, "\n"))
	}
}

// A reading is what the line understood of a meter.
type reading struct {
	digits   string
	relieved int
	late     bool // recognition had not the time that it needs
	story    string
}

// readMeters has all callers read their meters at once; kill, if there is one, kills an
// engine in the midst of it. If there is none, who was not understood while recognition was
// late reads again, alone.
func (l *line) readMeters(t *testing.T, kill func() *engineProcess) []reading {
	t.Helper()
	all := make([]reading, len(meters))
	var group, speaking sync.WaitGroup
	speaking.Add(len(meters))
	begin := make(chan struct{})
	for i, m := range meters {
		said, _ := voiced(t, "digits", m.words, m.voice)
		group.Go(func() { all[i] = l.readsMeter(t, said, speaking.Done, begin) })
	}
	speaking.Wait()
	close(begin)
	if kill != nil {
		time.Sleep(900 * time.Millisecond) // a digit or two are said
		kill().start()
	}
	group.Wait()
	for i, m := range meters {
		if kill == nil && all[i].digits == "" && all[i].late {
			said, _ := voiced(t, "digits", m.words, m.voice)
			l.alone(func(on *line) { all[i] = on.readsMeter(t, said, func() {}, begin) })
		}
	}
	return all
}

func (l *line) readsMeter(t *testing.T, said []int16, waits func(), begin <-chan struct{}) reading {
	t.Helper()
	waits = sync.OnceFunc(waits)
	defer waits()
	c, id, hangUp := l.placesFor(t, "line-en", 5*time.Minute)
	if c == nil {
		return reading{story: "the call was not taken"}
	}
	defer hangUp()
	if !l.asksForMeter(c, id) {
		return reading{story: "the line does not ask\n" + l.journal(id)}
	}
	waits()
	<-begin
	spoke := time.Now()
	c.utter(said)
	r := reading{}
	l.within(id, 20*time.Second, func(e call.Entry) bool {
		if m := noted.FindStringSubmatch(e.Text.String()); m != nil && e.Kind == call.KindBotSaid {
			r.digits = m[1]
		}
		return r.digits != "" || e.Kind == call.KindBotSaid && e.Time.After(spoke.Add(time.Second))
	})
	entries := l.entries(id)
	for _, e := range entries {
		if e.Kind == call.KindRelieved && e.Time.After(spoke) {
			r.relieved++
		}
	}
	r.late = wasLate(visit{entries: entries})
	r.story = l.journal(id)
	return r
}

// asksForMeter brings a caller to the question for a meter's digits, by key, and reports
// whether it was asked to its end.
func (l *line) asksForMeter(c *overCaller, id string) bool {
	if !c.quietFor(700*time.Millisecond, 40*time.Second) {
		return false
	}
	c.keys("3")
	return l.within(id, 20*time.Second, asksForDigits) && c.quietFor(700*time.Millisecond, 40*time.Second)
}

func asksForDigits(e call.Entry) bool {
	return e.Kind == call.KindBotSaid && strings.Contains(e.Text.String(), "five digits on your meter")
}
