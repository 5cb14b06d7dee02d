package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/records"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// send makes a request of the API with a body, and gives its status.
func (h *house) send(method, path string, body any, into any, headers ...string) int {
	h.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, "http://"+h.HTTP().String()+path, bytes.NewReader(data))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+h.local.Token)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	if into != nil && resp.StatusCode < http.StatusBadRequest {
		if err := json.Unmarshal(got, into); err != nil {
			h.t.Fatalf("%v in %s", err, got)
		}
	}
	return resp.StatusCode
}

// The tones of three who are on a line.
const (
	callerHz = 500
	agentHz  = 900
	bossHz   = 1500
)

// hearing waits until somebody hears these tones, each with its share, and no other of the
// three.
func (p *person) hearing(what string, hz ...float64) {
	p.h.t.Helper()
	p.ear.Forget()
	var shares [3]float64
	if p.ear.Until(siptest.Patience, func(pcm []int16) bool {
		const span = media.Rate / 4
		if len(pcm) < span {
			return false
		}
		pcm, sum := pcm[len(pcm)-span:], 0.0
		for i, f := range []float64{callerHz, agentHz, bossHz} {
			shares[i] = mediatest.Share(pcm, f)
			heard := false
			for _, want := range hz {
				heard = heard || want == f
			}
			if heard && shares[i]*float64(len(hz)) < 0.7 || !heard && shares[i] > 0.02 {
				return false
			}
			sum += shares[i]
		}
		return len(hz) > 0 && sum > 0.9 || mediatest.Level(pcm) < 30
	}) {
		return
	}
	p.h.t.Fatalf("%s: of caller, agent and supervisor the shares are %.2f, wanted %v alone", what, shares, hz)
}

// slowly is an audit that is slow to take that somebody listens: whose end must wait.
type slowly struct{ records.Audit }

func (s slowly) Put(ctx context.Context, e records.Event) error {
	if e.Action == string(call.Listen) {
		time.Sleep(50 * time.Millisecond)
	}
	return s.Audit.Put(ctx, e)
}

func TestASupervisorsPhoneIsCalledIntoALiveCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "", "")
	caller, anna := h.atAnna()
	caller.session.Play(media.NewTone(callerHz, 0))
	anna.session.Play(media.NewTone(agentHz, 0))
	var calls console.Calls
	h.get("/api/v1/calls", &calls)
	path := "/api/v1/calls/" + string(calls.Live[0].Call) + "/supervision"
	if got := h.send("POST", path, map[string]string{"mode": "listen", "phone": "eve"}, nil); got != http.StatusUnprocessableEntity {
		t.Errorf("the phone of another tenant: %d", got)
	}
	if got := h.send("POST", path+"?tenant=globex", map[string]string{"mode": "listen", "phone": "boris"}, nil); got != http.StatusNotFound {
		t.Errorf("another tenant's call: %d", got)
	}
	if got := h.send("POST", path+"/browser?mode=listen", "no offer", nil, "Content-Type", "application/sdp"); got != http.StatusUnprocessableEntity {
		t.Errorf("an offer that cannot be answered: %d", got)
	}
	var s, again call.Supervision
	for _, into := range []*call.Supervision{&s, &again} {
		if got := h.send("POST", path, map[string]string{"mode": "listen", "phone": "boris"}, into, "Idempotency-Key", "k1"); got != http.StatusCreated {
			t.Fatalf("POST: %d", got)
		}
	}
	if s.ID == "" || s.ID != again.ID {
		t.Errorf("the same key began %q and %q", s.ID, again.ID)
	}
	boss := h.picks(h.boris.Ring())
	boss.session.Play(media.NewTone(bossHz, 0))
	boss.hearing("a listener", callerHz, agentHz)
	caller.hearing("a caller who is listened to", agentHz)
	anna.hearing("an agent who is listened to", callerHz)
	h.eventually("the supervisor to count as busy, who may be offered no caller", func() bool { return h.stateOf("boris") == "busy" })
	to := func(mode string, want int) {
		t.Helper()
		if got := h.send("PATCH", path+"/"+s.ID, map[string]string{"mode": mode}, nil); got != want {
			t.Errorf("%s: %d", mode, got)
		}
	}
	to("hand-back", http.StatusConflict)
	to("whisper", http.StatusOK)
	anna.hearing("an agent who is whispered to", callerHz, bossHz)
	caller.hearing("a caller whose agent is whispered to", agentHz)
	to("barge", http.StatusOK)
	caller.hearing("a caller who is barged in on", agentHz, bossHz)
	to("take-over", http.StatusOK)
	siptest.Ended(t, anna.leg)
	caller.hearing("a caller who was taken over", bossHz)
	boss.hearing("who took over", callerHz)
	to("hand-back", http.StatusOK)
	picked := h.picks(h.anna.Ring()) // the caller is in her queue again
	picked.session.Play(media.NewTone(agentHz, 0))
	boss.hearing("who handed back", callerHz, agentHz)
	if got := h.send("DELETE", path+"/"+s.ID, nil, nil); got != http.StatusNoContent {
		t.Errorf("DELETE: %d", got)
	}
	siptest.Ended(t, boss.leg)
	_ = caller.leg.Hangup(t.Context(), sip.Normal)
	siptest.Ended(t, picked.leg)
	h.over()
	h.tells("supervision", "listen, by local", "whisper, by local", "barge, by local", "take-over, by local", "hand-back, by local")
	on := "call " + string(calls.Live[0].Call) + ", "
	h.auditIs([]string{
		"acme listen: refused: " + console.ErrNoPhone.Error() + " (" + on + "phone eve)",
		"globex listen: refused: no such call is in progress, or none within reach",
		"acme listen: " + on + "browser", "acme end-supervision: " + on + "supervision of local (listen by browser): not reached: unreachable",
		"acme listen: " + on + "phone boris",
		"acme hand-back: refused: not now: the supervisor has not taken the call (" + on + "supervision 2)",
		"acme whisper: " + on + "supervision 2", "acme barge: " + on + "supervision 2",
		"acme take-over: " + on + "supervision 2", "acme hand-back: " + on + "supervision 2",
		"acme end-supervision: " + on + "supervision of local (listen by phone boris): hung up by the server, after TIME",
	})
}

// auditIs checks what the audit says of somebody on this machine, oldest first.
func (h *house) auditIs(want []string) {
	h.t.Helper()
	var events []console.AuditEvent
	h.get("/api/v1/audit", &events)
	var got []string
	for _, e := range slices.Backward(events) {
		if e.Actor == "local" {
			got = append(got, e.Tenant+" "+e.Action+": "+regexp.MustCompile(`after \d+s`).ReplaceAllString(e.Result, "after TIME"))
		}
	}
	if !slices.Equal(got, want) {
		h.t.Errorf("the audit says\n%s", strings.Join(got, "\n"))
	}
}

// tells checks that the journal holds what these entries say.
func (h *house) tells(kind string, reasons ...string) {
	h.t.Helper()
	for _, r := range reasons {
		if all := h.journal(); !strings.Contains(all, r) {
			h.t.Errorf("the journal holds no %s of %q:\n%s", kind, r, all)
		}
	}
}

func (h *house) audited(actions ...string) {
	h.t.Helper()
	var events []console.AuditEvent
	h.get("/api/v1/audit", &events)
	for _, want := range actions {
		found := false
		for _, e := range events {
			found = found || e.Action == want && e.Tenant == "acme" && e.Actor == "local"
		}
		if !found {
			h.t.Errorf("no %s in the audit: %+v", want, events)
		}
	}
}

// An agent who is paused, or logged out, is offered nobody; whoever ends wrap-up says how
// the call ended.
func TestAgentsAreLoggedInAndOutAndEndTheirWrapUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := newHouse(t, "wrap_up: 1h", fmt.Sprintf("outputs: {cdr: %q}", filepath.Join(dir, "cdr.jsonl")))
	state := func(s, reason string, want int) {
		t.Helper()
		if got := h.send("POST", "/api/v1/agents/anna/state", map[string]string{"state": s, "reason": reason}, nil); got != want {
			t.Errorf("%s: %d", s, got)
		}
	}
	state("asleep", "", http.StatusUnprocessableEntity)
	state("paused", "Lunch!", http.StatusUnprocessableEntity)
	state("paused", "lunch", http.StatusNoContent)
	if got := h.stateOf("anna"); got != "paused" {
		t.Errorf("anna is %s", got)
	}
	state("logged_out", "", http.StatusNoContent)
	if err := h.pools.of("acme").Reachable(t.Context(), "anna", true); err != nil { // her phone registers anew: she stays away
		t.Fatal(err)
	}
	if got := h.stateOf("anna"); got != "paused" {
		t.Errorf("anna is %s", got)
	}
	state("available", "", http.StatusNoContent)
	const wrapUp = "/api/v1/agents/anna/wrap-up"
	if got := h.send("POST", wrapUp, map[string]string{"disposition": "solved"}, nil); got != http.StatusNotFound {
		t.Errorf("without a call: %d", got)
	}
	caller, anna := h.atAnna()
	_ = caller.leg.Hangup(t.Context(), sip.Normal)
	siptest.Ended(t, anna.leg)
	h.eventually("anna wraps up", func() bool { return h.stateOf("anna") == "wrapup" })
	if got := h.send("POST", wrapUp+"?tenant=globex", map[string]string{}, nil); got != http.StatusNotFound {
		t.Errorf("as of another tenant: %d", got)
	}
	state("available", "", http.StatusNoContent) // as where wrap-up runs out while she chooses
	state("paused", "lunch", http.StatusNoContent)
	if got := h.send("POST", wrapUp, map[string]string{}, nil); got != http.StatusConflict {
		t.Errorf("end of no wrap-up, of which nothing is said: %d", got)
	}
	if got := h.send("POST", wrapUp, map[string]string{"disposition": "solved"}, nil); got != http.StatusNoContent {
		t.Errorf("how the call ended, said after wrap-up: %d", got)
	}
	if got := h.send("POST", wrapUp, map[string]string{"disposition": "lost"}, nil); got != http.StatusConflict {
		t.Errorf("end of no wrap-up: %d", got)
	}
	if got := h.stateOf("anna"); got != "paused" {
		t.Errorf("anna is %s", got)
	}
	var calls console.Calls
	h.get("/api/v1/calls", &calls)
	if len(calls.Recent) != 1 || calls.Recent[0].Disposition != "solved" {
		t.Errorf("the record says %+v", calls.Recent)
	}
	h.audited("set-agent-state", "end-wrap-up")
	h.eventually("one record", func() bool { return strings.Count(contents(t, dir, "cdr.jsonl"), "\n") > 0 })
	h.metric(`callward_bot_calls_total{tenant="acme"} 1`)
	h.stop()
	if err := h.ended(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(contents(t, dir, "cdr.jsonl"), "\n"); n != 1 {
		t.Errorf("%d records of one call", n)
	}
}
