package signin

import "net/netip"

// networkOf is what an address is counted by: itself, or in IPv6 the network of 64 bits that
// one customer has. This machine's own addresses are nobody's: a tunnel, or a proxy that does
// not say for whom it asks, brings everybody from there. They give the empty text.
func networkOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	switch a = a.Unmap().WithZone(""); {
	case a.IsLoopback():
		return ""
	case a.Is6():
		return netip.PrefixFrom(a, 64).Masked().String()
	}
	return a.String()
}
