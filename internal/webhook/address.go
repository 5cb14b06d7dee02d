package webhook

import (
	"net/netip"
	"slices"
	"syscall"
)

// What may be reached only if the operator says that the host is private: the operator's
// own networks (RFC 1918, RFC 4193, RFC 6598), and this machine.
//
//nolint:gochecknoglobals // a read-only table
var private = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128")

// What is never reached: addresses that mean no host of the internet (RFC 6890 and its
// registries), those by which clouds tell machines about themselves, their keys among it,
// and those that hold an address of IPv4 which nobody has looked at.
//
//nolint:gochecknoglobals // a read-only table
var never = prefixes(
	"0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128",
	"64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

// global is all of IPv6 that is given out to hosts of the internet (RFC 4291).
//
//nolint:gochecknoglobals // read only
var global = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

func within(a netip.Addr, list []netip.Prefix) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// reachable reports whether a host may be spoken to at an address.
func reachable(a netip.Addr, isPrivate bool) bool {
	a = a.Unmap().WithZone("")
	switch {
	case !a.IsValid() || within(a, never):
		return false
	case within(a, private):
		return isPrivate
	}
	return a.Is4() || global.Contains(a)
}

// control refuses a connection to an address that may not be reached, when it is about to
// be made: what the name was resolved to before does not count.
func control(isPrivate bool) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !reachable(at.Addr(), isPrivate) {
			return errAddress
		}
		return nil
	}
}
