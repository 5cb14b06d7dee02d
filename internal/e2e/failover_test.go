package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media/mediatest"
)

// strikes is what befalls an engine at an instant, and how it comes back.
var strikes = []struct {
	name, fault string
	strike      func(e *engineProcess)
	mend        func(e *engineProcess)
}{
	{"kill -9", "", func(e *engineProcess) { e.kill() }, func(e *engineProcess) { e.start() }},
	{"SIGSTOP", "", func(e *engineProcess) { e.signal(syscall.SIGSTOP) }, func(e *engineProcess) { e.signal(syscall.SIGCONT) }},
	{"answers 3 s late", "slow", arm, disarm},
	{"connections reset", "reset", arm, disarm},
	{"wrong bytes", "wrong-bytes", arm, disarm},
	{"GOAWAY", "goaway", func(e *engineProcess) { e.signal(syscall.SIGTERM) }, func(e *engineProcess) { e.restart() }},
}

func arm(e *engineProcess)    { e.signal(syscall.SIGUSR1) }
func disarm(e *engineProcess) { e.signal(syscall.SIGUSR2) }

// rendered is what the line tells when all its prompts are in memory.
var rendered = regexp.MustCompile(`rendering prompts ahead.*done"?[=:](\d+).*total"?[=:](\d+)`)

// Callers ask again and again while their engines fail, one after the other: each gets
// an answer soon, and no sound of theirs is heard by no engine.
func TestNobodyHearsThatARecognizerFails(t *testing.T) {
	needs(t, "flite")
	instants, callers := failoverSize(t)
	for _, s := range strikes {
		t.Run(s.name, func(t *testing.T) {
			if !benched() {
				t.Parallel()
			}
			engines := recognizers(t, s.fault)
			l := startLine(t, ahead, "--speech-providers", providersOf(t, engines)).ready()
			l.hasPrompts()
			end := make(chan struct{})
			struck := &instantsOf{}
			all := make([]*asker, callers)
			var group sync.WaitGroup
			for i := range all {
				all[i] = &asker{line: l, seed: uint64(i)}
				group.Go(func() { all[i].call(t, end) })
				time.Sleep(50 * time.Millisecond)
			}
			for _, a := range all {
				<-a.begun()
			}
			rnd := rand.New(rand.NewPCG(1, uint64(len(s.name))))
			for i := range instants {
				time.Sleep(time.Duration(1500+rnd.IntN(2000)) * time.Millisecond)
				e := engines[i%2] // the streams are at the other one since the last time
				if busy := busiest(l); busy != "" {
					e = engines[int(busy[0]-'a')]
				}
				struck.add(time.Now())
				s.strike(e)
				time.Sleep(time.Duration(1500+rnd.IntN(1000)) * time.Millisecond)
				s.mend(e)
				time.Sleep(time.Second)
			}
			close(end)
			group.Wait()
			judgeFailover(t, l, all, engines, struck)
		})
	}
}

// benched reports whether `make bench-failover` runs: then nothing may run beside a test.
func benched() bool { return os.Getenv("CALLWARD_FAILOVER") != "" }

// failoverSize is how many faults of each kind there are under how many calls. In a test
// without a bench there are few, and others run beside it unless those measure.
func failoverSize(t *testing.T) (faults, calls int) {
	t.Helper()
	if !benched() {
		if os.Getenv("CALLWARD_SLOW") == "" {
			t.Parallel()
		}
		return 2, 4
	}
	faults, _ = strconv.Atoi(os.Getenv("CALLWARD_FAILOVER"))
	calls, _ = strconv.Atoi(os.Getenv("CALLWARD_FAILOVER_CALLS"))
	return max(faults, 1), max(calls, 1)
}

// hasPrompts waits until all prompts are in memory.
func (l *line) hasPrompts() {
	l.t.Helper()
	l.waitFor("prompts to be there", time.Minute, func() bool {
		for _, m := range rendered.FindAllStringSubmatch(l.out.String(), -1) {
			if m[1] == m[2] {
				return true
			}
		}
		return false
	})
}

// recognizers runs two, each with a fault or none.
func recognizers(t *testing.T, fault string) []*engineProcess {
	t.Helper()
	var faults []string
	if fault != "" {
		faults = append(faults, fault)
	}
	return []*engineProcess{newRecognizer(t, faults...), newRecognizer(t, faults...)}
}

func providersOf(t *testing.T, engines []*engineProcess) string {
	t.Helper()
	text := ""
	for i, e := range engines {
		text += fmt.Sprintf("%c: {kind: asr, target: \"%s\", priority: %d, silence: true}\n", 'a'+i, e.listen, i)
	}
	text += "voice: {kind: tts, target: bundled}\n"
	path := filepath.Join(t.TempDir(), "providers.yaml")
	write(t, path, text)
	return "file:" + path
}

// busiest names the engine that hears most streams now.
func busiest(l *line) (name string) {
	most := 0.0
	for _, engine := range []string{"a", "b"} {
		if n, _ := l.metric(`callward_asr_streams_open{engine="` + engine + `"}`); n > most {
			name, most = engine, n
		}
	}
	return name
}

// instantsOf is when faults struck.
type instantsOf struct {
	mu sync.Mutex
	at []time.Time
}

func (i *instantsOf) add(t time.Time) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.at = append(i.at, t)
}

// before gives the last one before a time.
func (i *instantsOf) before(t time.Time) (last time.Time) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, at := range i.at {
		if at.Before(t) {
			last = at
		}
	}
	return last
}

// between reports whether one struck in a time.
func (i *instantsOf) between(from, to time.Time) bool {
	return slices.ContainsFunc(i.at, func(t time.Time) bool { return t.After(from) && t.Before(to) })
}

// An asker asks, waits for the answer to its end, and asks again.
type asker struct {
	line *line
	seed uint64

	once  sync.Once
	start chan struct{}

	id      string
	said    []int // coded frames, all that there are from 0 on
	began   []utterance
	turns   []asked
	trouble string
}

// An utterance is said without a pause, from a frame on.
type utterance struct {
	first int
	at    time.Time
}

// when gives when a frame was said.
func (a *asker) when(frame int) time.Time {
	var at time.Time
	for _, u := range a.began {
		if u.first <= frame {
			at = u.at.Add(time.Duration(frame-u.first) * 20 * time.Millisecond)
		}
	}
	return at
}

// asked is one question and its answer.
type asked struct{ began, ended, answered time.Time }

func (a *asker) begun() chan struct{} {
	a.once.Do(func() { a.start = make(chan struct{}) })
	return a.start
}

func (a *asker) call(t *testing.T, end <-chan struct{}) {
	t.Helper()
	begun := a.begun()
	ready := sync.OnceFunc(func() { close(begun) })
	defer ready()
	c, id, hangUp := a.line.placesFor(t, "line-en", 30*time.Minute)
	if c == nil {
		a.trouble = "the call was not taken"
		return
	}
	defer hangUp()
	c.Keep(700)
	a.id = id
	rnd := rand.New(rand.NewPCG(a.seed, 7))
	next := 0
	for over := false; !over; {
		if !c.quietFor(700*time.Millisecond, 40*time.Second) {
			a.trouble = "the bot does not fall silent"
			return
		}
		ready()
		time.Sleep(time.Duration(rnd.IntN(700)) * time.Millisecond)
		select {
		case <-end:
			over = true
			continue
		default:
		}
		frames, start := 40+rnd.IntN(60), next
		pcm := make([]int16, frames*mediatest.CodedFrame)
		for i := range frames {
			mediatest.Coded(next, pcm[i*mediatest.CodedFrame:][:mediatest.CodedFrame])
			a.said = append(a.said, next)
			next++
		}
		began, ended := c.utter(pcm)
		a.began = append(a.began, utterance{start, began})
		first := c.waitForSound(ended, 12*time.Second)
		if first.IsZero() {
			a.trouble = fmt.Sprintf("no answer within 12 s of %s", ended.Format("15:04:05.000"))
			return
		}
		a.turns = append(a.turns, asked{began, ended, first})
	}
}

func judgeFailover(t *testing.T, l *line, all []*asker, engines []*engineProcess, struck *instantsOf) {
	t.Helper()
	heard := map[string]map[int]int{}
	for _, e := range engines {
		e.heard(heard)
	}
	said, lost, replayed, failed := 0, 0, 0, 0
	var hit, calm []time.Duration
	for _, a := range all {
		if a.trouble != "" {
			failed++
			t.Logf("caller %d: %s\n%s", a.seed, a.trouble, tail(l.journal(a.id)))
		}
		var missing []mediatest.Range
		for _, n := range a.said {
			said++
			switch times := heard[a.id][n]; {
			case times == 0:
				missing = mediatest.AddTo(missing, n)
				lost++
			case times > 1:
				replayed++
			}
		}
		for _, r := range missing {
			at := a.when(r.First)
			since := "before any fault"
			if last := struck.before(at); !last.IsZero() {
				since = at.Sub(last).String() + " after a fault"
			}
			t.Logf("caller %d: frames %d to %d are lost: said at %s, %s", a.seed, r.First, r.Last, at.Format("15:04:05.000"), since)
		}
		if len(missing) > 0 { // was it lost on the way in?
			t.Logf("caller %d: the sound that came in: %+v", a.seed, l.record(a.id).Sound)
		}
		for _, q := range a.turns {
			if silence := q.answered.Sub(q.ended); struck.between(q.began, q.answered) {
				hit = append(hit, silence)
			} else {
				calm = append(calm, silence)
			}
		}
	}
	var reliefs, since []time.Duration
	for _, a := range all {
		for _, e := range l.entries(a.id) {
			if e.Kind != call.KindRelieved {
				continue
			}
			reliefs = append(reliefs, e.Duration)
			if at := struck.before(e.Time); e.Time.Sub(at) < 5*time.Second {
				since = append(since, e.Time.Sub(at))
			}
		}
	}
	t.Logf("%d faults under %d calls: %d calls lost; of %d frames of 20 ms %d were heard by no engine, %d twice; %d streams taken over, last sign to ready %s; fault to the other's stream %s",
		len(struck.at), len(all), failed, said, lost, replayed, len(reliefs), spread(reliefs), spread(since))
	t.Logf("silence from the caller's last sound to the bot's first, by the packets that callers received: %d answers that a fault struck %s; %d others %s", len(hit), spread(hit), len(calm), spread(calm))
	ticks, _ := l.metric("callward_media_ticks_skipped_total")
	kept, _ := l.metric("callward_asr_samples_lost_total")
	t.Logf("the line itself: %.0f beats of its sound left out, %.0f samples that it kept from every recognizer", ticks, kept)
	allowed := 0
	if !benched() { // a machine that others load too is late for some packets
		allowed = said / 20
	}
	if failed > 0 || lost > allowed {
		t.Errorf("%d calls and %d frames are lost", failed, lost)
	}
	if len(reliefs) == 0 {
		t.Error("no stream was taken over: nothing was tried")
	}
}

// spread prints a distribution.
func spread(d []time.Duration) string {
	if len(d) == 0 {
		return "none"
	}
	d = slices.Sorted(slices.Values(d))
	at := func(p float64) time.Duration { return d[int(p*float64(len(d)-1)+0.5)].Round(time.Millisecond) }
	return fmt.Sprintf("p50 %s, p95 %s, most %s", at(0.5), at(0.95), at(1))
}
