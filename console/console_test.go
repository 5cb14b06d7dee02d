package console

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/console/signin"
	"github.com/callward/callward/internal/webcall"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/queue"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(boardReader); url != "" {
		readBoard(url)
		return
	}
	goleak.VerifyTestMain(m)
}

// records is call.Records over a map, for one tenant.
type records map[call.ID]call.Record

func (r records) Put(_ context.Context, rec call.Record) error  { r[rec.Call] = rec; return nil }
func (r records) Delete(context.Context, string, call.ID) error { return nil }
func (r records) Get(_ context.Context, tenant string, id call.ID) (call.Record, error) {
	if rec, ok := r[id]; ok && rec.Tenant == tenant {
		return rec, nil
	}
	return call.Record{}, call.ErrNoRecord
}

func (r records) List(_ context.Context, tenant string, _ int) ([]call.Record, error) {
	var out []call.Record
	for _, rec := range r {
		if rec.Tenant == tenant {
			rec.Journal = nil
			out = append(out, rec)
		}
	}
	return out, nil
}

// A bench is a server whose surroundings a test may change.
type bench struct {
	*httptest.Server

	journal *call.Journal
	console *Server
	door    *signin.Service
	token   string // shown by ask and follow; empty: none
	audit   audit
	ready   atomic.Bool
	broken  atomic.Bool // queues cannot be read
	reload  error
}

func newBench(t *testing.T, journal int, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{journal: call.NewJournal(journal, time.Now)}
	b.ready.Store(true)
	rs := records{"old": {Tenant: "default", Call: "old", Journal: []call.Entry{{Seq: 1, Kind: call.KindStarted}}}}
	cfg := Config{
		Version: "v0", Journal: b.journal, Records: rs,
		Live: func() []call.Record {
			return []call.Record{{Tenant: "default", Call: "live"}, {Tenant: "acme", Call: "theirs"}}
		},
		Pools: func() []Pool {
			return []Pool{{Tenant: "acme", Snapshot: b.nobody}, {Tenant: "default", Snapshot: b.snapshot}}
		},
		Health:  b.health,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "callward_up 1\n") }),
		Audit: func(context.Context, int) ([]AuditEvent, error) {
			return []AuditEvent{{Actor: "signal", Action: "reload", Result: "ok"}}, nil
		},
		Reload:      func(context.Context, string) (Reloaded, error) { return Reloaded{File: "callward.yaml"}, b.reload },
		Supervisors: floor{}, Staff: floor{},
		Log: slog.New(slog.DiscardHandler),
	}
	client, stop := queue.Embedded()
	t.Cleanup(stop)
	b.door = signin.New(signin.Config{Client: client, Now: time.Now, Cost: signin.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}})
	b.token = "the local token"
	b.door.TrustLocal(b.token)
	cfg.SignIn, cfg.Note = b.door, b.audit.note
	for _, c := range change {
		c(&cfg)
	}
	b.console = New(cfg)
	b.Server = httptest.NewServer(b.console.Handler())
	t.Cleanup(func() {
		b.console.endStreams()
		b.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return b
}

// floor is where nobody supervises, and everybody does as they are told.
type floor struct{}

func (floor) List(context.Context, string, call.ID) ([]call.Supervision, error) { return nil, nil }

func (floor) Begin(_ context.Context, _ string, _ call.ID, r Supervise) (call.Supervision, error) {
	return call.Supervision{Mode: r.Mode}, nil
}

func (floor) Enter(context.Context, string, call.ID, Supervise, webcall.Offer) (call.Supervision, []byte, error) {
	return call.Supervision{}, nil, nil
}

func (floor) Change(_ context.Context, _ string, _ call.ID, _ string, m call.Mode, _ string) (call.Supervision, error) {
	return call.Supervision{Mode: m}, nil
}

func (floor) End(context.Context, string, call.ID, string, string) error { return nil }

func (floor) SetState(context.Context, string, string, string, string, string) error { return nil }

func (floor) EndWrapUp(context.Context, string, string, string, string) error { return nil }

func (b *bench) nobody(context.Context) (queue.Snapshot, error) { return queue.Snapshot{}, nil }

func (b *bench) snapshot(context.Context) (queue.Snapshot, error) {
	if b.broken.Load() {
		return queue.Snapshot{}, errors.New("connection refused")
	}
	return queue.Snapshot{
		Queues: []queue.Status{{Name: "billing", Waiting: 1, Agents: map[queue.State]int{queue.Available: 1}}},
		Agents: []queue.AgentStatus{{ID: "demo", State: queue.Available, Queues: []string{"billing"}}},
		Calls:  []queue.CallStatus{{Call: "live", Queue: "billing", State: "waiting"}},
	}, nil
}

func (b *bench) health(context.Context) []Check {
	c := Check{Name: "speech", Ready: b.ready.Load()}
	if !c.Ready {
		c.Reason = "the engine is starting"
	}
	return []Check{c}
}

// show has a request show the bench's token.
func (b *bench) show(req *http.Request) {
	if b.token != "" {
		req.Header.Set("Authorization", "Bearer "+b.token)
	}
}

// audit keeps what was noted.
type audit struct {
	mu     sync.Mutex
	events []AuditEvent
}

func (a *audit) note(_ context.Context, e AuditEvent) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, e)
}

// took gives what was noted since, an event a line: who, what, and what came of it.
func (a *audit) took() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var b strings.Builder
	for _, e := range a.events {
		fmt.Fprintf(&b, "%s %s %s: %s\n", e.Tenant, e.Actor, e.Action, e.Result)
	}
	a.events = nil
	return b.String()
}

// ask makes a request and gives the reply with its body read.
func (b *bench) ask(t *testing.T, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	b.show(req)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func decode[T any](t *testing.T, body string) T {
	t.Helper()
	var v T
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

func TestReadinessNamesWhatIsDownAndWhy(t *testing.T) {
	b := newBench(t, 8)
	if resp, body := b.ask(t, "GET", "/readyz"); resp.StatusCode != http.StatusOK || decode[Health](t, body).Status != "ok" {
		t.Errorf("ready: %d %s", resp.StatusCode, body)
	}
	b.ready.Store(false)
	resp, body := b.ask(t, "GET", "/readyz")
	h := decode[Health](t, body)
	if resp.StatusCode != http.StatusServiceUnavailable || len(h.Checks) != 1 || h.Checks[0].Reason != "the engine is starting" {
		t.Errorf("not ready: %d %s", resp.StatusCode, body)
	}
	if resp, _ := b.ask(t, "HEAD", "/healthz"); resp.StatusCode != http.StatusOK {
		t.Errorf("asked by HEAD: %d", resp.StatusCode)
	}
	if resp, body := b.ask(t, "GET", "/healthz"); resp.StatusCode != http.StatusOK {
		t.Errorf("health must not hang on dependencies: %d %s", resp.StatusCode, body)
	}
}

func TestCallsMayBeFilteredByTenant(t *testing.T) {
	b := newBench(t, 8)
	_, body := b.ask(t, "GET", "/api/v1/calls")
	if c := decode[Calls](t, body); len(c.Live) != 2 || len(c.Recent) != 1 || c.Recent[0].Journal != nil {
		t.Errorf("calls = %s", body)
	}
	_, body = b.ask(t, "GET", "/api/v1/calls?tenant=acme")
	if c := decode[Calls](t, body); len(c.Live) != 1 || len(c.Recent) != 0 {
		t.Errorf("calls of acme = %s", body)
	}
}

func TestACallComesWithItsJournalWhileItLivesAndAfter(t *testing.T) {
	b := newBench(t, 8)
	b.journal.Append(call.Entry{Tenant: "default", Call: "live", Kind: call.KindStarted})
	b.journal.Append(call.Entry{Tenant: "acme", Call: "theirs", Kind: call.KindStarted})
	for _, id := range []string{"live", "old"} {
		_, body := b.ask(t, "GET", "/api/v1/calls/"+id)
		if r := decode[call.Record](t, body); len(r.Journal) != 1 || string(r.Call) != id {
			t.Errorf("call %s = %s", id, body)
		}
	}
	if resp, body := b.ask(t, "GET", "/api/v1/calls/old?tenant=acme"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("another tenant's call: %d %s", resp.StatusCode, body)
	}
}

func TestQueuesAndAgentsAreShownByTenant(t *testing.T) {
	b := newBench(t, 8)
	_, body := b.ask(t, "GET", "/api/v1/queues")
	if q := decode[[]Queue](t, body); len(q) != 1 || q[0].Tenant != "default" || len(q[0].Callers) != 1 || q[0].Agents["available"] != 1 {
		t.Errorf("queues = %s", body)
	}
	_, body = b.ask(t, "GET", "/api/v1/agents?tenant=acme")
	if body != "[]\n" {
		t.Errorf("agents of acme = %q", body)
	}
	b.broken.Store(true)
	resp, body := b.ask(t, "GET", "/api/v1/agents")
	if resp.StatusCode != http.StatusServiceUnavailable || strings.Contains(body, "refused") {
		t.Errorf("without Redis: %d %s", resp.StatusCode, body)
	}
}

func TestErrorsAreProblems(t *testing.T) {
	b := newBench(t, 8)
	for _, tc := range []struct {
		method, path, host, site string
		status                   int
	}{
		{"GET", "/nowhere", "", "", 404},
		{"DELETE", "/api/v1/calls", "", "", 405},
		{"GET", "/api/v1/calls/none", "", "", 404},
		{"GET", "/api/v1/calls?limit=lots", "", "", 422},
		{"GET", "/api/v1/calls?tennant=acme", "", "", 422},
		{"GET", "/api/v1/events?after=yesterday", "", "", 422},
		{"GET", "/api/v1/calls", "evil.example:8080", "", 421},
		{"GET", "/api/v1/calls", "127.0.0.1.evil.example", "", 421},
		{"POST", "/api/v1/reload", "", "cross-site", 403},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			var headers []string
			if tc.host != "" {
				headers = append(headers, "Host", tc.host)
			}
			if tc.site != "" {
				headers = append(headers, "Sec-Fetch-Site", tc.site)
			}
			resp, body := b.ask(t, tc.method, tc.path, headers...)
			if ct := resp.Header.Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("content type %q: %s", ct, body)
			}
			var p struct{ Status int }
			if err := json.Unmarshal([]byte(body), &p); err != nil || p.Status != tc.status || resp.StatusCode != tc.status {
				t.Errorf("status %d, problem %s, want %d", resp.StatusCode, body, tc.status)
			}
		})
	}
}

func TestLoopbackNamesAreServed(t *testing.T) {
	b := newBench(t, 8)
	for _, host := range []string{"127.0.0.1:8080", "localhost", "[::1]:1", "[::1]", "127.0.0.2"} {
		if resp, body := b.ask(t, "GET", "/healthz", "Host", host); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", host, resp.StatusCode, body)
		}
	}
}

func TestAReloadWithFaultsListsThem(t *testing.T) {
	b := newBench(t, 8)
	_, body := b.ask(t, "POST", "/api/v1/reload")
	if r := decode[Reloaded](t, body); r.File != "callward.yaml" || r.Changed == nil {
		t.Errorf("reload = %s", body)
	}
	b.reload = errors.Join(errors.New("callward.yaml:3: a"), errors.New("callward.yaml:9: b"))
	resp, body := b.ask(t, "POST", "/api/v1/reload")
	if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, `"callward.yaml:3: a"`) || !strings.Contains(body, `"callward.yaml:9: b"`) {
		t.Errorf("bad reload: %d %s", resp.StatusCode, body)
	}
}

func TestOthersCannotReachTheServer(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0"} {
		if _, err := Listen(address, Config{}); err == nil || !strings.Contains(err.Error(), "not encrypted") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAnOccupiedPortIsNamed(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, err = Listen(ln.Addr().String(), Config{})
	if err == nil || !strings.Contains(err.Error(), ln.Addr().String()+": the port is occupied") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error = %v", err)
	}
}

func TestRunEndsWithItsStreams(t *testing.T) {
	b := newBench(t, 8)
	s, err := Listen("127.0.0.1:0", b.console.cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	b.URL = "http://" + s.Addr().String()
	r := b.follow(t, "", "")
	cancel()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	if _, err := r.body.ReadString(0); !errors.Is(err, io.EOF) {
		t.Errorf("the stream ended with %v", err)
	}
}

// The document is what integrators read: it must parse and name every route.
func TestTheDocumentDescribesEveryRoute(t *testing.T) {
	b := newBench(t, 8, towns)
	resp, body := b.ask(t, "GET", "/api/v1/openapi.json")
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Responses   map[string]json.RawMessage
		}
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version %s", doc.OpenAPI)
	}
	for _, want := range []string{
		"get /healthz", "get /readyz", "get /metrics", "get /api/v1/calls", "get /api/v1/calls/{id}",
		"get /api/v1/queues", "get /api/v1/agents", "get /api/v1/events", "get /api/v1/audit", "post /api/v1/reload",
		"post /api/v1/session/passkeys/options", "post /api/v1/session/passkeys", "delete /api/v1/session/passkeys/{id}",
		"post /api/v1/session/passkey/options", "post /api/v1/session/passkey", "get /api/v1/session/ways", "get /api/v1/session/oidc", "get /api/v1/session/oidc/callback",
		"get /api/v1/session/saml", "post /api/v1/session/saml/acs", "get /api/v1/session/saml/finish", "get /api/v1/session/saml/metadata",
		"get /api/v1/session", "post /api/v1/session", "delete /api/v1/session", "post /api/v1/session/bootstrap", "put /api/v1/session/passphrase",
		"post /api/v1/session/totp", "put /api/v1/session/totp", "delete /api/v1/session/totp",
		"get /api/v1/users", "post /api/v1/users", "put /api/v1/users/{name}", "delete /api/v1/users/{name}", "post /api/v1/users/{name}/reset",
		"get /api/v1/tokens", "post /api/v1/tokens", "delete /api/v1/tokens/{id}",
		"get /api/v1/calls/{id}/supervision", "post /api/v1/calls/{id}/supervision", "post /api/v1/calls/{id}/supervision/browser",
		"patch /api/v1/calls/{id}/supervision/{supervision}", "delete /api/v1/calls/{id}/supervision/{supervision}",
		"post /api/v1/agents/{name}/state", "post /api/v1/agents/{name}/wrap-up", "get /api/v1/agents/{name}/call",
		"get /api/v1/board", "get /api/v1/board/events", "get /api/v1/records", "get /api/v1/records.csv", "get /api/v1/system", "get /api/v1/ice-servers",
		"get /api/v1/messages", "get /api/v1/messages/events", "delete /api/v1/messages/{id}", "get /api/v1/messages/{id}/sound", "post /api/v1/messages/{id}/state",
		"get /api/v1/assistants", "post /api/v1/assistants/try", "get /api/v1/assistants/misunderstandings",
		"get /api/v1/assistants/rehearsals", "post /api/v1/assistants/rehearsals", "get /api/v1/assistants/{name}/version", "post /api/v1/assistants/{name}/version",
	} {
		method, path, _ := strings.Cut(want, " ")
		op, ok := doc.Paths[path][method]
		if !ok || op.OperationID == "" || op.Summary == "" || op.Responses["200"] == nil && op.Responses["201"] == nil && op.Responses["204"] == nil && op.Responses["302"] == nil && op.Responses["303"] == nil {
			t.Errorf("%s is not described: %+v", want, op)
		}
		if delete(doc.Paths[path], method); len(doc.Paths[path]) == 0 {
			delete(doc.Paths, path)
		}
	}
	if len(doc.Paths) > 0 {
		t.Errorf("routes this test does not know: %v", doc.Paths)
	}
	for _, ref := range references(body) {
		if _, ok := doc.Components.Schemas[ref]; !ok {
			t.Errorf("the document refers to %s, which it does not hold", ref)
		}
	}
}

func references(body string) []string {
	var out []string
	for _, part := range strings.Split(body, `"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		out = append(out, name)
	}
	return out
}

// A reader follows the event stream.
type reader struct {
	body *bufio.Reader
	stop context.CancelFunc
}

type event struct{ id, name, data string }

func (b *bench) follow(t *testing.T, query, lastID string) *reader {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.URL+"/api/v1/events"+query, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	b.show(req)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("events: %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	t.Cleanup(func() { stop(); resp.Body.Close() })
	return &reader{bufio.NewReader(resp.Body), stop}
}

// next gives the next event; comments come as events with only data.
func (r *reader) next(t *testing.T) event {
	t.Helper()
	var e event
	for {
		line, err := r.body.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ": ")
		switch field {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			if line != "" {
				e.data = line
			} else if e.name != "" || e.data != ": callward events" {
				return e
			} else {
				e = event{}
			}
		}
	}
}

func (b *bench) append(tenant string, id call.ID, text string) {
	b.journal.Append(call.Entry{Tenant: tenant, Call: id, Kind: call.KindBotSaid, Text: redact.Authored(text)})
}

func TestAReaderResumesWhereItLeftOff(t *testing.T) {
	b := newBench(t, 100)
	for i := 1; i <= 3; i++ {
		b.append("default", "a", fmt.Sprint("line ", i))
	}
	for name, r := range map[string]*reader{
		"header": b.follow(t, "", "1"), "query": b.follow(t, "?after=1", ""), "the header wins": b.follow(t, "?after=0", "1"),
	} {
		e := r.next(t)
		entry := decode[call.Entry](t, e.data)
		if e.id != "2" || e.name != "bot.said" || entry.Seq != 2 || entry.Text.String() != "line 2" {
			t.Errorf("%s: first event is %+v", name, e)
		}
	}
}

func TestWithoutAnIDOnlyWhatComesIsSent(t *testing.T) {
	b := newBench(t, 100)
	b.append("default", "a", "before")
	r := b.follow(t, "", "")
	b.append("default", "a", "after")
	if e := r.next(t); e.id != "2" {
		t.Errorf("first event is %+v", e)
	}
}

func TestEventsMayBeFilteredByCallAndTenant(t *testing.T) {
	b := newBench(t, 100)
	b.append("default", "a", "x")
	b.append("acme", "b", "x")
	b.append("acme", "c", "x")
	if e := b.follow(t, "?after=0&call=b", "").next(t); e.id != "2" {
		t.Errorf("by call: %+v", e)
	}
	r := b.follow(t, "?after=0&tenant=acme", "")
	if first, second := r.next(t), r.next(t); first.id != "2" || second.id != "3" {
		t.Errorf("by tenant: %+v, %+v", first, second)
	}
}

func TestAReaderIsToldWhatItMissed(t *testing.T) {
	b := newBench(t, 2)
	for range 5 {
		b.append("default", "a", "x")
	}
	r := b.follow(t, "", "1")
	m := r.next(t)
	if got := decode[Missed](t, m.data); m.name != MissedEvent || m.id != "" || got.After != 1 || got.Next != 4 {
		t.Errorf("first event is %+v", m)
	}
	if e := r.next(t); e.id != "4" {
		t.Errorf("then %+v", e)
	}
	r = b.follow(t, "", "77")
	if m := r.next(t); m.name != MissedEvent || !strings.Contains(m.data, "restarted") {
		t.Errorf("an id of an earlier process: %+v", m)
	}
}

func TestAnIdleStreamIsKeptOpen(t *testing.T) {
	b := newBench(t, 8, func(c *Config) { c.KeepAlive = 10 * time.Millisecond })
	r := b.follow(t, "", "")
	if e := r.next(t); e.name != AliveEvent || e.data != "{}" || e.id != "" {
		t.Errorf("got %+v", e)
	}
}

// Who follows one call that is on hold, on a busy line, is not taken for gone.
func TestAStreamIsKeptOpenWhereOnlyOthersCallsGoOn(t *testing.T) {
	b := newBench(t, 1<<14, func(c *Config) { c.KeepAlive = 10 * time.Millisecond }) // nothing is missed, however late the stream
	busy, stop := context.WithCancel(t.Context())
	var line sync.WaitGroup
	line.Go(func() {
		for busy.Err() == nil {
			b.journal.Append(call.Entry{Kind: call.KindState, Tenant: "default", Call: "other"})
			time.Sleep(time.Millisecond)
		}
	})
	defer func() { stop(); line.Wait() }()
	if e := <-b.watch(t, "/api/v1/events?call=mine", ""); e.name != AliveEvent {
		t.Errorf("got %+v", e)
	}
}

func TestTooManyStreamsAreRefused(t *testing.T) {
	b := newBench(t, 8, func(c *Config) { c.Streams = 1 })
	r := b.follow(t, "", "")
	if resp, _ := b.ask(t, "GET", "/api/v1/events"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("second stream: %d", resp.StatusCode)
	}
	r.stop()
	deadline := time.Now().Add(time.Minute)
	for b.console.places.open() > 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	b.follow(t, "", "")
}

// stuck is a reader that never takes anything: writes time out at once.
type stuck struct {
	http.ResponseWriter

	writes atomic.Int64
}

func (s *stuck) SetWriteDeadline(time.Time) error { return nil }
func (s *stuck) SetReadDeadline(time.Time) error  { return nil }
func (s *stuck) FlushError() error                { return nil }
func (s *stuck) Write(p []byte) (int, error) {
	if s.writes.Add(1) > 1 {
		return 0, context.DeadlineExceeded
	}
	return len(p), nil
}

func TestASlowReaderIsCut(t *testing.T) {
	b := newBench(t, 8)
	w := &stuck{ResponseWriter: httptest.NewRecorder()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/api/v1/events?after=0", http.NoBody)
		b.show(req)
		b.console.Handler().ServeHTTP(w, req)
	}()
	b.append("default", "a", "x")
	select {
	case <-done:
	case <-time.After(time.Minute): //nolint:forbidigo // a test's last resort
		t.Fatal("the stream of a stuck reader goes on")
	}
}

func TestALongJournalIsSentInChunks(t *testing.T) {
	b := newBench(t, 1000)
	for range 1000 {
		b.append("default", "a", strings.Repeat("x", 500))
	}
	w := httptest.NewRecorder()
	all := access.Principal{Name: "local", Grants: signin.Everything()}.May(access.ReadCalls)
	st := &stream{Server: b.console, query: &eventsQuery{}, reach: all, feed: feed{w: w, rc: http.NewResponseController(&stuck{ResponseWriter: w})}}
	if err := st.next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(w.Body.Bytes(), []byte("\nevent: ")); n != 1000 {
		t.Errorf("%d events", n)
	}
	if st.buf.Cap() > 4*chunkBytes {
		t.Errorf("buffered %d bytes", st.buf.Cap())
	}
}
