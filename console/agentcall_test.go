package console

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/queue"
)

// seat is an agent with a call of the towns, or none.
type seat struct {
	tenant, name string
	state        queue.State
	call, queue  string
}

// shows is the call that may be read of a seat; empty: none.
func (s seat) shows() string {
	switch s.state {
	case queue.Reserved, queue.Rings, queue.Busy:
		return s.call
	default:
		return ""
	}
}

func seats() []seat {
	return []seat{
		{"acme", "anna", queue.Rings, "live-acme-billing", "billing"},
		{"acme", "ben", queue.Busy, "live-acme-sales", "sales"},
		{"acme", "carl", queue.WrapUp, "live-acme-sales", "sales"}, // what is left of a call that a colleague has now
		{"acme", "dora", queue.Available, "", ""},
		{"acme", "emil", queue.Busy, "old-acme-sales", "sales"}, // over, and not known here yet
		{"other", "fay", queue.Reserved, "live-other-billing", "billing"},
	}
}

// seated puts agents into the towns.
func seated(cfg *Config) {
	towns(cfg)
	var pools []Pool
	for _, tenant := range []string{"acme", "other"} {
		var snap queue.Snapshot
		for _, s := range seats() {
			if s.tenant == tenant {
				snap.Agents = append(snap.Agents, queue.AgentStatus{ID: s.name, State: s.state, Call: s.call, Queues: []string{"billing=1", "sales"}})
				snap.Calls = append(snap.Calls, queue.CallStatus{Call: s.call, Queue: s.queue, Skills: []string{"gas=3"}})
			}
		}
		pools = append(pools, Pool{Tenant: tenant, Snapshot: func(context.Context) (queue.Snapshot, error) { return snap, nil }})
	}
	cfg.Pools = func() []Pool { return pools }
}

// visitor is somebody with an account, and the cookie of a session.
func (b *bench) visitor(t *testing.T, name string, g access.Grant) string {
	t.Helper()
	if err := b.door.Add(t.Context(), name, []access.Grant{g}); err != nil {
		t.Fatal(err)
	}
	link, err := b.door.Link(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	cookie, _, err := b.door.Redeem(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	return cookie
}

// as asks the real handler with the cookie of a session.
func (b *bench) as(t *testing.T, cookie, path string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/api/v1/"+path, http.NoBody)
	r.AddCookie(&http.Cookie{Name: cookieName(false), Value: cookie})
	w := httptest.NewRecorder()
	b.console.Handler().ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

// Every role, in each tenant, under the name of each agent and of none, asks for the call of
// every agent: an agent reads the one that rings or is held there, of themselves alone; others
// read what they may read of calls anyway. Nobody reads another call by it.
func TestAnAgentReadsTheCallThatRingsOrIsHeldAndNoOther(t *testing.T) {
	b := newBench(t, 64, seated)
	names := []string{"nobody"}
	for _, s := range seats() {
		names = append(names, s.name)
	}
	seen := 0
	for _, g := range append(holders(), access.Grant{Role: access.Agent, Tenant: "other"}) {
		for _, name := range names {
			cookie := b.visitor(t, name, g)
			who := access.Principal{Name: "user:" + name, Grants: []access.Grant{g}}
			for _, s := range seats() {
				own := who.May(access.ReadOwnCall)
				may := own.Tenant(s.tenant) && s.shows() != "" && !strings.HasPrefix(s.call, "old") &&
					(name == s.name || who.May(access.ReadCalls).Queue(s.tenant, s.queue))
				want := http.StatusNotFound
				switch {
				case !own.Anywhere():
					want = http.StatusForbidden
				case may:
					want, seen = http.StatusOK, seen+1
				}
				code, body := b.as(t, cookie, "agents/"+s.name+"/call")
				if code != want || may != strings.Contains(body, `"call":"`+s.call+`"`) || !may && strings.Contains(body, "MARK") {
					t.Errorf("%s as %s of %s: %d, want %d: %s", g, name, s.name, code, want, body)
				}
			}
			if g.Role == access.Agent {
				for _, path := range []string{"calls", "calls/live-acme-billing", "records", "events", "calls/live-acme-billing/supervision"} {
					if code, body := b.as(t, cookie, path); code != http.StatusForbidden {
						t.Errorf("%s as %s: %s gives %d %s", g, name, path, code, body)
					}
				}
			}
			if err := b.door.Remove(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
	}
	if seen == 0 {
		t.Error("nobody reads anything: the test sees nothing")
	}
}

func TestAnAgentIsShownWhatTheCallerWantsAndNoNameThatIsWithheld(t *testing.T) {
	b := newBench(t, 64, seated, func(c *Config) {
		c.Live = func() []call.Record {
			return []call.Record{{Tenant: "acme", Call: "live-acme-billing", Caller: "+33155500142", Private: true, Trust: "A", Queue: "billing", Language: "en", Intent: &call.Scored{Name: "pay", Confidence: 0.9}}}
		}
	})
	say := func(k call.Kind, text string) {
		b.journal.Append(call.Entry{Tenant: "acme", Call: "live-acme-billing", Kind: k, Text: redact.Authored(text), Reason: "a reason"})
	}
	say(call.KindCallerSaid, "i want to pay")
	say(call.KindDecision, "how it was decided")
	say(call.KindQueued, "Wants to pay")
	say(call.KindQueued, "") // came back into it
	for range 20 {
		say(call.KindBotSaid, "one moment please")
	}
	code, body := b.as(t, b.visitor(t, "anna", access.Grant{Role: access.Agent, Tenant: "acme"}), "agents/anna/call")
	got := decode[AgentCall](t, body)
	if code != http.StatusOK || got.Caller != "anonymous" || got.Trust != "" || got.Intent.Name != "pay" || got.Summary.String() != "Wants to pay" ||
		!slices.Equal(got.Skills, []string{"gas=3"}) {
		t.Errorf("%d %s", code, body)
	}
	for _, hidden := range []string{"+33155500142", "a reason", "decided", "one moment"} {
		if strings.Contains(body, hidden) {
			t.Errorf("it holds %q: %s", hidden, body)
		}
	}
	if n := len(got.Said); n == 0 || got.Said[n-1].Text.String() != "i want to pay" {
		t.Errorf("said: %s", body)
	}
}
