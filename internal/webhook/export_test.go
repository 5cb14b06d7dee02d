package webhook

import "net"

// ResolveBy has names looked up by r.
func (h *Host) ResolveBy(r *net.Resolver) { h.dialer.Resolver = r }
