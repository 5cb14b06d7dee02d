package app

import (
	"crypto/elliptic"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
	"github.com/callward/callward/sip/stir"
	"github.com/callward/callward/sip/stir/stirtest"
)

// What a call brings is verified against the number that it shows, in the writing
// of its trunk; a trunk is taken at its word only if it says that it verifies.
func TestANumberIsBelievedAsFarAsItIsProven(t *testing.T) {
	const address = "https://certificates.example/provider.pem"
	now := time.Now()
	authority, key := stirtest.NewAuthority(now), stirtest.NewKey(elliptic.P256())
	verifier, err := stir.New(stir.Config{
		Roots: authority.Roots(), Hosts: []string{"certificates.example"},
		Transport: stirtest.Web{address: authority.Issue(key.Public(), stirtest.TNAuthList(false, stirtest.SPC("709J")))},
	})
	if err != nil {
		t.Fatal(err)
	}
	signed := func(attest, from string) string {
		return stirtest.Identity(stirtest.Sign(key, stirtest.Header(address), stirtest.Payload(attest, from, "33123456789", now)), address)
	}
	french := Trunk{Country: "33"}
	verifies := Trunk{Country: "33", Verstat: true, Asserted: true}
	line, phone := siptest.NewPhone(t, "0123456789", nil), siptest.NewPhone(t, "caller", nil)
	for _, c := range []struct {
		name     string
		verifier *stir.Verifier
		trunk    Trunk
		headers  map[string]string
		want     string
	}{
		{"nothing", verifier, french, nil, "none"},
		{"signed", verifier, french, map[string]string{"Identity": signed("A", "33612345678")}, "A"},
		{"signed for another", verifier, french, map[string]string{"Identity": signed("A", "33611111111")}, "failed"},
		{"signed, and nobody is believed", nil, french, map[string]string{"Identity": signed("A", "33612345678")}, "none"},
		{"signed, with an old date", verifier, french, map[string]string{"Identity": signed("A", "33612345678"), "Date": "Sat, 13 Nov 2010 23:29:00 GMT"}, "failed"},
		{"the trunk says so", verifier, verifies, map[string]string{"P-Asserted-Identity": "<sip:0612345678@carrier.example;user=phone;verstat=TN-Validation-Passed-B>"}, "B"},
		{"it says no", nil, verifies, map[string]string{"P-Asserted-Identity": "<tel:+33612345678;verstat=TN-Validation-Failed>"}, "failed"},
		{"it is not asked", verifier, french, map[string]string{"P-Asserted-Identity": "<tel:+33612345678;verstat=TN-Validation-Passed-A>"}, "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			go func() {
				_, _ = phone.Dial(t.Context(), sip.Invite{To: line.URI("udp"), From: "sip:0612345678@carrier.example", SDP: siptest.SDP(4), Headers: c.headers}, nil)
			}()
			leg := line.Ring()
			a := &App{identity: c.verifier, log: slog.New(slog.DiscardHandler)}
			if got := a.trust(t.Context(), leg, c.trunk); got.Trust.String() != c.want {
				t.Errorf("trust %s, %s; want %s", got.Trust, got.Reason, c.want)
			}
			_ = leg.Reject(t.Context(), sip.Busy)
		})
	}
}

func TestTheRecordSaysHowFarANumberIsBelieved(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "trunks: {local: {from: [127.0.0.1], verstat: true, asserted: true}}\n")
	session, heard := farSession(t)
	offer, err := session.Offer()
	if err != nil {
		t.Fatal(err)
	}
	leg, err := siptest.NewPhone(t, "caller", nil).Dial(t.Context(), sip.Invite{
		To: s.uri("line-en"), SDP: offer,
		Headers: map[string]string{"P-Asserted-Identity": "<tel:+33612345678;verstat=TN-Validation-Passed-A>"},
	}, nil)
	if err == nil {
		err = session.SetAnswer(leg.Remote())
	}
	if err != nil {
		t.Fatal(err)
	}
	hears(t, heard)
	var calls struct{ Live []call.Record }
	s.get("/api/v1/calls", &calls)
	if len(calls.Live) != 1 || calls.Live[0].Trust != "A" || calls.Live[0].Caller != "+33612345678" {
		t.Errorf("recorded: %+v", calls.Live)
	}
	_ = leg.Hangup(t.Context(), sip.Normal)
}

func TestRootsThatCannotBeReadAreRefused(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, says := range map[string]string{empty: "holds no certificate", "/none.pem": "/none.pem"} {
		if _, err := loadArgs(t, []string{"--identity-roots", file}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", file, err)
		}
	}
}
