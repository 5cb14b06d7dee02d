package console

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/queue"
)

// An event is one of a stream.
type sse struct{ id, name, data string }

// watchBoard reads the events of the board from after an id.
func (b *bench) watchBoard(t *testing.T, query, after string) <-chan sse {
	t.Helper()
	return b.watch(t, "/api/v1/board/events"+query, after)
}

// watch reads the events of a stream from after an id.
func (b *bench) watch(t *testing.T, path, after string) <-chan sse {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if after != "" {
		req.Header.Set("Last-Event-ID", after)
	}
	b.show(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	out := make(chan sse, 64)
	go func() {
		defer close(out)
		defer resp.Body.Close()
		var e sse
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<22) // all of a busy board is one line
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
				select {
				case out <- e:
				case <-t.Context().Done():
					return
				}
			}
		}
	}()
	return out
}

func TestTheBoardBeginsWholeAndGoesOnWithWhatChanged(t *testing.T) {
	var calls atomic.Int64
	calls.Store(1)
	b := newBench(t, 64, func(c *Config) {
		c.Live = func() []call.Record {
			rs := []call.Record{{Tenant: "acme", Call: "theirs", State: "listening"}}
			for i := range calls.Load() {
				rs = append(rs, call.Record{Tenant: "default", Call: call.ID(fmt.Sprint("c", i)), State: "greeting"})
			}
			return rs
		}
	})
	events := b.watchBoard(t, "?tenant=default", "")
	first := <-events
	whole := decode[Board](t, first.data)
	if first.name != BoardEvent || len(whole.Calls) != 1 || len(whole.Queues) != 1 || whole.Queues[0].Waiting != 1 || len(whole.Agents) != 1 {
		t.Fatalf("first: %+v", first)
	}
	calls.Store(2)
	b.journal.Append(call.Entry{Kind: call.KindStarted})
	next := <-events
	c := decode[BoardChange](t, next.data)
	if next.name != ChangeEvent || len(c.Calls) != 1 || c.Calls[0].Call != "c1" || len(c.Queues) != 0 || c.Gone != nil {
		t.Fatalf("a new call gave %+v", next)
	}
	calls.Store(0)
	b.journal.Append(call.Entry{Kind: call.KindEnded})
	c = decode[BoardChange](t, (<-events).data)
	if c.Gone == nil || strings.Join(c.Gone.Calls, " ") != "default/c0 default/c1" || len(c.Calls) != 0 {
		t.Fatalf("two calls ended: %+v", c)
	}

	resumed := b.watchBoard(t, "?tenant=default", next.id)
	if e := <-resumed; e.name != ChangeEvent || !strings.Contains(e.data, "default/c0") {
		t.Errorf("resumed after the second event: %+v", e)
	}
	for _, void := range []string{"0-1", "nonsense", strings.TrimRight(next.id, "0123456789") + "999"} {
		if e := <-b.watchBoard(t, "", void); e.name != BoardEvent {
			t.Errorf("resumed after %q: %+v", void, e)
		}
	}
}

func TestTheBoardKeepsWhatItKnewOfQueuesThatCannotBeRead(t *testing.T) {
	b := newBench(t, 8)
	events := b.watchBoard(t, "", "")
	<-events
	b.broken.Store(true)
	b.journal.Append(call.Entry{Kind: call.KindStarted})
	c := decode[BoardChange](t, (<-events).data)
	if c.Trouble == nil || !*c.Trouble || c.Gone != nil {
		t.Errorf("redis is gone: %+v", c)
	}
}

func TestAWaitIsToldByWhenItBegan(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	pool := Pool{
		Tenant: "t",
		Snapshot: func(context.Context) (queue.Snapshot, error) {
			return queue.Snapshot{
				Queues: []queue.Status{{Name: "q", Waiting: 2, Callbacks: 1, LongestWait: time.Minute}},
				Calls: []queue.CallStatus{
					{Call: "0", Queue: "q", State: "callback", Back: true, Entered: at.Add(-time.Hour)},
					{Call: "a", Queue: "q", State: "talking", Entered: at},
					{Call: "b", Queue: "q", State: "waiting", Entered: at.Add(time.Second)},
					{Call: "c", Queue: "q", State: "ringing", Entered: at.Add(2 * time.Second)},
				},
			}, nil
		},
		Outlook: func(_ context.Context, call string) (queue.Outlook, error) {
			return queue.Outlook{Known: call == "c", Wait: 84 * time.Second}, nil
		},
	}
	var b Board
	if err := b.pool(t.Context(), pool, &expected{}); err != nil {
		t.Fatal(err)
	}
	if q := b.Queues[0]; q.Backs != 1 || !q.Since.Equal(at.Add(time.Second)) || q.Wait != 80*time.Second {
		t.Errorf("since %v, expected wait of the last in line %v", q.Since, q.Wait)
	}
}

// What is expected is asked of Redis for each queue, and is not worth it five times a second.
func TestAnExpectedWaitIsWorkedOutOnceASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		pool := Pool{Outlook: func(context.Context, string) (queue.Outlook, error) {
			asked++
			return queue.Outlook{Known: true, Wait: time.Duration(asked) * time.Minute}, nil
		}}
		var waits expected
		line := []queue.CallStatus{{Call: "a", Queue: "q", State: "waiting"}}
		first := waits.of(t.Context(), pool, "q", line)
		time.Sleep(waitAge - time.Millisecond)
		if again := waits.of(t.Context(), pool, "q", line); again != first || asked != 1 {
			t.Errorf("asked %d times: %v, then %v", asked, first, again)
		}
		if gone := waits.of(t.Context(), pool, "q", nil); gone != 0 {
			t.Errorf("nobody waits: %v", gone)
		}
		time.Sleep(time.Millisecond)
		if later := waits.of(t.Context(), pool, "q", line); later != 2*time.Minute {
			t.Errorf("later: %v", later)
		}
	})
}

func TestADayCountsWhoNeverNeededAHuman(t *testing.T) {
	since := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return since.Add(d) }
	d := dayOf("t", []call.Record{
		{Started: at(3 * time.Hour), Answered: at(3 * time.Hour), Ended: at(4 * time.Hour), Agent: "boss", TakenOver: true},
		{Started: at(-time.Second), Answered: at(0), Ended: at(time.Minute)},
		{Started: at(time.Hour), Answered: at(time.Hour), Ended: at(time.Hour + time.Minute)},
		{Started: at(time.Hour + time.Minute), Answered: at(time.Hour + time.Minute), Ended: at(2 * time.Hour), Queue: "q"},
		{Started: at(2 * time.Hour), Answered: at(2 * time.Hour)},
		{Started: at(2 * time.Hour), Ended: at(2 * time.Hour)}, // never answered
	}, since)
	if d.Calls != 4 || d.Ended != 3 || d.Contained != 1 || len(d.Curve) != 3 || d.Curve[0] != (Quarter{at(time.Hour), 2, 1}) {
		t.Errorf("day = %+v", d)
	}
}

func TestASearchGivesEveryCallOnceWhateverComesMeanwhile(t *testing.T) {
	rs := records{}
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	put := func(id int, r call.Record) {
		r.Tenant, r.Call, r.Started = "default", call.ID(fmt.Sprint("call", id)), at.Add(time.Duration(id/2)*time.Minute)
		_ = rs.Put(t.Context(), r)
	}
	for i := range 7 {
		put(i, call.Record{Queue: "billing", Agent: "ana", TakenOver: i == 0})
	}
	b := newBench(t, 8, func(c *Config) { c.Records = rs })
	var seen []string
	path := "/api/v1/records?limit=3"
	for next := ""; ; {
		_, body := b.ask(t, "GET", path+"&cursor="+next)
		page := decode[Found](t, body)
		for _, c := range page.Calls {
			seen = append(seen, c.Call)
		}
		if next = page.Next; next == "" {
			break
		}
		put(100+len(seen), call.Record{})
	}
	if got := strings.Join(seen, " "); got != "call6 call5 call4 call3 call2 call1 call0" {
		t.Errorf("pages gave %s", got)
	}
	for query, want := range map[string]int{
		"outcome=agent": 6, "outcome=supervisor": 1, "outcome=abandoned": 0, "queue=sales": 0, "queue=billing": 7, "intent=invoice": 0,
		"from=2026-03-01T09:02:00Z&queue=billing": 3, "to=2026-03-01T09:01:00Z": 2,
	} {
		if _, body := b.ask(t, "GET", "/api/v1/records?"+query); len(decode[Found](t, body).Calls) != want {
			t.Errorf("%s: want %d calls, have %s", query, want, body)
		}
	}
	for _, none := range []string{"x", "1", "1.", "1.x%20y", "01.x", "%2B1.x", "1.x%0A", "1.%3Cb%3E", ".x", "99999999999999999999.x"} {
		if resp, body := b.ask(t, "GET", "/api/v1/records?cursor="+none); resp.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("the cursor %s, which is none: %d %s", none, resp.StatusCode, body)
		}
	}
}

func TestMisunderstandingsAreWhatLedNowhere(t *testing.T) {
	b := newBench(t, 64)
	say := func(id call.ID, text string, misses int) {
		b.journal.Append(call.Entry{Tenant: "default", Call: id, Kind: call.KindCallerSaid, Text: redact.Authored(text)})
		b.journal.Append(call.Entry{Tenant: "default", Call: id, Kind: call.KindDecision, Outcome: &call.Outcome{Input: call.InputSaid, Misses: misses}})
	}
	say("a", "my invoice", 0)
	say("b", "the purple thing", 1)
	say("a", "hmm", 2)
	_, body := b.ask(t, "GET", "/api/v1/assistants/misunderstandings?tenant=default")
	got := decode[[]Misunderstanding](t, body)
	if len(got) != 2 || got[0].Text.String() != "hmm" || got[1].Call != "b" || got[0].Misses != 2 {
		t.Errorf("misunderstandings = %s", body)
	}
	if _, body := b.ask(t, "GET", "/api/v1/assistants/misunderstandings?tenant=acme"); strings.TrimSpace(body) != "[]" {
		t.Errorf("another tenant's = %s", body)
	}
}

// BenchmarkBoard looks at 500 calls and 200 agents, as a watch does five times a second.
func BenchmarkBoard(b *testing.B) {
	live := make([]call.Record, 500)
	var snap queue.Snapshot
	for i := range live {
		live[i] = call.Record{Tenant: "t", Call: call.ID(fmt.Sprint(i)), Intent: &call.Scored{Name: "invoice", Confidence: 0.9}}
		snap.Calls = append(snap.Calls, queue.CallStatus{Call: fmt.Sprint(i), Queue: "q", State: "talking"})
	}
	for i := range 200 {
		snap.Agents = append(snap.Agents, queue.AgentStatus{ID: fmt.Sprint(i), State: queue.Available, Queues: []string{"q"}})
	}
	snap.Queues = []queue.Status{{Name: "q"}}
	s := New(Config{
		Journal: call.NewJournal(1, time.Now), Records: records{}, Live: func() []call.Record { return live },
		Pools: func() []Pool {
			return []Pool{{Tenant: "t", Snapshot: func(context.Context) (queue.Snapshot, error) { return snap, nil }}}
		},
	})
	for b.Loop() {
		live[0].State += "x" // one change
		if len(live[0].State) > 8 {
			live[0].State = ""
		}
		s.boards.look(b.Context(), s)
	}
}
