package sip_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// six gives a phone addresses of IPv6 too.
func six(c *sip.Config) {
	short(c)
	for i := range c.Listeners {
		c.Listeners[i].Address = "[::1]:0"
	}
}

// needIPv6 skips a test where the machine has none.
func needIPv6(t *testing.T) {
	t.Helper()
	c, err := net.ListenPacket("udp", "[::1]:0")
	if err != nil {
		t.Skipf("SKIPPED: this machine has no IPv6: %v", err)
	}
	_ = c.Close()
}

func TestAWholeCallOverIPv6(t *testing.T) {
	t.Parallel()
	needIPv6(t)
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			bob, alice := siptest.NewPhone(t, "bob", six), siptest.NewPhone(t, "alice", six)
			a, b := talk(t, alice, bob, network)
			if at := b.Way().Local; at != netip.IPv6Loopback() {
				t.Errorf("bob is known at %s", at)
			}
			go func() { _ = (<-a.Reoffers()).Answer(siptest.SDP(8)) }()
			if _, err := b.Reinvite(t.Context(), siptest.SDP(7)); err != nil {
				t.Error(err)
			}
			_ = a.Hangup(t.Context(), sip.Normal)
			siptest.Ended(t, b)
			noDialogs(t, alice.Server, bob.Server)
		})
	}
}

func TestAddressesOfIPv6StandInBracketsWhereverThereArePorts(t *testing.T) {
	t.Parallel()
	needIPv6(t)
	bob := siptest.NewPhone(t, "bob", six)
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	leg := bob.Answer()
	ok := c.Expect("SIP/2.0 200")
	if !strings.HasPrefix(ok.Header("Contact"), "<sip:") || !strings.Contains(ok.Header("Contact"), "@[::1]:") {
		t.Errorf("contact %q", ok.Header("Contact"))
	}
	if via := ok.Header("Via"); !strings.Contains(via, "rport=") || strings.Contains(via, "received=[") { // RFC 5118 section 4.5
		t.Errorf("via %q", via)
	}
	c.inside("ACK", ok.Tag("To"), 1, "")
	siptest.Eventually(t, "ACK", func() bool { return closed(leg.Confirmed()) })
	_ = leg.Hangup(t.Context(), sip.Normal)
	bye := c.Expect("BYE")
	if !strings.Contains(bye.Header("Via"), " [::1]:") {
		t.Errorf("via %q", bye.Header("Via"))
	}
	c.reply(bye, "200 OK")
	noDialogs(t, bob.Server)
}

func TestAnAddressOfIPv4LeavesIPv6ToOthers(t *testing.T) {
	t.Parallel()
	needIPv6(t)
	for _, network := range []string{"udp", "tcp"} {
		first := siptest.Start(t, sip.Config{Listeners: []sip.Listener{{Network: network, Address: "0.0.0.0:0"}}})
		at, _ := first.Addr(network)
		if !at.Addr().Is4() {
			t.Errorf("%s is bound to %s", network, at)
		}
		siptest.Start(t, sip.Config{Listeners: []sip.Listener{{Network: network, Address: netip.AddrPortFrom(netip.IPv6Loopback(), at.Port()).String()}}})
	}
}

// One socket of both families, behind a NAT of one: who comes by the other is told
// the address that he can reach.
func TestNobodyIsToldAnAddressOfTheOtherFamily(t *testing.T) {
	t.Parallel()
	needIPv6(t)
	for _, c := range []struct{ advertise, four, six string }{
		{"203.0.113.7", "203.0.113.7:", "[::1]:"},
		{"2001:db8::7", "127.0.0.1:", "[2001:db8::7]:"},
		{"", "127.0.0.1:", "[::1]:"},
		{"line.example", "line.example:", "line.example:"},
	} {
		alice := siptest.Start(t, sip.Config{Listeners: []sip.Listener{{Network: "udp", Address: "[::]:0", Advertise: c.advertise}}})
		for ip, want := range map[string]string{"127.0.0.1": c.four, "::1": c.six} {
			far := newFarEndAt(t, ip)
			ended := make(chan error, 1)
			go func() {
				_, err := alice.Dial(t.Context(), sip.Invite{To: far.uri("bob"), SDP: siptest.SDP(3)}, nil)
				ended <- err
			}()
			inv := far.expect("INVITE")
			if via, contact := inv.Header("Via"), inv.Header("Contact"); !strings.Contains(via, " "+want) || !strings.Contains(contact, "@"+want) {
				t.Errorf("%s, at %s: Via %q, Contact %q", c.advertise, ip, via, contact)
			}
			far.reply(inv, 486, "b", "")
			siptest.Next(t, ended)
		}
	}
}
