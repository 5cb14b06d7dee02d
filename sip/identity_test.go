package sip_test

import (
	"testing"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

func TestWhoCallsIsReadFromWhatTheNetworkAsserts(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	for _, c := range []struct {
		extra, asserted string
		private         bool
	}{
		{"", "", false},
		{"P-Asserted-Identity: <sip:+33612345678@carrier.example;user=phone>\n", "+33612345678", false},
		{"P-Asserted-Identity: tel:+33612345678\nPrivacy: id\n", "+33612345678", true},
		{"P-Asserted-Identity: \"Jean, D.\" <tel:+33612345678>\nPrivacy: none\n", "+33612345678", false},
		{"P-Asserted-Identity: <sip:carrier.example>, <tel:+33612345678>\nPrivacy: header;user\n", "+33612345678", true},
		{"P-Asserted-Identity: nonsense\n", "", false},
		{"P-Asserted-Identity: <sip:unfinished\n", "", false},
	} {
		call := newCaller(t, bob.Server, "udp")
		call.Send(siptest.WithSDP(call.request("INVITE", "", 1, c.extra)))
		leg := bob.Ring()
		if leg.Asserted() != c.asserted || leg.Private() != c.private {
			t.Errorf("%q: asserted %q, private %v", c.extra, leg.Asserted(), leg.Private())
		}
		_ = leg.Reject(t.Context(), sip.Busy)
	}
}
