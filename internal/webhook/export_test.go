package webhook

import (
	"net"
	"net/http"
)

// ResolveBy has names looked up by r.
func (h *Host) ResolveBy(r *net.Resolver) { h.dialer.Resolver = r }

// SendBy has requests sent by t.
func (h *Host) SendBy(t http.RoundTripper) { h.client.Transport = t }
