package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/cdr"
	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// A crm takes messages, and keeps what the library of Standard Webhooks' authors verifies.
type crm struct {
	*httptest.Server

	ca     *certstest.CA
	secret string
	mu     sync.Mutex
	got    []notice
	ids    []string
	refuse int // of the next messages
	forged int
}

type notice struct {
	Type string
	Data struct {
		Call, Queue, Agent, Reason string
		WaitMS                     int64 `json:"wait_ms"`
		TalkMS                     int64 `json:"talk_ms"`
		Record                     cdr.Record
	}
}

func newCRM(t *testing.T) *crm {
	t.Helper()
	c := &crm{ca: certstest.New(t), secret: "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), 32))}
	verifier, err := standardwebhooks.NewWebhook(c.secret)
	if err != nil {
		t.Fatal(err)
	}
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var m notice
		bad := verifier.Verify(body, r.Header) != nil || json.Unmarshal(body, &m) != nil
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case bad:
			c.forged++
			w.WriteHeader(http.StatusUnauthorized)
		case c.refuse > 0:
			c.refuse--
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			c.got, c.ids = append(c.got, m), append(c.ids, r.Header.Get("Webhook-Id"))
		}
	}))
	cert, key, _ := c.ca.Issue("crm", "127.0.0.1", time.Now().Add(time.Hour))
	c.TLS = c.ca.Client(cert, key)
	c.StartTLS()
	t.Cleanup(c.Close)
	return c
}

// of gives what was told of a kind.
func (c *crm) of(kind string) []notice {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []notice
	for _, m := range c.got {
		if m.Type == kind {
			out = append(out, m)
		}
	}
	return out
}

// outputsOf is what a tenant with all outputs has in its configuration.
func (c *crm) outputsOf(dir, more string) string {
	host := strings.TrimPrefix(c.URL, "https://")
	return fmt.Sprintf(`webhooks: {allow: {"%s": {allow_private: true, ca: %q}}}
    outputs:
      cdr: %q
      cdr_csv: %q
      queue_log: %q
      %s
      webhooks: {crm: {url: "%s/events", secret: "%s", pause: 1ms}}`,
		host, c.ca.File, filepath.Join(dir, "cdr.jsonl"), filepath.Join(dir, "cdr.csv"), filepath.Join(dir, "queue_log"), more, c.URL, c.secret)
}

func contents(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// loggedOf gives the parameters of an event of a call in a queue_log, by the form alone.
func loggedOf(t *testing.T, log, call, event string) []string {
	t.Helper()
	for line := range strings.Lines(log) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), "|"); f[1] == call && f[4] == event {
			return f[3:]
		}
	}
	t.Errorf("queue_log has no %s of call %s:\n%s", event, call, log)
	return make([]string, 9)
}

func rowsOf(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A caller who talks with an agent, one who gives up, and an agent's own call: what files and
// receivers are told of them is the same, and is there once, whatever the receiver refused.
func TestAllOutputsTellTheSameOfACall(t *testing.T) {
	t.Parallel()
	c, dir := newCRM(t), t.TempDir()
	c.refuse = 2
	h := newHouse(t, "", c.outputsOf(dir, "numbers: shown"))
	caller, anna := h.atAnna()
	_ = anna.leg.Hangup(t.Context(), sip.Normal)
	siptest.Ended(t, caller.leg)
	h.anotherTry()

	second, err := h.calls(siptest.NewPhone(t, "caller", nil), sip.Invite{To: h.uri("+33100000000")})
	if err != nil {
		t.Fatal(err)
	}
	h.anna.Ring()
	_ = second.leg.Hangup(t.Context(), sip.Normal)
	h.eventually("the second to be told", func() bool { return len(c.of("call.ended")) == 2 })
	h.anotherTry()
	h.sentAndTaken(h.atAnna())
	h.eventually("the third to be told", func() bool { return len(c.of("call.ended")) == 3 })
	h.anotherTry()
	go func() { _ = h.boris.Ring().Reject(t.Context(), sip.Busy) }()
	if _, err := h.calls(h.anna, sip.Invite{To: h.uri("boris"), User: "anna", Password: "a"}); codeOf(err) != 486 {
		t.Errorf("busy: %v", err)
	}
	h.eventually("all to be told", func() bool { return len(c.of("call.ended")) == 4 })
	h.metric(`callward_output_undelivered_total{output="webhook.crm",tenant="acme"} 0`)
	h.metric(`callward_bot_calls_total{tenant="acme"} 3`)
	h.eventually("the files", func() bool { return strings.Count(contents(t, dir, "cdr.jsonl"), "\n") == 4 })
	exported := fetch(t, h, "/api/v1/cdr?tenant=acme&format=csv")
	h.stop()
	if err := h.ended(); err != nil {
		t.Fatal(err)
	}

	var records []cdr.Record
	for line := range strings.Lines(contents(t, dir, "cdr.jsonl")) {
		r, err := cdr.Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	ended := c.of("call.ended")
	for i, r := range records {
		if got := ended[i].Data.Record; got.Call != r.Call || got.Talk != r.Talk || got.Cause != r.Cause {
			t.Errorf("the message of record %d tells %+v, the file %+v", i, got, r)
		}
	}
	if len(records) != 4 {
		t.Fatalf("%d records", len(records))
	}
	first, gaveUp, sent, desk := records[0], records[1], records[2], records[3]
	if first.Agent != "anna" || first.Queue != "billing" || first.Cause != "agent hung up" || len(first.Legs) != 1 || first.Legs[0].Outcome != "talked" || first.Contained {
		t.Errorf("answered: %+v", first)
	}
	if gaveUp.Cause != "caller hung up" || len(gaveUp.Legs) != 1 || gaveUp.Legs[0].Outcome != "withdrawn" || gaveUp.Talk != 0 || gaveUp.Wait == 0 {
		t.Errorf("given up: %+v", gaveUp)
	}
	if desk.Kind != cdr.Desk || desk.Caller != "anna" || desk.Called != "boris" || desk.Cause != "busy" || !desk.Answered.IsZero() {
		t.Errorf("an agent's: %+v", desk)
	}
	if l := sent.Legs; len(l) != 2 || l[0].Agent != "anna" || l[0].Outcome != "transferred" || l[1].Agent != "boris" || l[1].Outcome != "talked" {
		t.Errorf("sent on: %+v", sent)
	}
	h.agrees(t, contents(t, dir, "queue_log"), first, gaveUp, c)
	if f := loggedOf(t, contents(t, dir, "queue_log"), sent.Call, "BLINDTRANSFER"); f[0] != "anna" || f[2] != "boris" {
		t.Errorf("sent on: %q", f)
	}
	rows := rowsOf(t, contents(t, dir, "cdr.csv"))
	if len(rows) != 9 || rows[1][0] != first.Call || rows[1][slices.Index(rows[0], "talk_ms")] != strconv.FormatInt(first.Talk, 10) {
		t.Errorf("csv: %q", rows)
	}
	if got := rowsOf(t, exported); len(got) != len(rows) {
		t.Errorf("exported: %q", got)
	}
	if c.forged > 0 || len(c.ids) != len(slices.Compact(slices.Sorted(slices.Values(c.ids)))) {
		t.Errorf("%d could not be verified; ids %q", c.forged, c.ids)
	}
}

// agrees compares what the queue's outputs say with the records.
func (h *house) agrees(t *testing.T, log string, first, gaveUp cdr.Record, c *crm) {
	t.Helper()
	near := func(what, seconds string, ms int64) {
		t.Helper()
		if n, err := strconv.ParseInt(seconds, 10, 64); err != nil || n*1000 < ms-1500 || n*1000 > ms+1500 {
			t.Errorf("%s: %q s in the queue_log, %d ms in the record", what, seconds, ms)
		}
	}
	if f := loggedOf(t, log, first.Call, "CONNECT"); f[0] != "anna" {
		t.Errorf("connected: %q", f)
	}
	done := loggedOf(t, log, first.Call, "COMPLETEAGENT")
	near("talk", done[3], first.Talk)
	left := loggedOf(t, log, gaveUp.Call, "ABANDON")
	near("wait", left[4], gaveUp.Wait)
	loggedOf(t, log, gaveUp.Call, "RINGCANCELED")
	loggedOf(t, log, "NONE", "QUEUESTART")
	loggedOf(t, log, "NONE", "ADDMEMBER")
	if strings.Contains(log, "agent.") {
		t.Errorf("an agent's own queue shows:\n%s", log)
	}
	completed, abandoned := c.of("queue.completed"), c.of("queue.abandoned")
	if len(completed) != 2 || completed[0].Data.Call != first.Call || completed[0].Data.Reason != "agent" || completed[0].Data.TalkMS-first.Talk > 2500 {
		t.Errorf("completed: %+v", completed)
	}
	if len(abandoned) != 1 || abandoned[0].Data.Call != gaveUp.Call || abandoned[0].Data.Queue != "billing" {
		t.Errorf("abandoned: %+v", abandoned)
	}
	var order []string
	for _, m := range c.got {
		if m.Data.Call == first.Call && !strings.HasPrefix(m.Type, "agent.") {
			order = append(order, m.Type)
		}
	}
	if want := []string{"call.started", "queue.entered", "queue.connected", "queue.completed", "call.ended"}; !slices.Equal(order, want) &&
		!slices.Equal(order, []string{want[0], want[1], want[2], want[4], want[3]}) { // the talk's end and the call's come from two hands
		t.Errorf("in the order %q", order)
	}
}

func fetch(t *testing.T, h *house, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+h.HTTP().String()+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.local.Token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/csv") {
		t.Errorf("%s: %d %s", path, res.StatusCode, res.Header.Get("Content-Type"))
	}
	return string(body)
}

func TestOutputsThatCannotBeAreRefusedWithTheirLine(t *testing.T) {
	secret := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))
	tenant := "version: 1\ntenants: {acme: {numbers: {line: {}}, queues: {billing: {}, technical: {}, emergency: {}}, webhooks: {allow: {crm.example: {}}}, outputs: %s}}\n"
	hook := func(fields string) string { return "{webhooks: {crm: {" + fields + "}}}" }
	good := `url: "https://crm.example/x", secret: "` + secret + `"`
	if _, err := load(t, fmt.Sprintf(tenant, hook(good+`, events: [queue.*, call.ended]`)), nil, nil); err != nil {
		t.Error(err)
	}
	for outputs, want := range map[string]string{
		"{cdr: /nonexistent/x}":                 "callward.yaml:2: tenants[acme].outputs.cdr: the folder of /nonexistent/x is not there",
		"{cdr: a, queue_log: a}":                "belongs to tenant \"acme\" already",
		"{numbers: show}":                       `"show"`,
		"{sync: sometimes}":                     "always, never",
		"{key: short}":                          "too short; allowed: 16 characters and more",
		"{keep: -1}":                            "negative; allowed: 0 (all) and more",
		hook(`url: "http://crm.example"`):       "write https://HOST",
		hook(`url: "https://crm.exampel/x"`):    "the host crm.exampel is not among webhooks.allow of this tenant; allowed: crm.example",
		hook(`url: "https://crm.example"`):      "secret: the secret is not what Standard Webhooks wants",
		hook(good + ", events: [queue.enterd]"): "queue.entered",
		hook(good + ", attempts: 99"):           "allowed: 0 (8) to 20",
	} {
		if _, err := load(t, fmt.Sprintf(tenant, outputs), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v", outputs, want, err)
		}
	}
}

// What one process has written is not written again by the next, which goes on from there.
func TestARestartGoesOnWhereTheLastProcessWas(t *testing.T) {
	dir := t.TempDir()
	client, stop := queue.Embedded()
	defer stop()
	tenant := Tenant{Zone: "UTC", Outputs: Outputs{CDR: filepath.Join(dir, "cdr.jsonl")}.complete()}
	for n := range 3 {
		r, err := queue.Open(t.Context(), queue.Config{Client: client, Tenant: "acme", Node: fmt.Sprintf("n%d", n)})
		if err != nil {
			t.Fatal(err)
		}
		p := &pool{Redis: r, tenant: "acme"}
		o := newOutputs(slog.New(slog.DiscardHandler), newWebhooks(slog.New(slog.DiscardHandler)))
		o.apply(map[string]Tenant{"acme": tenant})
		ctx, end := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- o.run(ctx, func(string) *pool { return p }) }()
		o.ended(recordOf(fmt.Sprintf("c%d", n)))
		end() // at once: what was posted is written all the same
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if n == 1 { // it died before it could say how far it was
			half, err := os.OpenFile(tenant.Outputs.CDR, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = half.WriteString(`{"half`)
			_ = half.Close()
		}
		if err := r.Resign(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var calls []string
	for line := range strings.Lines(contents(t, tenant.Outputs.CDR)) {
		r, err := cdr.Parse([]byte(line))
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		calls = append(calls, r.Call)
	}
	if !slices.Equal(calls, []string{"c0", "c1", "c2"}) {
		t.Errorf("written %q", calls)
	}
}

// Without a key, a caller keeps their pseudonym when a reload changes what is written.
func TestAReloadKeepsThePseudonymsOfAProcess(t *testing.T) {
	o := newOutputs(slog.New(slog.DiscardHandler), newWebhooks(slog.New(slog.DiscardHandler)))
	shown := func(tenant string, out Outputs) string {
		o.apply(map[string]Tenant{tenant: {Outputs: out.complete()}})
		numbers, _ := o.shows(tenant)
		return numbers.Show("+33155500100")
	}
	first := shown("acme", Outputs{CDR: "a"})
	if got := shown("acme", Outputs{CDR: "a", QueueLog: "b"}); got != first {
		t.Errorf("%s, and after a reload %s", first, got)
	}
	if got := shown("acme", Outputs{CDR: "a", Key: NewSecret("0123456789abcdef")}); got == first {
		t.Error("a key of the operator's is not used")
	}
	if shown("globex", Outputs{CDR: "c"}) == first {
		t.Error("two tenants can join their callers")
	}
}

func recordOf(id string) call.Record {
	return call.Record{Tenant: "acme", Call: call.ID(id), Started: time.Now(), Ended: time.Now(), Cause: "served"}
}
