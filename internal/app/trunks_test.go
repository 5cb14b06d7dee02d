package app

import (
	"crypto/tls"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

func planOf(trunks map[string]Trunk) *plan {
	return &plan{loaded: Loaded{Config: Config{Trunks: trunks}}}
}

func networkOf(s string) Network { return Network{netip.MustParsePrefix(s)} }

func TestACallComesByTheFirstTrunkWhosePolicyItMeets(t *testing.T) {
	ca := certstest.New(t)
	cert, key, _ := ca.Issue("carrier", "sip.carrier.example", time.Now().Add(time.Hour))
	proof := ca.Client(cert, key).Certificates[0].Leaf
	p := planOf(map[string]Trunk{
		"carrier": {From: []Network{networkOf("192.0.2.0/24")}, Transports: []string{"tls"}, Names: []string{"sip.carrier.example"}},
		"office":  {From: []Network{networkOf("192.0.2.128/25"), networkOf("2001:db8::/32")}},
	})
	for _, c := range []struct {
		from peer
		want string
	}{
		{peer{netip.MustParseAddr("192.0.2.1"), "tls", proof}, "carrier"},
		{peer{netip.MustParseAddr("192.0.2.1"), "tls", nil}, ""},
		{peer{netip.MustParseAddr("192.0.2.1"), "udp", nil}, ""},
		{peer{netip.MustParseAddr("192.0.2.200"), "udp", nil}, "office"},
		{peer{netip.MustParseAddr("2001:db8::7"), "tcp", nil}, "office"},
		{peer{netip.MustParseAddr("198.51.100.1"), "tls", proof}, ""},
	} {
		name, why, ok := p.trunk(c.from)
		if name != c.want || ok == (c.want == "") || ok == (why != "") {
			t.Errorf("%+v: %q, %q, %v; want %q", c.from, name, why, ok, c.want)
		}
	}
}

func TestNumbersOfATrunkBecomeInternational(t *testing.T) {
	french := Trunk{Country: "33"}
	for _, c := range []struct {
		trunk      Trunk
		from, want string
	}{
		{french, "0612345678", "+33612345678"},
		{french, "0044207946000", "+44207946000"},
		{french, "+33612345678", "+33612345678"},
		{french, "3631", "3631"},
		{french, "+33-612-34.56(78)", "+33612345678"},
		{french, "06-12-34-56-78;npdi;rn=+33999", "+33612345678"},
		{french, "anna-maria;x=1", "anna-maria;x=1"},
		{Trunk{}, "+33612345678;npdi", "+33612345678"},
		{french, "line", "line"},
		{french, "", ""},
		{Trunk{}, "0612345678", "0612345678"},
		{Trunk{Country: "39", National: "x"}, "0612345678", "0612345678"},
		{Trunk{Country: "39", National: "-"}, "0612345678", "+390612345678"},
		{Trunk{Country: "34", National: "-"}, "912345678", "+34912345678"},
		{Trunk{Country: "34", National: "-"}, "0033612345678", "+33612345678"},
		{Trunk{Country: "34", National: "-"}, "anonymous", "anonymous"},
		{Trunk{Country: "34", National: "-"}, "", ""},
		{Trunk{Country: "1", National: "1", International: "011"}, "12125550100", "+12125550100"},
		{Trunk{Country: "1", National: "1", International: "011"}, "01133612345678", "+33612345678"},
	} {
		if got := c.trunk.number(c.from); got != c.want {
			t.Errorf("%+v: %q became %q, want %q", c.trunk, c.from, got, c.want)
		}
	}
}

func TestATrunkHasItsOwnShareOfCalls(t *testing.T) {
	var tr traffic
	leave, ok := tr.enter("a", Trunk{Calls: 1})
	if !ok {
		t.Fatal("the first call was refused")
	}
	if _, ok := tr.enter("a", Trunk{Calls: 1}); ok {
		t.Error("a second one was taken")
	}
	if _, ok := tr.enter("a", Trunk{Calls: 2}); !ok { // after a reload
		t.Error("the new limit does not hold")
	}
	if _, ok := tr.enter("b", Trunk{Calls: 1}); !ok {
		t.Error("another trunk was refused")
	}
	leave()
	if n := tr.count(); n["a"] != 1 || n["b"] != 1 {
		t.Errorf("counted %v", n)
	}
	taken, began := 0, time.Now()
	for range 10 {
		if _, ok := tr.enter("c", Trunk{CallRate: 3}); ok {
			taken++
		}
	}
	if took := time.Since(began); taken < 3 || taken > 3+int(3*took.Seconds()) {
		t.Errorf("%d of 10 calls within %s, 3 a second are allowed", taken, took)
	}
}

// The whole way: a trunk over TLS with a certificate, its limit, its numbers, and
// its name in the record.
func TestATrunksPolicyHolds(t *testing.T) {
	t.Parallel()
	ca := certstest.New(t)
	cert, key, _ := ca.Issue("line", "127.0.0.1", time.Now().Add(time.Hour))
	s := serveApp(t, `
trunks:
  carrier: {from: ["127.0.0.0/8"], transports: [tls], names: [sip.carrier.example], calls: 1, asserted: true, country: "33"}
tenants:
  acme:
    numbers: {"+33123456789": {assistant: energy, language: en}}
    queues: {billing: {}, technical: {}, emergency: {}}
`, "--sip", "tls:127.0.0.1:0", "--tls-certificate", cert, "--tls-key", key, "--tls-client-ca", ca.File)
	phone := func(name string) *siptest.Phone {
		client := ca.Client("", "")
		if name != "" {
			c, k, _ := ca.Issue("peer", name, time.Now().Add(time.Hour))
			client = ca.Client(c, k)
		}
		return siptest.NewPhone(t, "peer", func(c *sip.Config) { c.ClientTLS = func() *tls.Config { return client } })
	}
	uri := "sip:0123456789@" + s.SIP("tls").String() + ";transport=tls"
	code := func(p *siptest.Phone, to string) int {
		l, err := p.Dial(t.Context(), sip.Invite{
			To: to, From: "sip:anonymous@anonymous.invalid", SDP: siptest.SDP(40000),
			Headers: map[string]string{"P-Asserted-Identity": `"Jean" <sip:0612345678@carrier.example;user=phone>`},
		}, nil)
		if no, ok := errors.AsType[*sip.Rejected](err); ok {
			return no.Code
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Hangup(t.Context(), sip.Normal) })
		return 200
	}
	if got := code(phone(""), uri); got != 403 {
		t.Errorf("without a certificate: %d", got)
	}
	if got := code(phone("sip.other.example"), uri); got != 403 {
		t.Errorf("with a stranger's: %d", got)
	}
	if got := code(phone("sip.carrier.example"), "sip:0123456789@"+s.SIP("udp").String()); got != 403 {
		t.Errorf("over UDP: %d", got)
	}
	carrier := phone("sip.carrier.example")
	if got := code(carrier, uri); got != 200 {
		t.Fatalf("the carrier's call: %d", got)
	}
	if got := code(carrier, uri); got != 503 {
		t.Errorf("its second one: %d", got)
	}
	var calls struct{ Live []call.Record }
	s.get("/api/v1/calls", &calls)
	if len(calls.Live) != 1 || calls.Live[0].Trunk != "carrier" || calls.Live[0].Caller != "+33612345678" {
		t.Errorf("recorded: %+v", calls.Live)
	}
	s.metric(`callward_trunk_calls_active{trunk="carrier"} 1`)
}

func TestATrunkHasItsCodecs(t *testing.T) {
	t.Parallel()
	for codec, payload := range map[string]string{"PCMA": "8", "PCMU": "0"} {
		s := serveApp(t, "trunks: {carrier: {from: [127.0.0.1], codecs: ["+codec+"]}}\n")
		leg := siptest.NewPhone(t, "caller", nil).Call(s.uri("line-en")) // which offers both
		if answer := string(leg.Remote()); !strings.Contains(answer, " RTP/AVP "+payload+" 101\r\n") {
			t.Errorf("%s: the answer is %q", codec, answer)
		}
		_ = leg.Hangup(t.Context(), sip.Normal)
	}
}

func TestATrunkMayHaveToProveAPassword(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "trunks: {carrier: {from: [127.0.0.1], user: carrier, password: secret, challenge: true}}\n"+acme, "--test-numbers")
	p := siptest.NewPhone(t, "caller", nil)
	for _, c := range []struct {
		user, password string
		want           int
	}{{"", "", 401}, {"carrier", "wrong", 403}, {"nobody", "secret", 403}, {"carrier", "secret", 0}} {
		session, heard := farSession(t)
		offer, err := session.Offer()
		if err != nil {
			t.Fatal(err)
		}
		leg, err := p.Dial(t.Context(), sip.Invite{To: s.uri("echo"), SDP: offer, User: c.user, Password: c.password}, nil)
		if got := codeOf(err); got != c.want {
			t.Errorf("%s with %q: %d, %v", c.user, c.password, got, err)
		}
		if leg != nil {
			if err := session.SetAnswer(leg.Remote()); err != nil {
				t.Fatal(err)
			}
			echoes(t, session, heard)
			_ = leg.Hangup(t.Context(), sip.Normal)
		}
	}
}
