package pages_test

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/console/signin"
	kept "github.com/callward/callward/internal/records"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/queue"
)

// hostile is what a caller, an agent or a file may be called to break a page.
const hostile = `<script>document.title='broken'</script><img src=x onerror="document.title='broken'">`

// memory is call.Records of one tenant.
type memory []call.Record

func (m memory) Put(context.Context, call.Record) error        { return nil }
func (m memory) Delete(context.Context, string, call.ID) error { return nil }
func (m memory) Get(_ context.Context, _ string, id call.ID) (call.Record, error) {
	for _, r := range m {
		if r.Call == id {
			return r, nil
		}
	}
	return call.Record{}, call.ErrNoRecord
}

func (m memory) List(context.Context, string, int) ([]call.Record, error) {
	out := make([]call.Record, len(m))
	for i, r := range m {
		r.Journal = nil
		out[i] = r
	}
	return out, nil
}

// A house is the real console over a busy morning of an energy supplier.
type house struct {
	*httptest.Server

	door  *signin.Service
	floor *floor
	work  *workshop
	box   *kept.Messages
}

func newHouse(t *testing.T) *house {
	t.Helper()
	door, floor, work := newDoor(t), &floor{}, newWorkshop()
	now := time.Now()
	box := letterbox(now)
	journal := call.NewJournal(256, time.Now)
	talk(journal, "c-live")
	live := liveCalls(now)
	c := console.New(console.Config{
		Version: "1.4.0", Journal: journal, Records: ended(t, now), Log: slog.New(slog.DiscardHandler),
		Live: func() []call.Record { return live },
		Pools: func() []console.Pool {
			return []console.Pool{{
				Tenant: "default", Zone: time.Local, Target: func(string) time.Duration { return 20 * time.Second },
				Snapshot: func(context.Context) (queue.Snapshot, error) { return floor.after(snapshot(now)), nil },
				Figures:  func(context.Context) (map[string]queue.Figures, error) { return figures(), nil },
				Outlook: func(context.Context, string) (queue.Outlook, error) {
					return queue.Outlook{Known: true, Wait: 140 * time.Second}, nil
				},
			}}
		},
		Health: func(context.Context) []console.Check {
			return []console.Check{{Name: "sip", Ready: true}, {Name: "redis", Ready: true}, {Name: "speech", Ready: true, Reason: "no recognizer that serves understands fr-CA: such callers are served by keypad"}}
		},
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "up 1\n") }),
		Audit: func(context.Context, int) ([]console.AuditEvent, error) {
			return []console.AuditEvent{
				{Time: now.Add(-time.Minute), Actor: "http", Action: "reload", Result: "changed: tenants.default.queues"},
				{Time: now.Add(-4 * time.Minute), Tenant: "default", Actor: "user:boris", Action: "take-over", Result: "call c-6, supervision 2"},
				{Time: now.Add(-5 * time.Minute), Tenant: "default", Actor: "user:amina", Action: "end-supervision", Result: "call c-2, supervision of user:amina (listen by browser): hung up by the server, after 2m5s"},
				{Time: now.Add(-9 * time.Minute), Actor: "nobody", Action: "sign-in", Result: "refused, from 192.0.2.17"},
				{Time: now.Add(-31 * time.Minute), Tenant: "default", Actor: "user:amina", Action: "whisper", Result: "refused: no right"},
				{Time: now.Add(-58 * time.Minute), Actor: "user:admin", Action: "rehearse", Result: "energy: 1 of 3 failed"},
				{Time: now.Add(-7 * time.Hour), Actor: "start", Action: "start", Result: "version 1.4.0"},
			}, nil
		},
		Reload:     func(context.Context, string) (console.Reloaded, error) { return console.Reloaded{}, nil },
		Assistants: func() []console.Assistant { return []console.Assistant{lumenco()} },
		Try: func(_ context.Context, s console.Sentence) (console.Understood, error) {
			return console.Understood{
				Text: redact.Authored(s.Text), Intent: "invoice_due", Confidence: 0.94, Enough: true,
				Top: []call.Scored{{Name: "invoice_due", Confidence: 0.94}, {Name: "payment_plan", Confidence: 0.03}, {Name: hostile, Confidence: 0.01}},
			}, nil
		},
		System: func(context.Context) console.System { return system(now) },
		SignIn: door, Supervisors: floor, Staff: floor, Messages: box,
		Alias: func(r *call.Record) string {
			return fmt.Sprintf("p%016x", uint64(crc32.ChecksumIEEE([]byte(r.Caller)))*0x9e3779b97f4a7c15)
		},
		Rehearse: work.rehearse, Rehearsals: work.rehearsals, Compare: work.compare, Activate: work.activate,
	})
	s := httptest.NewServer(c.Handler())
	t.Cleanup(func() {
		_ = c.Close()
		s.CloseClientConnections()
		s.Close()
	})
	return &house{s, door, floor, work, box}
}

func snapshot(now time.Time) queue.Snapshot {
	s := queue.Snapshot{}
	add := func(id string, st queue.State, ago time.Duration, reason queue.Reason, queues ...string) {
		s.Agents = append(s.Agents, queue.AgentStatus{ID: id, State: st, Since: now.Add(-ago), Reason: reason, Queues: queues, Skills: []string{"gas"}})
	}
	add("amina", queue.Available, 72*time.Second, "", "billing")
	add("benoit", queue.Busy, 245*time.Second, "", "billing", "technical")
	add("carol", queue.Busy, 38*time.Second, "", "technical")
	add("driss", queue.WrapUp, 14*time.Second, "", "billing")
	add("elodie", queue.Paused, 620*time.Second, queue.RONA, "billing")
	add("farid", queue.Rings, 6*time.Second, "", "emergency")
	add(hostile, queue.Offline, 4*time.Hour, "", "emergency")
	s.Agents[1].Call = "c-live"
	count := func(name string, waiting, talking int) {
		st := queue.Status{Name: name, Waiting: waiting, Talking: talking, Callbacks: waiting / 3, Agents: map[queue.State]int{}}
		for _, a := range s.Agents {
			for _, q := range a.Queues {
				if q == name {
					st.Agents[a.State]++
				}
			}
		}
		for i := range waiting {
			s.Calls = append(s.Calls, queue.CallStatus{Call: fmt.Sprint(name, i), Queue: name, State: "waiting", Entered: now.Add(-time.Duration(110-10*i) * time.Second)})
		}
		for i := range st.Callbacks {
			back := queue.CallStatus{Call: fmt.Sprint("back-", name, i), Queue: name, Back: true, State: []string{"callback", "ringing"}[i%2], Entered: now.Add(-time.Duration(900-300*i) * time.Second)}
			if back.State == "ringing" {
				back.Agent = "farid"
			}
			s.Calls = append(s.Calls, back)
		}
		s.Queues = append(s.Queues, st)
	}
	count("billing", 7, 1)
	count("emergency", 0, 0)
	count("technical", 1, 2)
	return s
}

func figures() map[string]queue.Figures {
	f := func(queued, answered, abandoned, inTarget int64) queue.Figures {
		return queue.Figures{Tally: queue.Tally{
			Queued: queued, Answered: answered, Abandoned: abandoned, Short: 2, AnsweredInTarget: inTarget, AbandonedInTarget: abandoned / 8, Handled: answered,
			Wait: time.Duration(answered) * 34 * time.Second, Talk: time.Duration(answered) * 212 * time.Second, Wrap: time.Duration(answered) * 22 * time.Second,
		}, Occupied: queue.Share{Part: 71, Whole: 100}}
	}
	return map[string]queue.Figures{"billing": f(214, 183, 22, 118), "technical": f(96, 91, 3, 82), "emergency": f(14, 12, 0, 12)}
}

func liveCalls(now time.Time) []call.Record {
	r := func(id, caller, state, language, intent string, score float64, ago time.Duration) call.Record {
		rec := call.Record{
			Tenant: "default", Call: call.ID(id), Caller: caller, Called: "energy", Assistant: "energy", State: state,
			Language: language, Started: now.Add(-ago), Answered: now.Add(-ago),
		}
		if intent != "" {
			rec.Intent = &call.Scored{Name: intent, Confidence: score}
		}
		return rec
	}
	bridged := r("c-live", "+33155500142", "bridged", "fr", "invoice_due", 0.93, 371*time.Second)
	bridged.Trust, bridged.Queue, bridged.Agent = "A", "billing", "benoit"
	bridged.Sound = &call.Sound{Codec: "PCMA", Protected: true, MOS: 4.21, Lost: 0.002, LostThere: 0.004, Jitter: 3.4, RoundTrip: 48}
	queued := r("c-2", "+33155500177", "queued", "en", "moving", 0.81, 140*time.Second)
	queued.Queue = "billing"
	taken := r("c-6", "+33155500163", "bridged", "fr", "", 0, 95*time.Second)
	taken.Agent, taken.TakenOver = "user:boris", true
	return []call.Record{
		bridged, queued, taken,
		r("c-3", "+33155500101", "speaking", "fr", "meter_reading", 0.88, 52*time.Second),
		r("c-4", hostile, "listening", "en", "", 0, 21*time.Second),
		r("c-5", "+33155500119", "opening", "", "", 0, 4*time.Second),
	}
}

// ended is a morning of calls, more toward noon. Of the first there is a journal.
func ended(t *testing.T, now time.Time) memory {
	t.Helper()
	var m memory
	y, mo, d := now.Date()
	midnight := time.Date(y, mo, d, 0, 0, 0, 0, now.Location())
	intents := []string{"invoice_due", "meter_reading", "opening_hours", "power_cut", "payment_plan"}
	for i := range 120 {
		at := midnight.Add(time.Duration(float64(now.Sub(midnight)) * float64(i) / 120))
		r := call.Record{
			Tenant: "default", Call: call.ID(fmt.Sprintf("e-%d", i)), Caller: fmt.Sprintf("+331555%05d", 200+i*37), Assistant: "energy", Language: []string{"fr", "en"}[i%2],
			State: "ended", Started: at, Answered: at, Ended: at.Add(time.Duration(60+i%7*23) * time.Second), Cause: string(call.CauseCaller),
			Intent: &call.Scored{Name: intents[i%5], Confidence: 0.6 + float64(i%4)/10},
		}
		if i%3 == 0 {
			r.Queue = "billing"
		}
		if i%6 == 0 {
			r.Agent = "amina"
		}
		m = append(m, r)
	}
	m[118].Agent, m[118].TakenOver = "user:boris", true
	m[0].Journal = journalOf(t, m[0])
	return m
}

// talk writes the journal of a call, with what a caller says to break the page.
func talk(j *call.Journal, id call.ID) {
	add := func(e call.Entry) {
		e.Tenant, e.Call, e.Language = "default", id, "fr"
		j.Append(e)
	}
	bot := func(text string) { add(call.Entry{Kind: call.KindBotSaid, Text: redact.Authored(text)}) }
	said := func(text string) { add(call.Entry{Kind: call.KindCallerSaid, Text: redact.Authored(text)}) }
	add(call.Entry{Kind: call.KindStarted})
	add(call.Entry{Kind: call.KindDisclosure})
	bot("Bonjour, vous parlez à l’assistant automatique de Lumenco. Que puis-je faire pour vous ?")
	said(hostile)
	add(call.Entry{Kind: call.KindDecision, Reason: "intent " + hostile + " at 0.31 is below 0.55, 1 of 3: ask again", Outcome: &call.Outcome{Input: call.InputSaid, Does: call.DoesAsk, Misses: 1, Language: "fr"}})
	add(call.Entry{Kind: call.KindTurn, Waterfall: &call.Waterfall{Endpoint: 480, Final: 120, Intent: 3, Audio: 90, Wire: 20, Total: 713}})
	bot("Je n’ai pas compris. Pouvez-vous le dire autrement ?")
	add(call.Entry{Kind: call.KindBargeIn})
	said("je voudrais savoir quand ma facture est due, ma carte est [card ••••1111]")
	add(call.Entry{Kind: call.KindIntent, Intent: &call.Scored{Name: "invoice_due", Confidence: 0.93}, Top: []call.Scored{{Name: "invoice_due", Confidence: 0.93}, {Name: "payment_plan", Confidence: 0.04}, {Name: "pay_by_card", Confidence: 0.02}}})
	add(call.Entry{Kind: call.KindDecision, Reason: "intent invoice_due at 0.93, minimum 0.55", Outcome: &call.Outcome{Input: call.InputSaid, Does: call.DoesAsk, Slot: "customer_number"}})
	add(call.Entry{Kind: call.KindTurn, Waterfall: &call.Waterfall{Endpoint: 400, Final: 80, Intent: 2, Hook: 210, Audio: 70, Wire: 20, Total: 782}})
	bot("Quel est votre numéro de client ?")
	add(call.Entry{Kind: call.KindCallerKeyed, Text: redact.Authored("••••••42")})
	add(call.Entry{Kind: call.KindDecision, Reason: "intent person by key: queue billing", Outcome: &call.Outcome{Input: call.InputKeyed, Does: call.DoesQueue, Queue: "billing"}})
	add(call.Entry{Kind: call.KindQueued, Queue: "billing"})
	add(call.Entry{Kind: call.KindCallback, Queue: "billing", Reason: "the caller would rather wait"})
	add(call.Entry{Kind: call.KindBridged, Queue: "billing", Agent: "benoit"})
	add(call.Entry{Kind: call.KindSupervised, Agent: hostile, Reason: "listen, is called, by user:boris"})
	add(call.Entry{Kind: call.KindUnsupervised, Agent: hostile, Reason: "listen, not reached: busy, by user:boris"})
}

func lumenco() console.Assistant {
	a := console.Assistant{Tenant: "default", Name: "energy", Numbers: []string{"energy"}, Languages: []string{"en", "fr"}, Minimum: 0.55}
	for i, name := range []string{"opening_hours", "invoice_due", "meter_reading", "pay_by_card", "power_cut", "complaint", "technical", "moving", "payment_plan", "person"} {
		a.Intents = append(a.Intents, console.AssistantIntent{Name: name, Examples: map[string]int{"en": 21 + i, "fr": 24 + i%4}})
	}
	return a
}

func system(now time.Time) console.System {
	return console.System{
		Version: "1.4.0", Started: now.Add(-7*time.Hour - 11*time.Minute), CPU: 23, Calls: 5, MaxCalls: 500, Ports: 9990,
		Listeners: []console.Listener{{Network: "http", Address: "127.0.0.1:8080"}, {Network: "udp", Address: "0.0.0.0:5060"}, {Network: "tls", Address: "0.0.0.0:5061"}},
		Trunks: []console.Trunk{
			{Name: "carrier-north", To: "sip:north.example", Register: true, Registered: true, Calls: 3, MaxCalls: 60},
			{Name: "carrier-south", To: "sip:south.example", Register: true, MaxCalls: 30},
			{Name: "office", Calls: 2},
		},
		Providers: []console.Provider{
			{Name: "bundled", Kind: "asr", Up: true, Breaker: "closed", Open: 3, Usual: 184 * time.Millisecond, Failures: map[string]int64{}},
			{Name: "cloud", Kind: "asr", Up: true, Breaker: "open", Usual: 912 * time.Millisecond, Failures: map[string]int64{"stalled": 4}},
			{Name: "bundled", Kind: "tts", Up: true, Breaker: "closed", Open: 1, Usual: 66 * time.Millisecond, Failures: map[string]int64{}},
		},
		Certificates: []console.Certificate{{Expires: now.AddDate(0, 0, 80)}, {Expires: now.AddDate(0, 0, 9), Rejected: 2}},
		Nodes:        []console.Node{{Tenant: "default", Name: "7f3a", Own: true, Alive: true, Calls: 3}, {Tenant: "default", Name: "b20c", Calls: 1}},
		Undelivered:  4, Draining: true, DrainsUntil: now.Add(20 * time.Minute), Overloaded: true,
	}
}
