package queuelog_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/internal/facts"
	"github.com/callward/callward/internal/queuelog"
	"github.com/callward/callward/router/queue"
)

// documented are the parameters of each event, as the Asterisk documentation has them
// (Operation, Logging, Queue Logs), those that are numbers with a #. PAUSE and UNPAUSE are
// not in that page: the queue application writes a reason.
var documented = map[string][]string{
	"ABANDON":          {"#position", "#origposition", "#waittime"},
	"ADDMEMBER":        {},
	"ATTENDEDTRANSFER": {"method", "method-data", "#holdtime", "#calltime", "#origposition"},
	"BLINDTRANSFER":    {"extension", "context", "#holdtime", "#calltime", "#origposition"},
	"COMPLETEAGENT":    {"#holdtime", "#calltime", "#origposition"},
	"COMPLETECALLER":   {"#holdtime", "#calltime", "#origposition"},
	"CONFIGRELOAD":     {},
	"CONNECT":          {"#holdtime", "bridgedchanneluniqueid", "#ringtime"},
	"ENTERQUEUE":       {"url", "callerid", "#origposition"},
	"EXITWITHKEY":      {"key", "#position", "#origposition", "#waittime"},
	"EXITWITHTIMEOUT":  {"#position", "#origposition", "#waittime"},
	"PAUSE":            {"reason"},
	"PAUSEALL":         {"reason"},
	"QUEUESTART":       {},
	"REMOVEMEMBER":     {},
	"RINGCANCELED":     {"#ringtime"},
	"RINGNOANSWER":     {"#ringtime"},
	"SYSCOMPAT":        {},
	"UNPAUSE":          {},
	"UNPAUSEALL":       {},
}

// An entry is a line as a reader of Asterisk's takes it.
type entry struct {
	at                       int64
	call, queue, agent, kind string
	with                     map[string]string
}

// parse reads lines by the documentation alone.
func parse(text string) ([]entry, error) {
	var out []entry
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		if len(f) < 5 || !strings.HasSuffix(line, "\n") {
			return nil, fmt.Errorf("%q has not five fields", line)
		}
		at, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		names, ok := documented[f[4]]
		if !ok || len(f)-5 != len(names) {
			return nil, fmt.Errorf("%q: unknown, or not %d parameters", line, len(names))
		}
		e := entry{at, f[1], f[2], f[3], f[4], map[string]string{}}
		for i, name := range names {
			value := f[5+i]
			if number, isOne := strings.CutPrefix(name, "#"); isOne {
				if n, err := strconv.Atoi(value); err != nil || n < 0 {
					return nil, fmt.Errorf("%q: %s is %q", line, name, value)
				}
				name = number
			}
			e.with[name] = value
		}
		out = append(out, e)
	}
	return out, nil
}

// A story is events at seconds; it gives what is written of them.
type story struct {
	fold *facts.Fold
	n    int
	text strings.Builder
}

func newStory() *story { return &story{fold: facts.NewFold()} }

func (s *story) tell(second float64, kind queue.EventKind, fields ...string) {
	s.n++
	f := map[string]string{}
	for i := 0; i+1 < len(fields); i += 2 {
		f[fields[i]] = fields[i+1]
	}
	e := queue.Event{ID: fmt.Sprintf("%d-0", s.n), At: time.Unix(1000, int64(second*1e9)), Kind: kind, Fields: f}
	for _, fact := range s.fold.Apply(e) {
		s.text.WriteString(queuelog.Lines(fact))
	}
}

// short prints entries without what the test does not want.
func (s *story) short(t *testing.T) []string {
	t.Helper()
	entries, err := parse(s.text.String())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		with := ""
		for _, name := range slices.Sorted(maps.Keys(e.with)) {
			with += " " + name + "=" + e.with[name]
		}
		out = append(out, fmt.Sprintf("%d %s %s %s %s%s", e.at-1000, e.call, e.queue, e.agent, e.kind, with))
	}
	return out
}

func TestACallIsWrittenAsItsReadersExpect(t *testing.T) {
	s := newStory()
	s.tell(0, queue.EventNode, "node", "n1", "state", "joined")
	s.tell(0, queue.EventConfigured)
	s.tell(1, queue.EventAgent, "agent", "anna", "state", "available", "queues", " billing=0 gas=2 agent.anna=0 ")
	s.tell(2, "call.started", "call", "c0", "caller", "+331")
	s.tell(2, queue.EventEntered, "call", "c0", "queue", "billing", "score", "100")
	s.tell(3, "call.started", "call", "c1", "caller", "p12")
	s.tell(3, queue.EventEntered, "call", "c1/2", "queue", "billing", "score", "90") // a higher priority
	s.tell(4, queue.EventOffered, "call", "c1/2", "queue", "billing", "offer", "7", "agent", "anna boris")
	s.tell(6.5, queue.EventDropped, "call", "c1/2", "queue", "billing", "offer", "7", "agent", "boris", "reason", "no_answer")
	s.tell(7, queue.EventAnswered, "call", "c1/2", "queue", "billing", "offer", "7", "agent", "anna")
	s.tell(9, queue.EventLeft, "call", "c0", "queue", "billing", "reason", "abandoned")
	s.tell(67, queue.EventCompleted, "call", "c1/2", "queue", "billing", "offer", "7", "agent", "anna", "reason", "agent")
	s.tell(67, queue.EventAgent, "agent", "anna", "state", "wrapup", "queues", " billing=0 gas=2 ")
	s.tell(70, queue.EventAgent, "agent", "anna", "state", "paused", "reason", "lunch", "queues", " billing=0 gas=2 ")
	s.tell(80, queue.EventAgent, "agent", "anna", "state", "available", "queues", " billing=0 ")
	s.tell(90, queue.EventAgent, "agent", "anna", "state", "offline", "queues", " billing=0 ")
	s.tell(91, queue.EventEntered, "call", "x", "queue", "agent.anna", "score", "1") // an agent's own: no queue of anybody's
	want := []string{
		"0 NONE NONE NONE QUEUESTART",
		"0 NONE NONE NONE CONFIGRELOAD",
		"1 NONE billing anna ADDMEMBER",
		"1 NONE gas anna ADDMEMBER",
		"2 c0 billing NONE ENTERQUEUE callerid=+331 origposition=1 url=",
		"3 c1 billing NONE ENTERQUEUE callerid=p12 origposition=1 url=",
		"6 c1 billing boris RINGNOANSWER ringtime=2500",
		"7 c1 billing anna CONNECT bridgedchanneluniqueid=c1-anna holdtime=4 ringtime=3",
		"9 c0 billing NONE ABANDON origposition=1 position=1 waittime=7",
		"67 c1 billing anna COMPLETEAGENT calltime=60 holdtime=4 origposition=1",
		"70 NONE NONE anna PAUSEALL reason=lunch",
		"70 NONE billing anna PAUSE reason=lunch",
		"70 NONE gas anna PAUSE reason=lunch",
		"80 NONE NONE anna UNPAUSEALL",
		"80 NONE billing anna UNPAUSE",
		"80 NONE gas anna UNPAUSE",
		"80 NONE gas anna REMOVEMEMBER",
		"90 NONE billing anna REMOVEMEMBER",
	}
	if got := s.short(t); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Each way out of a queue, or of a talk, has its event.
func TestEachEndHasItsEvent(t *testing.T) {
	waits := map[string]struct {
		kind   queue.EventKind
		fields []string
	}{
		"EXITWITHTIMEOUT": {queue.EventExpired, nil},
		"EXITWITHKEY":     {queue.EventLeft, []string{"reason", "withdrawn"}},
		"ABANDON":         {queue.EventLost, []string{"reason", "lost_node"}},
	}
	for want, end := range waits {
		s := newStory()
		s.tell(0, queue.EventEntered, "call", "a", "queue", "q", "score", "1")
		s.tell(1, queue.EventEntered, "call", "b", "queue", "q", "score", "2")
		s.tell(2, queue.EventOffered, "call", "b", "queue", "q", "agent", "anna")
		s.tell(4, end.kind, append([]string{"call", "b", "queue", "q"}, end.fields...)...)
		got := s.short(t)
		if n := len(got); n != 4 || got[2] != "4 b q anna RINGCANCELED ringtime=2000" ||
			!strings.HasPrefix(got[3], "4 b q NONE "+want+" ") || !strings.HasSuffix(got[3], "origposition=2 position=2 waittime=3") {
			t.Errorf("%s: %q", want, got)
		}
	}
	talks := map[string]string{
		"caller": "COMPLETECALLER calltime=5 holdtime=2 origposition=1", "": "COMPLETEAGENT calltime=5 holdtime=2 origposition=1",
		"transfer": "BLINDTRANSFER calltime=5 context=callward extension=gas holdtime=2 origposition=1",
		"handover": "ATTENDEDTRANSFER calltime=5 holdtime=2 method=BRIDGE method-data=gas origposition=1",
	}
	for why, want := range talks {
		s := newStory()
		s.tell(0, queue.EventEntered, "call", "a", "queue", "q", "score", "1")
		s.tell(1, queue.EventOffered, "call", "a", "queue", "q", "agent", "anna")
		s.tell(2, queue.EventAnswered, "call", "a", "queue", "q", "agent", "anna")
		s.tell(7, queue.EventCompleted, "call", "a", "queue", "q", "agent", "anna", "reason", why, "to", "gas")
		if got := s.short(t); got[len(got)-1] != "7 a q anna "+want {
			t.Errorf("%s: %q", why, got)
		}
	}
}

// Who hangs up to be called back, and who is called back already, have not given up.
func TestWhoIsCalledBackHasNotAbandoned(t *testing.T) {
	for kind, reason := range map[queue.EventKind]string{queue.EventCallback: "", queue.EventLeft: string(queue.CalledBackAlready)} {
		s := newStory()
		s.tell(0, queue.EventEntered, "call", "a", "queue", "q", "score", "1")
		s.tell(9, kind, "call", "a", "queue", "q", "reason", reason)
		if got := s.short(t); got[len(got)-1] != "9 a q NONE EXITWITHKEY key= origposition=1 position=1 waittime=9" {
			t.Errorf("%s: %q", kind, got)
		}
	}
}

func TestATalkWhoseSoundNeverMetLeavesTheCallerInTheQueue(t *testing.T) {
	s := newStory()
	s.tell(0, queue.EventEntered, "call", "a", "queue", "q", "score", "1")
	s.tell(1, queue.EventOffered, "call", "a", "queue", "q", "agent", "anna")
	s.tell(2, queue.EventAnswered, "call", "a", "queue", "q", "agent", "anna")
	s.tell(3, queue.EventReturned, "call", "a", "queue", "q", "agent", "anna", "reason", "bridge_failed")
	s.tell(9, queue.EventMoved, "call", "a", "queue", "q", "reason", "max_wait")
	s.tell(9, queue.EventEntered, "call", "a", "queue", "other", "score", "1")
	want := []string{
		"0 a q NONE ENTERQUEUE callerid= origposition=1 url=",
		"2 a q anna CONNECT bridgedchanneluniqueid=a-anna holdtime=2 ringtime=1",
		"3 a q anna SYSCOMPAT",
		"3 a q NONE ENTERQUEUE callerid= origposition=1 url=",
		"9 a q NONE EXITWITHTIMEOUT origposition=1 position=1 waittime=9",
		"9 a other NONE ENTERQUEUE callerid= origposition=1 url=",
	}
	if got := s.short(t); !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// Whatever a peer calls itself, a line stays one line with its fields.
func TestNoValueBreaksALine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a|b", "x\n1|2|3|4|ABANDON", "\u2028", "\x85"}))
		f := facts.Fact{
			At: time.Unix(1, 0), Name: facts.QueueEntered, Call: text.Draw(t, "call"), Caller: text.Draw(t, "caller"), Queue: text.Draw(t, "queue"), First: 1,
		}
		if entries, err := parse(queuelog.Lines(f)); err != nil || len(entries) != 1 {
			t.Fatalf("%v: %q", err, queuelog.Lines(f))
		}
	})
}
