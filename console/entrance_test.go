package console

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/internal/webcall"
	"github.com/callward/callward/sip"
)

// gate is a floor that answers each offer but one that says none.
type gate struct{ floor }

func (gate) Enter(_ context.Context, _ string, _ call.ID, r Supervise, o webcall.Offer) (call.Supervision, []byte, error) {
	switch {
	case string(o.SDP) == "none":
		return call.Supervision{}, nil, &webcall.Refused{Cause: sip.NotAcceptable}
	case r.Mode == call.Barge:
		return call.Supervision{}, nil, call.ErrNotNow
	}
	return call.Supervision{ID: "2", Mode: r.Mode, By: r.Actor}, append([]byte(r.Actor+" at "+o.From.String()+": "), o.SDP...), nil
}

// enter offers to come onto a call, with a token of the grants.
func (b *bench) enter(t *testing.T, id, mode, sdp string, grants ...access.Grant) (*http.Response, string) {
	t.Helper()
	token, _, err := b.door.Issue(t.Context(), "test", "test", grants, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL+"/api/v1/calls/"+id+"/supervision/browser?mode="+mode, strings.NewReader(sdp))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/sdp")
	req.Header.Set("Authorization", "Bearer "+token)
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

// Who comes from a page needs the right to each mode, of the call's tenant and queue, as who
// is called does, and gets the answer to the offer.
func TestASupervisorComesOntoACallFromAPage(t *testing.T) {
	b := newBench(t, 64, towns, func(c *Config) { c.Supervisors = gate{} })
	listener := access.Grant{Role: access.Listener, Tenant: "acme"}
	supervisor := access.Grant{Role: access.Supervisor, Tenant: "acme", Queues: []string{"billing"}}
	resp, body := b.enter(t, "live-acme-billing", "listen", "v=0", listener)
	if resp.StatusCode != http.StatusCreated || body != "token:test at 127.0.0.1: v=0" || resp.Header.Get("Location") != "/api/v1/calls/live-acme-billing/supervision/2" {
		t.Errorf("%d %q at %q", resp.StatusCode, body, resp.Header.Get("Location"))
	}
	for _, c := range []struct {
		id, mode, sdp string
		who           access.Grant
		want          int
	}{
		{"live-acme-billing", "listen", "v=0", supervisor, http.StatusForbidden},
		{"live-acme-billing", "take-over", "v=0", listener, http.StatusForbidden},
		{"live-acme-billing", "take-over", "v=0", supervisor, http.StatusCreated},
		{"live-acme-sales", "take-over", "v=0", supervisor, http.StatusNotFound},
		{"live-other-billing", "listen", "v=0", listener, http.StatusNotFound},
		{"live-acme-billing", "barge", "v=0", supervisor, http.StatusConflict},
		{"live-acme-billing", "take-over", "none", supervisor, http.StatusUnprocessableEntity},
		{"live-acme-billing", "shout", "v=0", supervisor, http.StatusUnprocessableEntity},
		{"live-acme-billing", "take-over", strings.Repeat("v", maxOffer+1), supervisor, http.StatusRequestEntityTooLarge},
		{"live-acme-billing", "listen", "v=0", access.Grant{Role: access.Viewer, Tenant: "acme"}, http.StatusForbidden},
	} {
		if resp, body := b.enter(t, c.id, c.mode, c.sdp, c.who); resp.StatusCode != c.want {
			t.Errorf("%s: %s on %s with %.9q: %d %s", c.who, c.mode, c.id, c.sdp, resp.StatusCode, body)
		}
	}
	none := "refused: no such call is in progress, or none within reach\n"
	want := "acme token:test listen: refused: no right\nacme token:test take-over: refused: no right\n token:test take-over: " + none + " token:test listen: " + none + " token:test enter-call: refused: no right\n"
	if got := b.audit.took(); got != want { // what is done is written down by who does it
		t.Errorf("audit:\n%s", got)
	}
}
