package app

import (
	"log/slog"
	"net"
	"net/netip"
	"strconv"

	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/certs"
)

// Front is where people's browsers find the pages: over HTTPS, by the name of its
// certificate; else by a proxy's; else on this machine. Passkeys belong to a name, and
// localhost is one.
func Front(l Listeners, plain, secure netip.AddrPort, certified string) string {
	switch {
	case secure.IsValid():
		host := certified
		if host == "" {
			host = secure.Addr().String()
		}
		return "https://" + withPort(host, secure.Port())
	case len(l.Proxy.Names) > 0:
		return "https://" + l.Proxy.Names[0]
	case plain.Addr() == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || plain.Addr() == netip.IPv6Loopback():
		return "http://localhost:" + strconv.Itoa(int(plain.Port()))
	}
	return "http://" + plain.String()
}

func withPort(host string, port uint16) string {
	if port != 443 {
		return net.JoinHostPort(host, strconv.Itoa(int(port)))
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		return "[" + host + "]"
	}
	return host
}

// front is that of the running server.
func (a *App) front() string {
	certified := ""
	if a.webCerts != nil {
		certified = a.webCerts.Host()
	}
	return Front(a.began.Config.Listeners, a.HTTP(), a.console.SecureAddr(), certified)
}

// FrontOf is that of a server that runs with a configuration, for who asks it from this machine.
func FrontOf(c Config) string {
	l := c.Listeners
	secure, certified := netip.AddrPort{}, ""
	if l.HTTPS.Address != "" {
		secure = SIPAddress{Address: string(l.HTTPS.Address)}.bound()
		if s, err := certs.Open(l.httpsFiles(), slog.New(slog.DiscardHandler)); err == nil {
			certified = s.Host()
		}
	}
	return Front(l, SIPAddress{Address: l.HTTP.Local()}.bound(), secure, certified)
}

// openHTTPS reads the certificate of the HTTPS listener; nil: there is none.
func (a *App) openHTTPS(l Listeners) (*console.HTTPS, error) {
	if l.HTTPS.Address == "" {
		return nil, nil //nolint:nilnil // none is what package console wants to hear
	}
	var err error
	if a.webCerts, err = certs.Open(l.httpsFiles(), a.log); err != nil {
		return nil, err
	}
	return &console.HTTPS{Address: string(l.HTTPS.Address), TLS: a.webCerts.Server(), Covers: a.webCerts.Covers}, nil
}
