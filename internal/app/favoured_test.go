package app

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// The line of these tests puts a number first, which anybody can claim: it counts only in the
// word of a trunk that is trusted to have checked it.
func TestANumberIsFavouredOnlyInTheWordOfATrunkThatIsBelieved(t *testing.T) {
	t.Parallel()
	const number = "<sip:+33155500777@carrier.example>"
	for _, asserted := range []bool{true, false} {
		s := serveApp(t, fmt.Sprintf("trunks: {local: {from: [127.0.0.1], asserted: %t}}\n", asserted))
		session, heard := farSession(t)
		offer, err := session.Offer()
		if err != nil {
			t.Fatal(err)
		}
		leg, err := siptest.NewPhone(t, "caller", nil).Dial(t.Context(), sip.Invite{
			To: s.uri("line-en"), From: "sip:+33155500777@carrier.example", SDP: offer, Headers: map[string]string{"P-Asserted-Identity": number},
		}, nil)
		if err == nil {
			err = session.SetAnswer(leg.Remote())
		}
		if err != nil {
			t.Fatal(err)
		}
		hears(t, heard)
		var calls console.Calls
		s.get("/api/v1/calls", &calls)
		_ = leg.Hangup(t.Context(), sip.Normal)
		var r call.Record
		s.eventually("the record", func() bool {
			return s.get("/api/v1/calls/"+string(calls.Live[0].Call), &r) == http.StatusOK && !r.Ended.IsZero()
		})
		ruled := slices.ContainsFunc(r.Journal, func(e call.Entry) bool {
			return e.Kind == call.KindDecision && strings.Contains(e.Reason, "handover rule first (caller): queue billing")
		})
		if r.Caller != "+33155500777" || ruled != asserted {
			t.Errorf("asserted %t: of %s, favoured %t", asserted, r.Caller, ruled)
		}
	}
}
