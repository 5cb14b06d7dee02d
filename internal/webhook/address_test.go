package webhook

import (
	"net/netip"
	"testing"
)

func TestOnlyAddressesOfTheInternetAreReachedUnlessTheHostIsPrivate(t *testing.T) {
	for _, c := range []struct {
		address         string
		public, private bool
	}{
		{"93.184.216.34", true, true},
		{"2606:4700::1111", true, true},
		{"127.0.0.1", false, true},
		{"::1", false, true},
		{"::ffff:127.0.0.1", false, true},
		{"10.1.2.3", false, true},
		{"172.16.0.1", false, true},
		{"172.32.0.1", true, true},
		{"192.168.1.1", false, true},
		{"100.64.0.1", false, true},
		{"fd12:3456::1", false, true},
		{"0.0.0.0", false, false},
		{"::", false, false},
		{"169.254.169.254", false, false}, // where clouds tell machines their keys
		{"::ffff:169.254.169.254", false, false},
		{"fd00:ec2::254", false, false},
		{"100.100.100.200", false, false},
		{"168.63.129.16", false, false},
		{"192.0.0.192", false, false},
		{"fe80::1%eth0", false, false},
		{"224.0.0.1", false, false},
		{"ff02::1", false, false},
		{"255.255.255.255", false, false},
		{"64:ff9b::7f00:1", false, false},     // 127.0.0.1 behind NAT64
		{"2002:7f00:1::1", false, false},      // and behind 6to4
		{"::7f00:1", false, false},            // and as IPv4-compatible
		{"2001:0:4136:e378::1", false, false}, // Teredo
		{"2001:db8::1", false, false},
		{"fec0::1", false, false},
	} {
		a := netip.MustParseAddr(c.address)
		if got := reachable(a, false); got != c.public {
			t.Errorf("%s is reached: %v", c.address, got)
		}
		if got := reachable(a, true); got != c.private {
			t.Errorf("%s of a private host is reached: %v", c.address, got)
		}
	}
	if reachable(netip.Addr{}, true) {
		t.Error("no address is reached")
	}
}
