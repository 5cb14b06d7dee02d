package console

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/queue"
)

// Whatever belongs to a tenant in these tests says so, by a word that nothing else holds.
func mark(tenant string) string { return "MARK" + strings.ToUpper(tenant) }

// queueMark does the same for what is in a queue.
func queueMark(q string) string { return "QUEUE" + strings.ToUpper(q) }

// towns are two tenants with two queues each, and all that can be seen of them.
func towns(cfg *Config) {
	two, qs := []string{"acme", "other"}, []string{"billing", "sales"}
	rs := records{}
	cfg.Records = rs
	cfg.Alias = func(r *call.Record) string { return r.Caller }
	cfg.KeepAlive = 5 * time.Millisecond
	live := []call.Record{}
	for _, tenant := range two {
		for _, q := range qs {
			text := redact.Authored(mark(tenant) + " " + queueMark(q))
			for _, id := range []string{"live", "old"} {
				id := call.ID(id + "-" + tenant + "-" + q)
				entries := []call.Entry{
					{Tenant: tenant, Call: id, Kind: call.KindQueued, Queue: q, Reason: mark(tenant) + queueMark(q)},
					{Tenant: tenant, Call: id, Kind: call.KindBotSaid, Text: text},
				}
				for _, e := range entries {
					cfg.Journal.Append(e)
				}
				r := call.Record{Tenant: tenant, Call: id, Caller: mark(tenant) + queueMark(q), Queue: q, Journal: entries}
				if strings.HasPrefix(string(id), "live") {
					live = append(live, r)
				} else {
					rs[id] = r
				}
			}
		}
	}
	cfg.Live = func() []call.Record { return live }
	cfg.Messages = townMessages(two, qs)
	cfg.Pools = func() []Pool {
		var out []Pool
		for _, tenant := range two {
			out = append(out, Pool{Tenant: tenant, Snapshot: func(context.Context) (queue.Snapshot, error) { return townQueues(tenant, qs), nil }})
		}
		return out
	}
	cfg.Assistants = func() []Assistant {
		return []Assistant{{Tenant: "acme", Name: mark("acme")}, {Tenant: "other", Name: mark("other")}}
	}
	cfg.Rehearsals = func() []Rehearsal { return []Rehearsal{{Assistant: mark("acme")}, {Assistant: mark("other")}} }
	cfg.Rehearse = func(context.Context, Rehearse, string) (Rehearsal, error) {
		return Rehearsal{Assistant: mark("server")}, nil
	}
	cfg.Compare = func(context.Context, string) (Comparison, error) { return Comparison{Diff: mark("server")}, nil }
	cfg.Activate = func(context.Context, string, string, string) (Reloaded, error) {
		return Reloaded{File: mark("server")}, nil
	}
	cfg.Audit = func(context.Context, int) ([]AuditEvent, error) {
		return []AuditEvent{{Tenant: "acme", Actor: mark("acme")}, {Tenant: "other", Actor: mark("other")}, {Actor: mark("server")}}, nil
	}
}

func townQueues(tenant string, qs []string) queue.Snapshot {
	var s queue.Snapshot
	for _, q := range qs {
		s.Queues = append(s.Queues, queue.Status{Name: q})
		s.Calls = append(s.Calls, queue.CallStatus{Call: mark(tenant) + queueMark(q), Queue: q, State: "waiting"})
		s.Agents = append(s.Agents, queue.AgentStatus{ID: mark(tenant) + queueMark(q), State: queue.Available, Queues: []string{q + "=1"}})
	}
	return s
}

// An asked is a request and who makes it.
type asked struct {
	who    access.Grant
	action access.Action
	method string
	url    string
}

// reply is what a streaming request gets as well: it ends once everything was sent.
type reply struct {
	*httptest.ResponseRecorder

	flushes int
	end     func()
}

func (r *reply) SetWriteDeadline(time.Time) error { return nil }
func (r *reply) SetReadDeadline(time.Time) error  { return nil }
func (r *reply) Flush() {
	if r.flushes++; r.flushes == 3 {
		r.end()
	}
}

// serve asks the real handler, with a token of the grant.
func (b *bench) serve(t *testing.T, tokens map[string]string, a asked) (int, string) {
	t.Helper()
	key := a.who.String()
	if tokens[key] == "" {
		token, _, err := b.door.Issue(t.Context(), "test", "test", []access.Grant{a.who}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		tokens[key] = token
	}
	ctx, end := context.WithTimeout(t.Context(), 10*time.Second)
	defer end()
	r := httptest.NewRequestWithContext(ctx, a.method, "http://127.0.0.1"+a.url, io.NopCloser(bytes.NewReader([]byte("{}"))))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+tokens[key])
	w := &reply{ResponseRecorder: httptest.NewRecorder(), end: end}
	b.console.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// operations lists the API as its own description has it.
func (b *bench) operations() map[string]access.Action {
	out := map[string]access.Action{}
	for path, item := range b.console.api.OpenAPI().Paths {
		for method, op := range operationsOf(item) {
			out[method+" "+path], _ = actionOf(op.OperationID)
		}
	}
	return out
}

// holders are the grants that the tests try: every role in one tenant and in all, and a
// supervisor of one queue.
func holders() []access.Grant {
	var out []access.Grant
	for _, role := range access.Roles() {
		out = append(out, access.Grant{Role: role, Tenant: "acme"}, access.Grant{Role: role, Tenant: access.AllTenants})
	}
	return append(out, access.Grant{Role: access.Supervisor, Tenant: "acme", Queues: []string{"billing"}})
}

// leak says what a reply shows that is not its reader's.
func leak(a asked, body string) string {
	reach := access.Principal{Name: "x", Grants: []access.Grant{a.who}}.May(a.action)
	for _, tenant := range []string{"acme", "other"} {
		if strings.Contains(body, mark(tenant)) && !reach.Tenant(tenant) {
			return "tenant " + tenant
		}
	}
	if strings.Contains(body, mark("server")) && !reach.Everywhere() {
		return "what belongs to no tenant"
	}
	if len(a.who.Queues) > 0 && strings.Contains(body, queueMark("sales")) {
		return "queue sales"
	}
	return ""
}

// Every operation of the API, asked by every role about its own tenant, about another, and
// about all: it is served exactly where the policy says, and shows nothing beyond.
func TestEveryRoleSeesWhatThePolicySaysAndNoMore(t *testing.T) {
	b := newBench(t, 64, towns)
	tokens, shown := map[string]string{}, map[access.Action]bool{}
	for route, action := range b.operations() {
		method, path, _ := strings.Cut(route, " ")
		for _, who := range holders() {
			for _, tenant := range []string{"", "acme", "other"} {
				for _, url := range addressesOf(path, tenant) {
					a := asked{who, action, method, url}
					code, body := b.serve(t, tokens, a)
					if what := leak(a, body); what != "" {
						t.Errorf("%s may read %s: %s %s gives %s", who, what, method, url, body)
					}
					reach := access.Principal{Name: "x", Grants: []access.Grant{who}}.May(action)
					may := reach.Anywhere() && (!strings.Contains(url, "tenant=other") || reach.Tenant("other"))
					if forbidden := code == http.StatusForbidden; forbidden == may {
						t.Errorf("%s: %s %s gives %d; the policy says %v", who, method, url, code, may)
					}
					shown[action] = shown[action] || strings.Contains(body, "MARK")
				}
			}
		}
	}
	for _, action := range []access.Action{access.ReadCalls, access.ReadBoard, access.ReadAudit, access.ReadAssistant, access.Reload} {
		if !shown[action] {
			t.Errorf("%s shows nothing to anybody: the test sees nothing", action)
		}
	}
}

// addressesOf gives what to ask for: each call where the path has one, and a tenant where
// the operation knows the parameter.
func addressesOf(path, tenant string) []string {
	var out []string
	for _, id := range []string{"live-acme-billing", "old-acme-sales", "live-other-billing", "old-other-sales"} {
		u := strings.NewReplacer("{id}", id, "{name}", "nobody").Replace(path)
		if tenant != "" && !slices.Contains(ofTenants(), strings.TrimSuffix(u, "/"+id)) {
			continue
		}
		q := url.Values{}
		if tenant != "" {
			q.Set("tenant", tenant)
		}
		if path == "/api/v1/events" {
			q.Set("after", "0")
		}
		out = append(out, u+"?"+q.Encode())
		if u == path {
			break
		}
	}
	return out
}

// ofTenants are paths that may be asked about one tenant.
func ofTenants() []string {
	return []string{
		"/api/v1/calls", "/api/v1/messages", "/api/v1/messages/events", "/api/v1/events", "/api/v1/queues", "/api/v1/agents", "/api/v1/board", "/api/v1/board/events", "/api/v1/records", "/api/v1/records.csv",
		"/api/v1/assistants", "/api/v1/assistants/misunderstandings", "/api/v1/assistants/rehearsals",
	}
}

func TestNobodySeesWhatIsNotPublic(t *testing.T) {
	b := newBench(t, 64, towns)
	for _, token := range []string{"", "wrong"} {
		b.token = token
		for route, action := range b.operations() {
			method, path, _ := strings.Cut(route, " ")
			resp, body := b.ask(t, method, path)
			if strings.Contains(body, "MARK") || action != access.Public && resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("token %q: %s gives %d %s", token, route, resp.StatusCode, body)
			}
		}
	}
}

func TestWithoutASignInNobodyIsServed(t *testing.T) {
	b := newBench(t, 64, func(c *Config) { c.SignIn = nil })
	if resp, body := b.ask(t, "GET", "/api/v1/calls"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestAnOperationWithoutAnActionIsRefusedAtStartUp(t *testing.T) {
	b := newBench(t, 8)
	b.console.api.OpenAPI().Paths["/api/v1/new"] = b.console.api.OpenAPI().Paths["/api/v1/calls"]
	if got := undeclared(b.console.api, b.console.routes); len(got) != 0 {
		t.Errorf("undeclared: %v", got)
	}
	op := *b.console.api.OpenAPI().Paths["/api/v1/calls"].Get
	op.OperationID = "made-up"
	b.console.api.OpenAPI().Paths["/api/v1/new"].Get = &op
	if got := undeclared(b.console.api, b.console.routes); !slices.Contains(got, "made-up") {
		t.Errorf("undeclared: %v", got)
	}
}

// Random requests by random people never show what is not theirs. CALLWARD_SLOW=1 makes
// 100,000 of them.
func TestRandomRequestsLeakNothing(t *testing.T) {
	b := newBench(t, 64, towns)
	n := 400
	if os.Getenv("CALLWARD_SLOW") != "" {
		n = 100_000
	}
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any will do
	rnd := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's
	ops := b.operations()
	routes, tokens := slices.Sorted(maps.Keys(ops)), map[string]string{}
	found := 0
	for range n {
		route := pick(rnd, routes)
		method, path, _ := strings.Cut(route, " ")
		a := asked{pick(rnd, holders()), ops[route], method, randomURL(rnd, path)}
		_, body := b.serve(t, tokens, a)
		if what := leak(a, body); what != "" {
			t.Fatalf("seed %d: %s may read %s by %s %s", seed, a.who, what, method, a.url)
		}
		if strings.Contains(body, "MARK") {
			found++
		}
	}
	if found < n/100 {
		t.Errorf("of %d requests %d showed anything", n, found)
	}
}

func pick[T any](rnd *rand.Rand, from []T) T { return from[rnd.IntN(len(from))] }

// randomURL asks for what is there, for what is not, and for what is written oddly.
func randomURL(rnd *rand.Rand, path string) string {
	ids := []string{"live-acme-billing", "live-other-sales", "old-other-billing", "old-acme-sales", "none", "..%2f", "%00", "OLD-OTHER-SALES"}
	u := strings.NewReplacer("{id}", pick(rnd, ids), "{name}", "nobody").Replace(path)
	q := []string{}
	if path == "/api/v1/events" {
		q = append(q, "after="+fmt.Sprint(rnd.IntN(20)))
	}
	for rnd.IntN(3) > 0 {
		key := pick(rnd, []string{"tenant", "tenant", "tenant", "call", "limit", "Tenant", "after"})
		value := pick(rnd, []string{"acme", "other", "", "*", "acme,other", "OTHER", "acme&tenant=other", "other&tenant=acme", "%6fther", "live-other-sales", "1000", "0"})
		q = append(q, key+"="+value)
	}
	return u + "?" + strings.Join(q, "&")
}

// sees the right that depends on more than the operation: it is asked for by its handler.
func TestARightWithinAnOperationIsAskedForAndAudited(t *testing.T) {
	b := newBench(t, 8)
	ctx := context.WithValue(t.Context(), visitKey{}, visit{who: access.Principal{Name: "user:jean", Grants: []access.Grant{{Role: access.Listener, Tenant: "acme"}}}})
	if err := b.console.may(ctx, access.Listen, "acme", "billing"); err != nil {
		t.Error(err)
	}
	if b.console.may(ctx, access.Listen, "other", "billing") == nil || b.console.may(ctx, access.Barge, "acme", "billing") == nil {
		t.Error("a right reaches further than its grant")
	}
	want := "other user:jean listen: refused: no right\nacme user:jean barge: refused: no right\n"
	if got := b.audit.took(); got != want {
		t.Errorf("audit:\n%s", got)
	}
}

// Who is on a call leaves it as they please; others are put out only by who may take the
// call over, since that may end it.
func TestOnlyWhoMayTakeOverPutsOthersOut(t *testing.T) {
	b := newBench(t, 8, func(c *Config) { towns(c); c.Supervisors = crowd{} })
	tokens := map[string]string{}
	for role, want := range map[access.Role]int{access.Listener: http.StatusForbidden, access.Supervisor: http.StatusNoContent} {
		a := asked{access.Grant{Role: role, Tenant: "acme"}, access.Supervise, "DELETE", "/api/v1/calls/live-acme-billing/supervision/1"}
		if code, body := b.serve(t, tokens, a); code != want {
			t.Errorf("%s: %d %s", role, code, body)
		}
	}
}

// crowd is a floor where somebody is on each call.
type crowd struct{ floor }

func (crowd) List(context.Context, string, call.ID) ([]call.Supervision, error) {
	return []call.Supervision{{ID: "1", Mode: call.TakeOver, By: "user:eve", On: true}}, nil
}
