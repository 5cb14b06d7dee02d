package e2e

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/callward/callward/call"
)

// mostTalkers is how many callers there may be at once, over all tests, whose words the
// bundled engine recognizes: a core understands no more of them in time.
var mostTalkers = 3 * runtime.NumCPU()

var talkers = semaphore.NewWeighted(int64(mostTalkers))

// talks waits until another caller may talk. Who does calls what it gives at the end.
func talks() (done func()) {
	_ = talkers.Acquire(context.Background(), 1) // it waits for as long as it takes
	return func() { talkers.Release(1) }
}

// inQuiet does f when no caller of any test talks.
func inQuiet(f func()) {
	all := int64(mostTalkers)
	_ = talkers.Acquire(context.Background(), all) // as above
	defer talkers.Release(all)
	f()
}

// alone does f when no caller of any test talks, on a line that lets its own do so.
func (l *line) alone(f func(on *line)) {
	inQuiet(func() {
		on := *l
		on.scripted = true // nobody is to be waited for
		f(&on)
	})
}

// understood places n calls whose callers the bundled engine has to understand, of which
// each says whether it did: two at once, for the machine is shared with all that runs
// beside them. How loaded that is shows nothing of what the engine understands: a call that
// came to nothing while recognition was late is placed again, alone, and what comes of that
// counts.
func (l *line) understood(n int, place func(on *line, i int) (visit, bool)) {
	l.t.Helper()
	late := make([]bool, n)
	some(n, 2, func(i int) {
		v, ok := place(l, i)
		late[i] = !ok && wasLate(v)
	})
	for i := range n {
		if late[i] {
			l.alone(func(on *line) {
				v, ok := place(on, i)
				l.t.Logf("call %d, in which recognition was late, is placed again: understood %t, late again %t", i+1, ok, wasLate(v))
			})
		}
	}
}

// lateWords is what the words of an answer may take on a machine that has the time for them.
const lateWords = 2 * time.Second

// wasLate reports whether recognition had not the time that it needs in a call: the line
// waited for it, asked it anew, or lost it.
func wasLate(v visit) bool {
	return slices.ContainsFunc(v.entries, func(e call.Entry) bool {
		switch e.Kind {
		case call.KindRelieved:
			return true
		case call.KindFiller, call.KindTrouble:
			return strings.Contains(e.Reason, "recognition")
		case call.KindTurn:
			return e.Waterfall != nil && time.Duration(e.Waterfall.Final)*time.Millisecond > lateWords
		default:
			return false
		}
	})
}

func TestOnlyWhatLoadSpoiltIsTriedAgain(t *testing.T) {
	for reason, want := range map[string]bool{
		"": false, "silence": false, "relieved": true, "slow": true, "slower than usual": false,
		"recognition is late, 1 of 2": true, "recognition of en is lost: no recognizer is to be had": true, "recognition took too long": true, "no voice": false,
	} {
		v := visit{entries: []call.Entry{{Kind: call.KindCallerSaid}, {Kind: call.KindFiller}}}
		switch reason {
		case "":
		case "silence":
			v.entries = append(v.entries, call.Entry{Kind: call.KindDecision, Reason: "silence, 1 of 2: ask again"})
		case "relieved":
			v.entries = append(v.entries, call.Entry{Kind: call.KindRelieved})
		case "slow":
			v.entries = append(v.entries, call.Entry{Kind: call.KindTurn, Waterfall: &call.Waterfall{Final: 3300}})
		case "slower than usual":
			v.entries = append(v.entries, call.Entry{Kind: call.KindTurn, Waterfall: &call.Waterfall{Final: 900, Total: 4000}})
		case "recognition is late, 1 of 2":
			v.entries = append(v.entries, call.Entry{Kind: call.KindFiller, Reason: reason})
		default:
			v.entries = append(v.entries, call.Entry{Kind: call.KindTrouble, Reason: reason})
		}
		if got := wasLate(v); got != want {
			t.Errorf("%s: late %t", reason, got)
		}
	}
}

// atOnce does f for 0 to n-1.
func atOnce(n int, f func(i int)) { some(n, n, f) }

// some does f for 0 to n-1, most of them at once.
func some(n, most int, f func(i int)) {
	work := make(chan int)
	var wg sync.WaitGroup
	for range most {
		wg.Go(func() {
			for i := range work {
				f(i)
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
}
